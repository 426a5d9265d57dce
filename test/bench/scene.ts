import * as z from "zod";
import type { Measured } from "./load.ts";

/** One account whose agents are measured, each for one kind of request so that none verifies too often. */
export type Scene = {
  accountId: string;
  floors: Measured[];
  allowed: Measured;
  denied: Measured;
  gated: Measured;
  explain: Measured;
  /** Who asked for what is measured, and whose logs grow. */
  agentId: string;
  get: (path: string) => Measured;
  /** A request of the gated kind whose grants are open, `count` of them, each to be spent once. */
  spend: (count: number) => Promise<Measured>;
};

export const floorName = "floor-d1-and-object";

// A gate takes so many open requests at a time.
const pendingAtOnce = 100;
const reviewsAtOnce = 8;

const agentSchema = z.object({ agentId: z.string(), apiKey: z.string() });

export async function setUp(url: URL, email = "bench@example.com"): Promise<Scene> {
  const person: Record<string, string> = { "Content-Type": "application/json", Origin: "http://localhost" };
  const post = async (path: string, body: object, headers = person): Promise<unknown> => {
    const response = await fetch(new URL(path, url), { method: "POST", headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    person["Cookie"] ??= response.headers.get("Set-Cookie")?.split(";")[0] ?? "";
    return response.json();
  };
  const { user } = z
    .object({ user: z.object({ account: z.object({ accountId: z.string() }) }) })
    .parse(await post("/api/auth/signup", { email, password: crypto.randomUUID() }));

  const newAgent = async (name: string) => {
    const agent = agentSchema.parse(await post("/api/agents", { name }));
    const headers = { "Content-Type": "application/json", Authorization: `Bearer ${agent.apiKey}` };
    const measured = (path: string, body: object): Measured => ({
      name,
      path,
      headers,
      body: JSON.stringify({ agentId: agent.agentId, ...body }),
    });
    const permit = (permission: object) =>
      post("/api/permissions", { agentId: agent.agentId, ...permission });
    return { ...agent, headers, measured, permit };
  };

  const reading = { action: "read", resource: "example.com" };
  const asked = { action: "read", vendor: "example.com" };
  const [allowed, denied, gated, explain, spender] = await Promise.all(
    ["verify-allowed", "verify-denied", "verify-gated", "explain", "verify-gated-spend"].map(newAgent),
  );
  if (!allowed || !denied || !gated || !explain || !spender) throw new Error("An agent is missing.");
  await allowed.permit(reading);
  await explain.permit(reading);
  await gated.permit({ action: "deploy", requiresApproval: true });

  let gates = 0;
  let intents = 0;
  const spend = async (count: number): Promise<Measured> => {
    const bodies: string[] = [];
    while (bodies.length < count) {
      const action = `release-${(gates += 1)}`;
      await spender.permit({ action, requiresApproval: true });
      const opened = Array.from({ length: Math.min(pendingAtOnce, count - bodies.length) }, () =>
        JSON.stringify({ agentId: spender.agentId, action, amount: (intents += 1) }),
      );
      bodies.push(...opened);
      await inGroups(opened, async (body) => {
        const packet = await post("/api/verify", JSON.parse(body) as object, spender.headers);
        const { approvalId } = z.object({ approvalId: z.string() }).parse(packet);
        await post(`/api/dashboard/approvals/${approvalId}/approve`, {});
      });
    }
    return { ...spender.measured("/api/verify", {}), body: () => bodies.pop() ?? "{}" };
  };

  return {
    accountId: user.account.accountId,
    agentId: allowed.agentId,
    floors: ["bare", "d1", "d1-and-object"].map((name) => ({
      ...allowed.measured(`/floor/${name}`, asked),
      name: `floor-${name}`,
    })),
    allowed: allowed.measured("/api/verify", asked),
    denied: denied.measured("/api/verify", { action: "purchase", vendor: "example.com", amount: 742 }),
    gated: gated.measured("/api/verify", { action: "deploy" }),
    explain: explain.measured("/api/verify/explain", asked),
    get: (path) => ({ name: `GET ${path}`, path, headers: person, body: "" }),
    spend,
  };
}

async function inGroups<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += reviewsAtOnce)
    await Promise.all(items.slice(at, at + reviewsAtOnce).map(work));
}
