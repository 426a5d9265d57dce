import { statSync } from "node:fs";
import { settingsOf } from "../../sdk/options.ts";
import { UserError } from "../failure.ts";
import { broken, ok, warning, type Check, type Finding } from "./finding.ts";

const oldestNode = 20;

export const checkVersion: Check = async ({ version }) => {
  const node = process.versions.node;
  return Number.parseInt(node, 10) < oldestNode
    ? [
        broken(
          "version",
          `behalf ${version} needs Node ${oldestNode} or newer; this is ${node}.`,
          "Install a newer Node.",
        ),
      ]
    : [ok("version", `behalf ${version} on Node ${node}`)];
};

export const checkConfiguration: Check = async ({ settings }, known) => {
  const findings: Finding[] = [];
  for (const [path, mayHave] of [
    [settings.folder, 0o700],
    [settings.configFile, 0o600],
    [settings.secrets.file, 0o600],
  ] as const) {
    const mode = modeOf(path);
    if (mode !== undefined && process.platform !== "win32" && (mode & ~mayHave) !== 0)
      findings.push(
        broken(
          "configuration",
          `Others can open ${path} (mode ${mode.toString(8)}).`,
          `chmod ${mayHave.toString(8)} ${path}`,
        ),
      );
  }
  try {
    const { value, source } = settings.baseUrl;
    settingsOf({ baseUrl: value, allowInsecureHttp: settings.allowsInsecureHttp });
    // Read here, where it is said what is wrong with the file: later checks take it for whole.
    void settings.secrets.names;
    known.isConfigured = true;
    findings.push(ok("configuration", `${value} (from ${source})`));
    if (settings.agentId === undefined)
      findings.push(
        warning(
          "configuration",
          "No agent is set, so commands have to name one.",
          "behalf config set agent-id agent_…",
        ),
      );
  } catch (error) {
    const why = error instanceof Error ? error.message : "";
    const hint = error instanceof UserError ? error.hint : undefined;
    const fix = why.includes("damaged") ? "behalf config clear" : hint;
    findings.push(broken("configuration", why, fix ?? "behalf config set base-url https://…"));
  }
  return findings;
};

function modeOf(path: string): number | undefined {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    return found === undefined ? undefined : found.mode & 0o777;
  } catch {
    // What cannot be looked at cannot be read either, and that is told where it is read.
    return undefined;
  }
}
