import { command } from "../../command.ts";
import { visibleLine } from "../../output/visible.ts";
import { settingNames } from "../../settings/settings.ts";
import { shownSetting } from "../../views/shown-setting.ts";

export const configListCommand = command(
  {
    path: ["config", "list"],
    summary: "print every setting, and where it comes from",
    access: "local",
    examples: ["behalf config list", "behalf config list --json"],
  },
  async ({ output, settings }) => {
    const shown = await Promise.all(
      settingNames.map(async (setting) => ({ setting, ...(await shownSetting(settings, setting)) })),
    );
    output.result(shown, () =>
      output.table(
        ["SETTING", "VALUE", "FROM"],
        shown.map(({ setting, value, source }) => [setting, visibleLine(value ?? "not set"), source ?? ""]),
      ),
    );
  },
);
