import { block, blocks, writeAll } from "./fail-closed.ts";
import type { HookClient } from "./hook-clients.ts";

/** Lets the call go on to the client's own permissions, and ends this process. */
export function letRun(client: HookClient): never {
  // Claude Code and Codex take silence for "nothing against it" and ask their own rules next. Cursor takes it for a
  // failure.
  if (client === "cursor" && !writeAll(1, `${JSON.stringify({ permission: "allow" })}\n`))
    process.exit(blocks);
  process.exit(0);
}

/** Tells the agent why its call does not run, and ends this process so that it does not. */
export function refuse(client: HookClient | undefined, text: string): never {
  if (client === "cursor")
    writeAll(1, `${JSON.stringify({ permission: "deny", user_message: text, agent_message: text })}\n`);
  block(text);
}
