import { rmSync } from "node:fs";
import { command } from "../../command.ts";
import { argument } from "../../inputs.ts";
import { settingNames, type Settings } from "../../settings/settings.ts";
import { UserError } from "../../failure.ts";

export const configClearCommand = command(
  {
    path: ["config", "clear"],
    summary: "forget a setting, or all of them with every session",
    access: "local",
    args: { setting: argument(`one of ${settingNames.join(", ")}; everything when not given`) },
    examples: ["behalf config clear api-key", "behalf config clear"],
  },
  async ({ output, settings }, { args }) => {
    const name = settingNames.find((each) => each === args.setting);
    if (args.setting !== undefined && name === undefined)
      throw new UserError(`${args.setting} is not a setting.`, `One of: ${settingNames.join(", ")}`);
    if (name !== undefined) {
      await settings.clear(name);
    } else {
      for (const secret of namesOf(settings)) await settings.secrets.remove(secret);
      for (const file of [settings.configFile, settings.secrets.file]) rmSync(file, { force: true });
    }
    output.result({ cleared: name ?? "everything" }, () =>
      output.line(`${output.paint("allowed", "✓")} ${name ?? "Everything"} is forgotten.`),
    );
  },
);

// A damaged file names nothing that could be taken out of the keychain, and goes all the same.
function namesOf({ secrets }: Settings): string[] {
  try {
    return secrets.names;
  } catch {
    return [];
  }
}
