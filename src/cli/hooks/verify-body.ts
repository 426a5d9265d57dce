import { homedir } from "node:os";
import canonicalize from "canonicalize";
import { limits } from "../../contract/limits.ts";
import type { VerifyBody } from "../../contract/verify.ts";
import { hashedInput, sha256 } from "../hashed-input.ts";
import type { Deed, DescribedCall } from "./described-call.ts";
import type { GitFacts } from "./git-facts.ts";
import type { ToolCall } from "./tool-call.ts";

// Under the server's 16 KiB, with room for what goes beside it.
const maxBytes = 12 * 1024;

/** The request that asks whether one deed of a tool call is allowed. */
export async function verifyBody(
  agentId: string,
  call: ToolCall,
  { cwd, bound }: DescribedCall,
  deed: Deed,
  git: GitFacts,
): Promise<VerifyBody> {
  const { action, resource, amount, command, filePath } = deed;
  const branch = deed.branch ?? git.branch;
  const repository = deed.repository ?? git.repository;
  return {
    agentId,
    action,
    ...(resource === undefined ? {} : { vendor: resource }),
    ...(amount === undefined ? {} : { amount }),
    arguments: await boundArguments(call.tool, bound),
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
async function boundArguments(
  tool: string,
  input: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  const text = canonicalize(input) ?? "";
  return Buffer.byteLength(text) <= maxBytes ? { tool, input } : { tool, ...(await hashedInput(text)) };
}

/**
 * The name of this one question about this one call. The same call asked again, because an answer was lost or the hook is
 * installed twice, is the same use; any other call is another. Without an identity every question is its own.
 */
export async function idempotencyKey(call: ToolCall, body: string, again = ""): Promise<string | undefined> {
  if (call.identity === undefined) return undefined;
  // What stands between the parts is in none of them, so that no two lists of parts have one name.
  const parts = [call.client, ...call.identity, checksum(body), ...(again === "" ? [] : [again])];
  const name = parts.map((part) => encodeURIComponent(part)).join("/");
  return name.length <= limits.idempotencyKeyCharacters ? name : `hook_${await sha256(name, "base64url")}`;
}

// FNV-1a, twice. It only has to tell a call's own questions apart: a server that is asked something else under a name
// that it knows refuses. Loading what could do better takes longer than all the rest of this.
function checksum(text: string): string {
  let [one, other] = [0x811c9dc5, 0x01000193];
  for (let at = 0; at < text.length; at += 1) {
    one = Math.imul(one ^ text.charCodeAt(at), 0x01000193);
    other = Math.imul(other ^ text.charCodeAt(at), 0x85ebca6b);
  }
  return (one >>> 0).toString(36) + (other >>> 0).toString(36);
}
