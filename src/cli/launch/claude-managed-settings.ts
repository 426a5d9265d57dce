import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { notHeld } from "./client.ts";

const folders: Partial<Record<NodeJS.Platform, string>> = {
  darwin: "/Library/Application Support/ClaudeCode",
  win32: "C:\\Program Files\\ClaudeCode",
};

// Either leaves only the hooks of the organisation.
const switches = ["disableAllHooks", "allowManagedHooksOnly"] as const;

/** Throws `UserError` where an organisation's settings, which go before the command line, keep a user's hooks from running. */
export function checkManagedSettings(folder = folders[process.platform] ?? "/etc/claude-code"): void {
  for (const file of filesIn(folder)) {
    let settings: Partial<Record<string, unknown>>;
    try {
      settings = { ...(JSON.parse(readFileSync(file, "utf8")) as object) };
    } catch {
      throw notHeld(
        "Claude Code",
        `${file} cannot be read, so nobody knows whether hooks run.`,
        "Ask who manages it.",
      );
    }
    const found = switches.find((name) => settings[name] !== undefined && settings[name] !== false);
    if (found !== undefined)
      throw notHeld(
        "Claude Code",
        `${found} in ${file} keeps this hook from running.`,
        "Ask who manages it to add the hook there.",
      );
  }
}

function filesIn(folder: string): string[] {
  const main = "managed-settings.json";
  const parts = join(folder, "managed-settings.d");
  const more = namesIn(parts).filter((name) => name.endsWith(".json"));
  return [
    ...namesIn(folder)
      .filter((name) => name === main)
      .map((name) => join(folder, name)),
    ...more.map((name) => join(parts, name)),
  ];
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
