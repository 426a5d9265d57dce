// The first steps of a team with BehalfID, played against a running system: `npm run demo`.
// Every answer is compared with what it should be; the first that differs ends the demo with exit code 1.

import { isDeepStrictEqual } from "node:util";
import { BehalfID, type DecisionPacket } from "../sdk/index.ts";
import { openStage, type Stage } from "./demo-stage.ts";

class Differs extends Error {}

/** Fails unless `actual` holds everything that `expected` says. */
function expect(what: string, actual: object, expected: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(expected)) {
    const found: unknown = Reflect.get(actual, key);
    if (!isDeepStrictEqual(found, value))
      throw new Differs(
        `${what}: ${key} is ${JSON.stringify(found)} and should be ${JSON.stringify(value)}.`,
      );
  }
}

function step(number: number, title: string): void {
  console.log(`\nStep ${number} — ${title}\n`);
}

function show(label: string, value: unknown): void {
  console.log(`${label}\n${JSON.stringify(value, null, 2).replaceAll(/^/gm, "  ")}`);
}

function instructions(
  packet: Extract<DecisionPacket, { approvalRequired: true }>,
  dashboard: string,
): string {
  return [
    "APPROVAL REQUIRED — do not execute this action.",
    "Action: deploy_production on vercel.com",
    `Request ID: ${packet.requestId}`,
    `Approval ID: ${packet.approvalId}`,
    "A human must approve this request before the action can proceed.",
    `Approve at: ${dashboard}`,
  ]
    .map((line) => `  ${line}`)
    .join("\n");
}

async function play({ baseUrl, developerToken }: Stage): Promise<void> {
  const person = new BehalfID({ baseUrl, developerToken });
  const dashboard = `${baseUrl}/dashboard/approvals`;

  step(1, "Create permissions");
  const { agentId, apiKey } = await person.agents.create({ name: "Coding agent" });
  const staging = await person.permissions.create({
    agentId,
    action: "deploy",
    resource: "vercel.com",
    allowedActions: [
      "deploy to staging",
      "create preview deployment",
      "update environment variables on staging",
    ],
    blockedActions: ["deploy to production", "promote to production", "delete production deployment"],
  });
  const production = await person.permissions.create({
    agentId,
    action: "deploy_production",
    resource: "vercel.com",
    allowedActions: ["promote staging to production"],
    blockedActions: ["rollback without approval", "delete production deployment"],
    requiresApproval: true,
  });
  expect("the staging permission", staging, { status: "active" });
  expect("the production permission", production, { status: "active" });
  console.log(`  ${agentId} may deploy to staging; deploy_production needs a person.`);

  step(2, "Wire up the agent");
  const behalf = new BehalfID({ baseUrl, apiKey });
  console.log(
    "  const behalf = new BehalfID({ apiKey });   // the agent's own key, which opens nothing else",
  );

  step(3, "The agent works within its permissions");
  const deploy = { agentId, action: "deploy", vendor: "vercel.com" };
  const toStaging = await behalf.verify(deploy);
  show("verify(deploy, vercel.com)", toStaging);
  expect("the staging deploy", toStaging, { allowed: true, reasonCode: "allowed", risk: "low" });
  const promotion = await behalf.verify({ ...deploy, action: "promote to production" });
  show("verify(promote to production, vercel.com)", promotion);
  expect("the blocked action", promotion, {
    allowed: false,
    reasonCode: "action_blocked",
    nextAction: "stop",
  });

  step(4, "The agent hits the approval gate");
  const request = { agentId, action: "deploy_production", vendor: "vercel.com" };
  const held = await behalf.verify(request);
  show("verify(deploy_production, vercel.com)", held);
  expect("the production deploy", held, {
    allowed: false,
    approvalRequired: true,
    reason: "Permission requires approval before execution.",
    risk: "medium",
    nextAction: "await_approval",
  });
  if (!held.approvalRequired) throw new Differs("The production deploy was not held.");
  console.log(`\n${instructions(held, dashboard)}`);
  const again = await behalf.verify(request);
  expect("asking again", again, { allowed: false, approvalId: held.approvalId });

  step(5, "A person approves");
  const { approvals } = await person.approvals.list({ agentId });
  expect("the pending request", approvals[0] ?? {}, {
    approvalId: held.approvalId,
    agentName: "Coding agent",
    action: "deploy_production",
    vendor: "vercel.com",
    status: "pending",
  });
  const waiting = behalf.waitForApproval(held.approvalId, { timeoutMs: 20_000 });
  const approved = await person.approvals.approve(held.approvalId, { comment: "Go ahead." });
  show(`POST /api/dashboard/approvals/${held.approvalId}/approve`, approved);
  expect("the approval", approved, { approved: true });
  expect("what the waiting agent hears", await waiting, { status: "approved" });

  step(6, "The agent retries and deploys");
  const retried = await behalf.verify(request);
  show("verify(deploy_production, vercel.com)", retried);
  expect("the retry", retried, {
    allowed: true,
    approvalRequired: false,
    reason: "Action allowed by approved permission grant.",
    risk: "low",
    nextAction: "proceed",
  });
  const third = await behalf.verify(request);
  expect("a third call", third, { allowed: false, approvalRequired: true });
  console.log("  The grant is used up: the next deploy needs another approval.");

  step(7, "Audit trail");
  const { logs } = await behalf.logs.list(agentId, { limit: 50 });
  for (const entry of logs.toReversed()) {
    const approval = entry.approvalRequired ? " (approvalRequired)" : "";
    console.log(
      `  ${entry.requestId} → ${entry.allowed ? "allowed" : "denied"}${approval}   ${entry.action}`,
    );
  }
  expect(
    "the log",
    { decisions: logs.map(({ decision }) => decision) },
    {
      decisions: [
        "approval_required",
        "allowed",
        "approval_required",
        "approval_required",
        "denied",
        "allowed",
      ],
    },
  );
  const ledger = await person.logs.verifyLedger(agentId);
  expect("the ledger", ledger, { ok: true, entries: logs.length });
  console.log(`\n  The ledger's ${ledger.entries} entries are whole.`);
}

const stage = await openStage();
try {
  console.log(`Playing against ${stage.baseUrl}${stage.note === undefined ? "" : `\n${stage.note}`}`);
  await play(stage);
  console.log("\nEvery step went as it should.");
} catch (error) {
  console.error(`\n✗ ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  await stage.close();
}
