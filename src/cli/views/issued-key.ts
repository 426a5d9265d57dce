import type { Context } from "../context.ts";
import { visibleLine } from "../output/visible.ts";

/** Keeps an agent and its key as what is used from now on. Says where the key went. */
export async function saveAgent({ settings }: Context, agentId: string, apiKey: string): Promise<string> {
  const place = await settings.set("api-key", apiKey);
  await settings.set("agent-id", agentId);
  return place === "keychain" ? "in the system's keychain" : `in ${settings.secrets.file}`;
}

/** Prints a key that was just made: the one time that it is shown. */
export function printIssuedKey(
  { output }: Context,
  { agentId, apiKey }: { agentId: string; apiKey: string },
  savedWhere: string | undefined,
): void {
  output.facts([
    ["agent", visibleLine(agentId)],
    ["api key", `${visibleLine(apiKey)}  (shown once)`],
    ["saved", savedWhere === undefined ? undefined : `${savedWhere}; this agent is now the default`],
  ]);
}
