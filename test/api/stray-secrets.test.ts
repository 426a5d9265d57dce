import { beforeAll, describe, expect, test } from "vitest";
import type { LogItem } from "../../src/contract/log.ts";
import { newAgentKey } from "../../src/crypto/secrets.ts";
import { newAgent } from "./agent-scene.ts";
import { json, newOwner, send, type Someone } from "./people-scene.ts";

let owner: Someone;
beforeAll(async () => {
  owner = await newOwner();
});

describe("a credential that strays into a request", () => {
  const secret = newAgentKey();
  const stray = {
    vendor: `${secret}.example`,
    metadata: { environment: `on ${secret}`, note: { deep: [secret] }, [secret]: 1 },
  };

  test("stands in no log and no export, and counts where it is decided", async () => {
    const agent = await newAgent(owner);
    await agent.permit({
      action: secret,
      constraints: { allowedEnvironments: [stray.metadata.environment] },
    });
    expect(await agent.verify(secret, { body: stray, idempotencyKey: "k" })).toMatchObject({ allowed: true });
    expect(await agent.verify(secret, { body: stray, idempotencyKey: "k" })).toMatchObject({
      replayed: true,
    });
    const other = { ...stray, metadata: { environment: `on ${newAgentKey()}` } };
    expect(await agent.verify(secret, { body: other })).toMatchObject({
      reasonCode: "environment_not_allowed",
    });

    const redacted = "bhf_sk_[redacted]";
    expect((await json<LogItem[]>(agent.call("GET", `/api/logs/${agent.agentId}`)))[2]).toMatchObject({
      action: redacted,
      vendor: `${redacted}.example`,
      environment: `on ${redacted}`,
      metadata: { environment: `on ${redacted}`, note: { deep: [redacted] }, [redacted]: 1 },
    });
    const shown = [
      agent.call("GET", `/api/logs/${agent.agentId}`),
      agent.call("GET", `/api/logs/${agent.agentId}?limit=10`),
      ...["limit=10", "format=csv", "format=ndjson"].map((query) =>
        send("GET", `/api/dashboard/logs?${query}`, { cookie: owner.cookie }),
      ),
    ].map(async (answer) => new TextDecoder().decode(await (await answer).arrayBuffer()));
    for (const text of await Promise.all(shown)) {
      expect(text).toContain(redacted);
      expect(text).not.toMatch(/bhf_sk_\w/);
    }
    const chain = `/api/dashboard/agents/${agent.agentId}/ledger/verify`;
    expect(await json(send("GET", chain, { cookie: owner.cookie }))).toMatchObject({ ok: true, entries: 3 });
  });

  test("is shown to the approver, who must see what is bound, and not in the agent's own view", async () => {
    const agent = await newAgent(owner);
    await agent.permit({ action: "send", requiresApproval: true });
    const approvalId = await agent.hold("send", { body: stray });
    const path = `/api/dashboard/approvals/${approvalId}`;
    expect(await json(send("GET", path, { cookie: owner.cookie }))).toMatchObject({
      approval: { vendor: stray.vendor, environment: stray.metadata.environment },
    });
    expect(await json(agent.call("GET", `/api/approvals/${approvalId}`))).toMatchObject({
      vendor: "bhf_sk_[redacted].example",
    });
  });

  test("is not said again by the answer that refuses it", async () => {
    const agent = await newAgent(owner);
    const asked = { vendor: "a", arguments: { [secret]: { [secret]: 1 } } };
    for (const body of [{ [secret]: 1 }, { policyContext: { [secret]: 1 } }, { ...asked, [secret]: 1 }]) {
      const answer = await agent.ask("read", { body });
      expect(answer.status).toBe(400);
      const text = await answer.text();
      expect(text).toContain("bhf_sk_[redacted]");
      expect(text).not.toContain(secret);
    }
  });
});
