import { homedir } from "node:os";
import type { ApprovalPacket, DeniedPacket, VerifyBody } from "../../contract/verify.ts";
import { BehalfError } from "../../sdk/errors.ts";
import type { Transport } from "../../sdk/transport.ts";
import { deniedBy, verify } from "../../sdk/verification.ts";
import { namedDeeds, type ActionRule } from "./action-rules.ts";
import { describeCall, type Deed } from "./described-call.ts";
import { gitFacts } from "./git-facts.ts";
import { guardCall } from "./guard-call.ts";
import { NoDecision } from "./no-decision.ts";
import type { ToolCall } from "./tool-call.ts";
import { idempotencyKey, verifyBody } from "./verify-body.ts";

type Ended = "expired" | "void" | "used";

export type Outcome =
  | { kind: "allowed" }
  | { kind: "denied"; deed: Deed; packet: DeniedPacket }
  | { kind: "held"; deed: Deed; packet: ApprovalPacket; ended?: Ended };

export type Asking = {
  call: ToolCall;
  agentId: string;
  transport: Transport;
  /** The owner's own names for actions. */
  rules: readonly ActionRule[];
  /** How long to wait for a person, in milliseconds. */
  waitMs: number;
};

/** Whether the whole call is allowed: every deed of it. Throws where that cannot be told. */
export async function decideCall(asking: Asking): Promise<Outcome> {
  const described = describeCall(asking.call);
  guardCall(asking.call, described);
  const git = described.deeds.length === 0 ? {} : gitFacts(described.cwd);
  const { tool, input } = asking.call;
  const deeds = described.deeds.flatMap((deed) => namedDeeds(deed, tool, input, asking.rules, homedir()));
  const asked = await Promise.all(
    deeds.map(async (deed) => ({
      deed,
      request: await verifyBody(asking.agentId, asking.call, described, deed, git),
    })),
  );
  const order = await inSpendingOrder(asking, asked);
  for (const [at, each] of order.entries()) {
    const outcome = await decideDeed(asking, each, order.slice(0, at));
    if (outcome.kind !== "allowed") return outcome;
  }
  // A deed that was to be denied is asked alone. Allowed after all, it says nothing of the others.
  if (order.length < asked.length) throw changed();
  return { kind: "allowed" };
}

type Asked = { deed: Deed; request: VerifyBody };

/**
 * The deeds of a call in an order in which nothing is spent in vain: an approval is good for one use, so what needs a
 * person comes last, and two that do cannot go together.
 */
async function inSpendingOrder({ transport }: Asking, asked: readonly Asked[]): Promise<readonly Asked[]> {
  if (asked.length < 2) return asked;
  const outcomes = await outcomesOf(transport, asked);
  const thatWould = (outcome: "allow" | "deny" | "ask") => asked.filter((_, at) => outcomes[at] === outcome);
  // Asked alone, so that the denial is on record and nothing else is.
  const [denied] = thatWould("deny");
  if (denied !== undefined) return [denied];
  const held = thatWould("ask");
  if (held.length > 1)
    throw new NoDecision(
      `This one call needs ${held.length} approvals: ${held.map(({ deed }) => deed.action).join(", ")}.`,
      "Make a call of its own for each of them, such as one command or one file.",
    );
  return [...thatWould("allow"), ...held];
}

async function outcomesOf(transport: Transport, asked: readonly Asked[]) {
  const { explain } = await import("../../sdk/explain.ts");
  return Promise.all(asked.map(async ({ request }) => (await explain(transport, request)).decision.outcome));
}

async function decideDeed(
  { call, transport, waitMs }: Asking,
  { deed, request }: Asked,
  allowedBefore: readonly Asked[],
): Promise<Outcome> {
  const body = JSON.stringify(request);
  const first = await verify(transport, request, { idempotencyKey: await idempotencyKey(call, body) });
  if (first.allowed) return { kind: "allowed" };
  if (!first.approvalRequired) return { kind: "denied", deed, packet: first };
  const approval = waitMs === 0 ? undefined : await approvalAfter(transport, first, waitMs);
  if (approval?.status === "denied") return { kind: "denied", deed, packet: deniedBy(first, approval) };
  const status = approval?.status ?? "pending";
  if (status === "expired" || status === "void" || status === "used")
    return { kind: "held", deed, packet: first, ended: status };
  // The answer to a call's first question is kept for its retries, so what a person decided since is asked for under a
  // name of its own: one for each approval, because a second one would be a second use.
  if (status === "pending" && first.replayed !== true) return { kind: "held", deed, packet: first };
  // What was allowed before a person took their time need not be any more, and it runs with what they approved.
  if (waitMs > 0 && allowedBefore.length > 0) {
    const outcomes = await outcomesOf(transport, allowedBefore);
    if (outcomes.some((outcome) => outcome !== "allow")) throw changed();
  }
  const again = await verify(transport, request, {
    idempotencyKey: await idempotencyKey(call, body, first.approvalId),
  });
  if (again.allowed) return { kind: "allowed" };
  if (again.approvalRequired) return { kind: "held", deed, packet: again };
  return { kind: "denied", deed, packet: again };
}

function changed(): NoDecision {
  return new NoDecision("The permissions changed in the meantime.", "Make the call again.");
}

/** What a person, or time, made of a request. Undefined when nobody has decided for as long as is waited. */
async function approvalAfter(transport: Transport, { approvalId }: ApprovalPacket, waitMs: number) {
  const { waitForApproval } = await import("../../sdk/wait-for-approval.ts");
  try {
    return await waitForApproval(transport, approvalId, { timeoutMs: waitMs });
  } catch (error) {
    if (error instanceof BehalfError && error.code === "TIMEOUT") return undefined;
    throw error;
  }
}
