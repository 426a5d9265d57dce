import { command } from "../../command.ts";
import { UserError } from "../../failure.ts";
import { requiredArgument } from "../../inputs.ts";
import { visibleLine } from "../../output/visible.ts";
import { settingNames } from "../../settings/settings.ts";
import { shownSetting } from "../../views/shown-setting.ts";

export const configGetCommand = command(
  {
    path: ["config", "get"],
    summary: "print a setting that holds here",
    description: "Prints what holds at this moment, from wherever it comes. A key is never printed.",
    access: "local",
    args: { setting: requiredArgument("the setting", settingNames) },
    examples: ["behalf config get agent-id"],
  },
  async ({ output, settings }, { args }) => {
    const { value, source } = await shownSetting(settings, args.setting);
    if (value === undefined)
      throw new UserError(`${args.setting} is not set.`, `Set it: behalf config set ${args.setting} VALUE`);
    output.result({ setting: args.setting, value, source }, () => output.line(visibleLine(value)));
  },
);
