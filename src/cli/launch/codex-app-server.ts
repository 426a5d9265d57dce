import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import * as z from "zod";
import type { Context } from "../context.ts";

const hookSchema = z.object({
  key: z.string(),
  eventName: z.string(),
  command: z.string().nullish(),
  matcher: z.string().nullish(),
  source: z.string(),
  sourcePath: z.string().optional(),
  enabled: z.boolean(),
  currentHash: z.string(),
  trustStatus: z.string(),
});
const listSchema = z.object({
  data: z.array(z.object({ hooks: z.array(hookSchema), errors: z.array(z.unknown()).default([]) })),
});
const messageSchema = z.looseObject({ id: z.number(), result: z.unknown() });

/** A hook as Codex sees it: whether it is on, and whether Codex trusts what it runs. */
export type CodexHook = z.infer<typeof hookSchema>;

const patienceMs = 20_000;

/**
 * The hooks that a session of Codex with these flags would have in this folder, from Codex itself. Undefined when it
 * does not answer as expected.
 */
export async function codexHooks(
  { cwd, env, version, signal }: Context,
  executable: string,
  flags: readonly string[],
): Promise<CodexHook[] | undefined> {
  const child = spawn(executable, [...flags, "app-server"], {
    cwd,
    env,
    signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]),
    stdio: ["pipe", "pipe", "ignore"],
  });
  // Whatever ends it ends its output, which is noticed below.
  child.on("error", () => undefined);
  child.stdin.on("error", () => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const send = (message: object) => child.stdin.write(`${JSON.stringify(message)}\n`);
  const call = async (id: number, method: string, params: object): Promise<unknown> => {
    send({ id, method, params });
    for (;;) {
      const line = await lines.next();
      if (line.done === true) throw new Error("It ended.");
      const message = messageSchema.safeParse(JSON.parse(line.value));
      if (message.data?.id === id) return message.data.result;
    }
  };
  try {
    await call(1, "initialize", { clientInfo: { name: "behalf", title: null, version }, capabilities: null });
    send({ method: "initialized" });
    const { data } = listSchema.parse(await call(2, "hooks/list", { cwds: [cwd] }));
    const [folder] = data;
    return data.length === 1 && folder?.errors.length === 0 ? folder.hooks : undefined;
  } catch {
    signal.throwIfAborted();
    return undefined;
  } finally {
    child.kill();
  }
}
