import * as z from "zod";

export type Agent = { agentId: string; apiKey: string };

/** An account on a running system, and what its person and its agents can send. */
export type Tenant = {
  agents: [Agent, ...Agent[]];
  asPerson: Record<string, string>;
  send: (method: string, path: string, headers: Record<string, string>, body?: object) => Promise<Response>;
  verify: (agent: Agent, body: Record<string, unknown>) => Promise<Response>;
};

// Longer than the product takes to give up by itself, so that what runs into it hangs.
const hangMs = 60_000;

/** The first account of a system: each of its agents may read, may not buy, and may deploy when a person agrees. */
export async function newTenant(baseUrl: string, agentCount: number): Promise<Tenant> {
  const send: Tenant["send"] = (method, path, headers, body) =>
    fetch(`${baseUrl}${path}`, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(hangMs),
    });
  const made = async <T>(
    schema: z.ZodType<T>,
    path: string,
    headers: Record<string, string>,
    body: object,
  ) => {
    const answer = await send("POST", path, headers, body);
    if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return schema.parse(await answer.json());
  };

  const person = { email: "load@example.com", password: crypto.randomUUID() };
  const signedUp = await send("POST", "/api/auth/signup", {}, person);
  const cookie = signedUp.headers.get("Set-Cookie")?.split(";")[0] ?? "";
  const { token } = await made(
    z.object({ token: z.string() }),
    "/api/dashboard/tokens",
    { Cookie: cookie, Origin: baseUrl },
    { name: "load" },
  );
  const asPerson = { "X-Developer-Token": token };
  const newAgent = async (name: string): Promise<Agent> => {
    const issued = z.object({ agentId: z.string(), apiKey: z.string() });
    const agent = await made(issued, "/api/agents", asPerson, { name });
    const { agentId } = agent;
    await made(z.unknown(), "/api/permissions", asPerson, { agentId, action: "read" });
    await made(z.unknown(), "/api/permissions", asPerson, {
      agentId,
      action: "deploy",
      requiresApproval: true,
    });
    return agent;
  };
  const agents: Tenant["agents"] = [await newAgent("agent 1")];
  while (agents.length < agentCount) agents.push(await newAgent(`agent ${agents.length + 1}`));
  return {
    agents,
    asPerson,
    send,
    verify: ({ agentId, apiKey }, body) =>
      send("POST", "/api/verify", { Authorization: `Bearer ${apiKey}` }, { agentId, ...body }),
  };
}
