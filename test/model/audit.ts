import { createScheduledController, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { Event } from "../../src/contract/event.ts";
import type { LedgerEntry } from "../../src/contract/ledger-entry.ts";
import type { LedgerVerification } from "../../src/contract/log.ts";
import worker from "../../src/worker.ts";
import { json } from "../api/people-scene.ts";

import type { Packet, Seen } from "./reference-state.ts";
import { BrokenPromise, idsOf, look, type Player, type Stage } from "./stage.ts";
import { type Agent, canary, gateStub, ledgerStub, requestTo, send } from "./world.ts";

type Answered = Packet & { request: string; isReplay: boolean };

/** Lets everything come to rest, and checks that the record, the events and the lists are of what happened. */
export async function audit(stage: Stage): Promise<void> {
  const { players, script } = stage;
  for (const player of players) await look(stage, player);
  for (const player of players) await letRest(player);
  await worker.scheduled(createScheduledController(), env);
  for (const player of players) await letRest(player);
  for (const player of players) {
    const faults: string[] = [];
    const entries = await recordOf(player.agent, faults);
    const { listing } = await look(stage, player, true);
    checkRecord(player, entries, faults);
    await checkEvents(player, entries, listing, faults);
    await checkTenancy(stage, player, faults);
    if (faults.length === 0) continue;
    script.push(...faults.map((fault) => `  ✗ ${player.name}, in the end: ${fault}`));
    throw new BrokenPromise(script.join("\n"));
  }
}

// Alarms do what is left over: they settle what time has ended and empty the outboxes.
async function letRest({ agent, states }: Player): Promise<void> {
  const gates = (states[0]?.permissions ?? []).flatMap(({ id, isGated }) =>
    id !== null && isGated ? [id] : [],
  );
  await Promise.all([
    runDurableObjectAlarm(ledgerStub(agent)),
    ...gates.map((id) => runDurableObjectAlarm(gateStub(agent, id))),
  ]);
}

/** The agent's entries in D1, when the whole chain is there and holds. */
async function recordOf(agent: Agent, faults: string[]): Promise<LedgerEntry[]> {
  const { agentId, account } = agent;
  const request = requestTo("GET", `/api/dashboard/agents/${agentId}/ledger/verify`, {
    "X-Developer-Token": account.token,
  });
  const { ok, firstWrong } = await json<LedgerVerification>(send(request));
  if (!ok) faults.push(`the chain does not hold: ${JSON.stringify(firstWrong)}`);
  const { results } = await env.DB.prepare("SELECT entry FROM decisions WHERE agent_id = ? ORDER BY seq")
    .bind(agentId)
    .all<{ entry: string }>();
  if (results.some(({ entry }) => entry.includes(canary))) faults.push("the policy context is on record");
  return results.map(({ entry }) => JSON.parse(entry) as LedgerEntry);
}

function checkRecord({ history, agent }: Player, entries: readonly LedgerEntry[], faults: string[]): void {
  const isForeign = ({ agentId, accountId }: LedgerEntry) =>
    agentId !== agent.agentId || accountId !== agent.account.accountId;
  if (entries.some(isForeign)) faults.push("another agent's decision is in its record");
  const answers = history.flatMap(({ seen }) => ("request" in seen ? [seen] : []));
  const lost = history.filter(({ call, seen }) => call.do === "verify" && !("request" in seen)).length;
  const unexplained = new Set(entries);
  for (const answer of answers) {
    const entry = [...unexplained].find((each) => isRecordOf(each, answer));
    if (entry === undefined) faults.push(`${words(answer)} is not on record`);
    else unexplained.delete(entry);
  }
  if (unexplained.size > lost)
    faults.push(
      `${unexplained.size} decisions are on record that nobody was told of, and ${lost} answers were lost`,
    );
  const spent = entries.filter(
    ({ reasonCode, replayOf }) => reasonCode === "allowed_by_grant" && replayOf === undefined,
  );
  const grants = spent.map(({ approvalId }) => approvalId);
  if (new Set(grants).size !== grants.length || grants.includes(undefined))
    faults.push("a grant was spent twice");
}

function isRecordOf(entry: LedgerEntry, answer: Answered): boolean {
  const { decision, reasonCode, approvalId, requestId, replayOf } = entry;
  const kind = answer.kind === "asked" ? "approval_required" : answer.kind;
  return (
    decision === kind &&
    (answer.isReplay ? replayOf : requestId) === answer.request &&
    answer.isReplay === (replayOf !== undefined) &&
    (answer.kind === "asked" ? approvalId === answer.approval : reasonCode === answer.reason)
  );
}

const words = ({ kind, request, isReplay }: Answered) => `"${kind}"${isReplay ? " again" : ""} to ${request}`;

const pathTo = {
  pending: ["requested"],
  approved: ["requested", "approved"],
  denied: ["requested", "denied"],
  used: ["requested", "approved", "used"],
} as const;

/** One event for everything that happened, and none for anything else. */
async function checkEvents(
  { agent, states }: Player,
  entries: readonly LedgerEntry[],
  listing: Extract<Seen, { kind: "listing" }>["listing"],
  faults: string[],
): Promise<void> {
  const { accountId } = agent.account;
  const [stored, waiting] = await env.DB.batch<{ event: string; accountId: string }>([
    env.DB.prepare(
      "SELECT event, account_id AS accountId FROM events WHERE event ->> '$.data.agentId' = ?",
    ).bind(agent.agentId),
    env.DB.prepare("SELECT event FROM outbox WHERE event ->> '$.data.agentId' = ?").bind(agent.agentId),
  ]);
  if ((waiting?.results.length ?? 0) > 0) faults.push("events still wait in the outbox");
  const found: string[] = [];
  for (const { event, accountId: owner } of stored?.results ?? []) {
    const { type, data, accountId: told } = JSON.parse(event) as Event;
    if (owner !== accountId || told !== accountId) faults.push(`an event went to another account: ${event}`);
    if (event.includes(canary)) faults.push(`an event holds the policy context: ${event}`);
    if (agent.account.secrets.some((secret) => event.includes(secret)))
      faults.push(`an event holds a secret: ${event}`);
    const about = type.startsWith("verification.")
      ? data["requestId"]
      : (data["approvalId"] ?? data["permissionId"]);
    found.push(`${type} ${typeof about === "string" ? about : ""}`.trim());
  }
  const count = (event: string) => found.filter((each) => each === event).length;
  const [timesDisabled, timesEnabled] = [count("agent.disabled"), count("agent.enabled")];
  if (!states.some((state) => state.timesDisabled === timesDisabled && state.timesEnabled === timesEnabled))
    faults.push(`events tell that it was disabled ${timesDisabled} times and enabled ${timesEnabled} times`);
  const approvals = listing.approvals.flatMap(({ id, status }) => {
    if (status === "expired" || status === "void") {
      // Whether it was approved before, its event itself tells; the reference knows whether it could have been.
      const isApproved = found.includes(`approval.approved ${id}`);
      const path = isApproved ? pathTo.approved : pathTo.pending;
      return [...path, ...(status === "expired" ? ["expired"] : [])].map((step) => `approval.${step} ${id}`);
    }
    return pathTo[status].map((step) => `approval.${step} ${id}`);
  });
  const expected = [
    "agent.created",
    ...listing.permissions.flatMap(({ id, hasEnded }) => [
      `permission.created ${id}`,
      ...(hasEnded ? [`permission.revoked ${id}`] : []),
    ]),
    ...entries
      .filter(({ replayOf }) => replayOf === undefined)
      .map(({ decision, requestId }) => `verification.${decision} ${requestId}`),
    ...approvals,
  ];
  const left = found.filter((event) => event !== "agent.disabled" && event !== "agent.enabled");
  for (const event of expected) {
    const index = left.indexOf(event);
    if (index < 0) faults.push(`there is no event "${event}"`);
    else left.splice(index, 1);
  }
  for (const event of left) faults.push(`there is an event too many: "${event}"`);
}

const lists = [
  "approvals?status=all&limit=100",
  "logs?limit=500",
  "agents?limit=100",
  "webhook-events?limit=100",
];

/** The other account's people see nothing of it in any list. */
async function checkTenancy({ players }: Stage, player: Player, faults: string[]): Promise<void> {
  const others = players.filter((other) => other !== player);
  const mine = idsOf(player);
  await Promise.all(
    others.flatMap(({ agent }) =>
      lists.map(async (list) => {
        const token = { "X-Developer-Token": agent.account.token };
        const answer = await send(requestTo("GET", `/api/dashboard/${list}`, token));
        const text = await answer.text();
        if (!answer.ok) faults.push(`the list ${list} of the other account cannot be read: ${text}`);
        const leaked = mine.find((id) => text.includes(id));
        if (leaked !== undefined) faults.push(`the list ${list} of the other account holds ${leaked}`);
        if (agent.account.secrets.some((secret) => text.includes(secret)) || text.includes(canary))
          faults.push(`the list ${list} holds a secret`);
      }),
    ),
  );
}
