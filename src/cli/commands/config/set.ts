import { text as readText } from "node:stream/consumers";
import { isAgentKey } from "../../../crypto/secrets.ts";
import { settingsOf } from "../../../sdk/options.ts";
import { askSecret } from "../../ask.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { UserError } from "../../failure.ts";
import { argument, requiredArgument } from "../../inputs.ts";
import { settingNames, type SettingName } from "../../settings/settings.ts";

export const configSetCommand = command(
  {
    path: ["config", "set"],
    summary: "keep a setting",
    description:
      "Settings are kept in ~/.behalf, for your eyes only; the key in the system's keychain where there is one. They give way to BEHALFID_AGENT_ID, BEHALFID_API_KEY and BEHALFID_BASE_URL, and those to flags. BEHALFID_HOME names another folder; BEHALFID_KEYCHAIN=off keeps the key in a file.",
    access: "local",
    args: {
      setting: requiredArgument("the setting", settingNames),
      value: argument("its value; - reads it from stdin, and a key that is left out is asked for"),
    },
    examples: [
      "behalf config set agent-id agent_xxx",
      "behalf config set api-key bhf_sk_xxx",
      "behalf config set api-key - < key.txt",
      "behalf config set base-url http://localhost:8787",
    ],
  },
  async (context, { args }) => {
    const { output, settings } = context;
    const name = args.setting;
    const value = checked(name, await valueOf(context, name, args.value), settings.allowsInsecureHttp);
    const place = await settings.set(name, value);
    const shown = name === "api-key" ? "bhf_sk_[redacted]" : value;
    output.result({ setting: name, value: shown, keptIn: place }, () => {
      const where = place === "keychain" ? "in the system's keychain" : `in ${settings.folder}`;
      output.line(`${output.paint("allowed", "✓")} ${name} is ${shown}, kept ${where}.`);
    });
    if (name === "api-key" && !isAgentKey(value))
      output.note("  An agent key is bhf_sk_ and 43 more characters. This one will open nothing.");
  },
);

async function valueOf({ output }: Context, name: SettingName, given: string | undefined): Promise<string> {
  if (given === "-") return (await readText(output.streams.stdin)).trim();
  if (given !== undefined) return given.trim();
  if (name === "api-key" && output.isInteractive) return (await askSecret(output, "The agent's key")).trim();
  throw new UserError(`What is ${name} to be?`, `Type: behalf config set ${name} VALUE`);
}

function checked(name: SettingName, value: string, allowInsecureHttp: boolean): string {
  if (name === "base-url") return settingsOf({ baseUrl: value, allowInsecureHttp }).baseUrl;
  const form = name === "agent-id" ? /^agent_[A-Za-z0-9_-]{1,128}$/ : /^bhf_sk_[\x21-\x7e]{1,200}$/;
  if (form.test(value)) return value;
  const [what, start] = name === "agent-id" ? ["an agent id", "agent_"] : ["an agent key", "bhf_sk_"];
  throw new UserError(`That is not ${what}: one starts with ${start}.`);
}
