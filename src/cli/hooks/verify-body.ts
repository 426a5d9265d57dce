import { createHash } from "node:crypto";
import { homedir } from "node:os";
import canonicalize from "canonicalize";
import type { VerifyBody } from "../../contract/verify.ts";
import type { Deed, DescribedCall } from "./described-call.ts";
import type { GitFacts } from "./git-facts.ts";
import type { ToolCall } from "./tool-call.ts";

// Under the server's 16 KiB, with room for what goes beside it.
const maxBytes = 12 * 1024;
const shownCharacters = 2000;

/** The request that asks whether one deed of a tool call is allowed. */
export function verifyBody(
  agentId: string,
  call: ToolCall,
  { cwd, bound }: DescribedCall,
  deed: Deed,
  git: GitFacts,
): VerifyBody {
  const { action, resource, amount, command, filePath } = deed;
  const branch = deed.branch ?? git.branch;
  const repository = deed.repository ?? git.repository;
  return {
    agentId,
    action,
    ...(resource === undefined ? {} : { vendor: resource }),
    ...(amount === undefined ? {} : { amount }),
    arguments: boundArguments(call.tool, bound),
    metadata: {
      client: call.client,
      tool: call.tool,
      ...(deed.environment === undefined ? {} : { environment: deed.environment }),
      ...(branch === undefined ? {} : { branch }),
      ...(repository === undefined ? {} : { repository }),
    },
    policyContext: {
      source: `${call.client}-hook`,
      toolName: call.tool,
      cwd,
      home: homedir(),
      ...(command === undefined && filePath === undefined ? {} : { toolInput: { command, filePath } }),
    },
  };
}

/**
 * What the approval is bound to. An input that is too large to be sent is bound by its hash, beside a beginning of it for
 * people to read; the two forms have different names, so that none can be given for the other.
 */
function boundArguments(tool: string, input: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const text = canonicalize(input) ?? "";
  if (bytesOf(text) <= maxBytes) return { tool, input };
  return {
    tool,
    inputSha256: createHash("sha256").update(text).digest("hex"),
    inputBytes: bytesOf(text),
    inputStart: text.slice(0, shownCharacters).toWellFormed(),
  };
}

/**
 * The name of this one question about this one call. The same call asked again, because an answer was lost or the hook is
 * installed twice, is the same use; any other call is another. Without an identity every question is its own.
 */
export function idempotencyKey(call: ToolCall, body: string, again = ""): string | undefined {
  if (call.identity === undefined) return undefined;
  const name = JSON.stringify([call.client, call.identity, body, again]);
  return `hook_${createHash("sha256").update(name).digest("base64url")}`;
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}
