import * as z from "zod";

/** A request that is measured. */
export type Verify = { name: string; path: string; headers: Record<string, string>; body: string };

/** An account, an agent and its permissions, made over HTTP; and the requests that are measured with them. */
export async function setUp(url: URL): Promise<Verify[]> {
  const origin = "http://localhost";
  let cookie = "";
  const post = async (path: string, body: object): Promise<unknown> => {
    const response = await fetch(new URL(path, url), {
      method: "POST",
      headers: { "Content-Type": "application/json", Origin: origin, Cookie: cookie },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    cookie ||= response.headers.get("Set-Cookie")?.split(";")[0] ?? "";
    return response.json();
  };
  await post("/api/auth/signup", { email: "bench@example.com", password: crypto.randomUUID() });
  const { agentId, apiKey } = z
    .object({ agentId: z.string(), apiKey: z.string() })
    .parse(await post("/api/agents", { name: "Bench" }));
  await post("/api/permissions", { agentId, action: "read", resource: "example.com" });
  await post("/api/permissions", { agentId, action: "deploy", requiresApproval: true });

  const headers = { "Content-Type": "application/json", Authorization: `Bearer ${apiKey}` };
  const verify = (name: string, body: object): Verify => ({
    name,
    path: "/api/verify",
    headers,
    body: JSON.stringify({ agentId, ...body }),
  });
  const floor = (name: string): Verify => ({
    ...verify(`floor-${name}`, { action: "read", vendor: "example.com" }),
    path: `/floor/${name}`,
  });
  return [
    floor("bare"),
    floor("d1"),
    floor("d1-and-object"),
    verify("verify-allowed", { action: "read", vendor: "example.com" }),
    verify("verify-denied", { action: "purchase", vendor: "example.com", amount: 742 }),
    verify("verify-gated", { action: "deploy" }),
  ];
}
