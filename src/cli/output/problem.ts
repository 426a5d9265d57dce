import { redact } from "../../crypto/redact.ts";
import { BehalfError, type ErrorCode } from "../../sdk/errors.ts";
import { UserError } from "../failure.ts";
import type { Settings } from "../settings/settings.ts";
import type { Output } from "./output.ts";
import { jsonText, visibleLine } from "./visible.ts";

export type ShownProblem = {
  error: string;
  code: string;
  hint: string | undefined;
  status: number | undefined;
  requestId: string | undefined;
};

/** What went wrong, in one sentence and with what to type next. */
export function problemOf(error: unknown, settings: Settings, isDebug = false): ShownProblem {
  if (error instanceof BehalfError) {
    const { code, status, requestId } = error;
    return {
      error: error.message,
      code,
      hint: error.hint,
      status,
      requestId,
      ...inOurWords(error, settings),
    };
  }
  const none = { status: undefined, requestId: undefined };
  if (error instanceof UserError) return { error: error.message, code: "USAGE", hint: error.hint, ...none };
  const said = error instanceof Error ? (isDebug && error.stack) || error.message : String(error);
  return {
    error: `behalf itself failed: ${said}`,
    code: "INTERNAL",
    hint: "Run it again with BEHALFID_DEBUG=1 and report what it says.",
    ...none,
  };
}

/** Prints it on stderr; with `--json` as one JSON value there, so that stdout holds results only. */
export function printProblem(problem: ShownProblem, output: Output): void {
  const { stderr } = output.streams;
  const error = visibleLine(redact(problem.error));
  const hint = problem.hint === undefined ? undefined : visibleLine(redact(problem.hint));
  if (output.isJson) {
    stderr.write(`${jsonText({ ...problem, error, hint })}\n`);
    return;
  }
  stderr.write(`${output.paintNote("denied", "✗")} ${error}\n`);
  if (hint !== undefined) stderr.write(`  ${hint}\n`);
  if (problem.requestId !== undefined)
    stderr.write(`  ${output.paintNote("quiet", visibleLine(redact(`request ${problem.requestId}`)))}\n`);
}

type OurWords = { error?: string; hint?: string };

// The server and the SDK speak to programs; here a person types.
function inOurWords({ code, cause, hint }: BehalfError, settings: Settings): OurWords {
  const { value: baseUrl } = settings.baseUrl;
  const checkAddress = { hint: `Check the address: behalf config set base-url URL (now ${baseUrl})` };
  const why = cause instanceof Error ? /\((E[A-Z]+)\)/.exec(cause.message)?.[1] : undefined;
  const words: Partial<Record<ErrorCode, OurWords>> = {
    AUTH_REQUIRED:
      settings.developerToken === undefined
        ? { error: `Your session at ${baseUrl} has ended.`, hint: "Sign in again: behalf login" }
        : {
            error: "The token in BEHALFID_DEVELOPER_TOKEN opens nothing.",
            hint: "Make another in the dashboard, or unset it and type: behalf login",
          },
    AGENT_AUTH_REQUIRED: {
      error: `The API key is not one that ${baseUrl} knows.`,
      hint: "Give the agent's own: behalf config set api-key bhf_sk_…",
    },
    AGENT_API_KEY_MISMATCH: {
      hint: "See which agent and key are used: behalf config list. Or make a new key: behalf agents rotate-key --save",
    },
    NETWORK_ERROR: {
      error: `${baseUrl} could not be reached${why === undefined ? "" : ` (${why})`}.`,
      hint: "Look at what is wrong: behalf doctor",
    },
    TIMEOUT: { hint: "Try again, wait longer with --timeout SECONDS, or look at: behalf doctor" },
    INVALID_REQUEST: { hint: hint ?? "See what it takes: the same command with --help" },
    REDIRECT_REFUSED: checkAddress,
    INVALID_RESPONSE: checkAddress,
    INVALID_OPTIONS: { hint: "Look at what is configured: behalf config list" },
  };
  return words[code] ?? {};
}
