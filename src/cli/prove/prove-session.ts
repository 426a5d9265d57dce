import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Context } from "../context.ts";
import type { Canary } from "./canaries.ts";
import { keyOfNobody } from "./key-of-nobody.ts";
import { scriptedModel, type ScriptedModel } from "./scripted-model.ts";

/** What became of the canaries, by kind of tool. */
export type Proof = { blocked: string[]; ran: string[]; untried: string[] };

export type Session = {
  executable: string;
  /** Its arguments, with the model that stands in for the real one. */
  args: (model: ScriptedModel) => readonly string[];
  env: (model: ScriptedModel) => Record<string, string>;
  canaries: (ground: { folder: string; secretFile: string; secret: string }) => readonly Canary[];
};

const patienceMs = 90_000;
// What the hook and the line that guards it say, whatever the reason.
const blockedWords = /this tool call did not run|BehalfID: not allowed, so it did not run/;
const unknownWords = /no such tool|unsupported (custom tool )?call|not available|unknown tool/i;

/**
 * Runs a client with a model of ours that calls each tool once, and looks at what became of it. The hook gets a key
 * that opens nothing, so every call has to be blocked, whatever the agent may do, and nothing comes on record.
 */
export async function proveSession(context: Context, session: Session): Promise<Proof> {
  const folder = mkdtempSync(join(tmpdir(), "behalf-canary-"));
  await using model = await scriptedModel();
  try {
    const secret = `canary-${crypto.randomUUID()}`;
    const secretFile = join(folder, "secret.txt");
    writeFileSync(secretFile, `${secret}\n`);
    const canaries = session.canaries({ folder, secretFile, secret });
    model.play(...canaries.map(({ turn }) => turn));
    await run(context, session, model);
    const proof: Proof = { blocked: [], ran: [], untried: [] };
    for (const [at, { kind, trace }] of canaries.entries())
      proof[outcomeOf(trace, model.heard[at])].push(kind);
    return proof;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function outcomeOf(trace: Canary["trace"], told: string | undefined): keyof Proof {
  const hasTrace =
    trace !== undefined && ("file" in trace ? existsSync(trace.file) : told?.includes(trace.text) === true);
  if (hasTrace) return "ran";
  if (told === undefined || unknownWords.test(told)) return "untried";
  // Without our words it was something else that answered: the tool itself, or another reason not to run it.
  if (blockedWords.test(told)) return "blocked";
  return trace === undefined ? "ran" : "untried";
}

async function run({ cwd, env, signal }: Context, session: Session, model: ScriptedModel): Promise<void> {
  const child = spawn(session.executable, session.args(model), {
    cwd,
    env: { ...env, ...session.env(model), BEHALFID_API_KEY: keyOfNobody() },
    stdio: ["ignore", "ignore", "ignore"],
    signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]),
  });
  await new Promise<void>((done) => {
    // Whatever ended it, what its tools did is looked at.
    child.once("error", () => done());
    child.once("close", () => done());
  });
  signal.throwIfAborted();
}
