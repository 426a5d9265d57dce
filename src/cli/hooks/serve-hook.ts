import { isAgentKey } from "../../crypto/secrets.ts";
import { BehalfError } from "../../sdk/errors.ts";
import { settingsOf } from "../../sdk/options.ts";
import { Transport } from "../../sdk/transport.ts";
import { UserError } from "../failure.ts";
import { lightFetch, type LightInit } from "../light-fetch.ts";
import { Settings } from "../settings/settings.ts";
import { readRules } from "./action-rules.ts";
import { decideCall, type Asking } from "./decide-call.ts";
import { failClosed } from "./fail-closed.ts";
import { isHookClient, type HookClient } from "./hook-clients.ts";
import { readFlags, type HookFlags } from "./hook-flags.ts";
import { NoDecision } from "./no-decision.ts";
import { readStdin } from "./read-stdin.ts";
import { letRun, refuse } from "./tell-client.ts";
import { readCall } from "./tool-call.ts";

// Two attempts and more fit into the time for a decision.
const attemptMs = 6000;

/**
 * Answers the one tool call that stands on stdin, and ends the process: with 0 if and only if the call is allowed,
 * otherwise with what makes its client block it. `argv` is what stands behind `behalf hook`.
 */
export async function serveHook(argv: readonly string[], program: string): Promise<never> {
  failClosed();
  const client = isHookClient(argv[0]) ? argv[0] : undefined;
  try {
    const flags = readFlags(argv);
    giveUpAfter(flags);
    return await answer(flags, program);
  } catch (error) {
    return refuse(client, await failure(inOurWords(error)));
  }
}

async function answer(flags: HookFlags, program: string): Promise<never> {
  const { client } = flags;
  const call = readCall(client, await readStdin(process.stdin));
  const outcome = await decideCall({ call, waitMs: flags.waitMs, ...(await connect(flags, program)) });
  if (outcome.kind === "allowed") return letRun(client);
  const { refusalText } = await import("./refusal-text.ts");
  return refuse(client, refusalText(outcome, client));
}

/** Blocks before the client loses patience: a hook that its client cuts off counts as none. */
function giveUpAfter({ client, decisionMs, waitMs }: HookFlags & { client: HookClient }): void {
  const error = new NoDecision("No decision came in time.", "Look at what is wrong: behalf doctor");
  setTimeout(() => void failure(error).then((text) => refuse(client, text)), decisionMs + waitMs);
}

// Loaded only for a refusal: what shows other people's text as it is takes its time.
async function failure(error: unknown): Promise<string> {
  const { failureText } = await import("./refusal-text.ts");
  return failureText(error);
}

async function connect(
  { baseUrl, agentId }: HookFlags,
  program: string,
): Promise<Pick<Asking, "transport" | "agentId" | "rules">> {
  const settings = new Settings(process.env, { baseUrl, agentId }, program);
  const agent = settings.agentId?.value;
  if (agent === undefined)
    throw new NoDecision("No agent is set.", "Set one: behalf config set agent-id agent_…");
  const key = await settings.apiKey();
  if (key === "locked")
    throw new NoDecision(
      "The API key is in the system's keychain, which did not give it.",
      "Unlock the keychain and try again.",
    );
  if (key === undefined || !isAgentKey(key.value))
    throw new NoDecision("No whole agent key is set.", "Set it: behalf config set api-key bhf_sk_…");
  const options = settingsOf({
    apiKey: key.value,
    baseUrl: settings.baseUrl.value,
    allowInsecureHttp: settings.allowsInsecureHttp,
    timeoutMs: attemptMs,
    fetch: (input, init) => lightFetch(input as string, init as LightInit),
  });
  return { transport: new Transport(options), agentId: agent, rules: await readRules(settings.folder) };
}

function inOurWords(error: unknown): unknown {
  const isTold = error instanceof UserError || error instanceof BehalfError;
  return isTold ? new NoDecision(error.message, error.hint) : error;
}
