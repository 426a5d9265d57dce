import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import * as z from "zod";
import {
  agentSchema,
  agentWithPermissionsSchema,
  type createAgentBodySchema,
  type editAgentBodySchema,
  issuedKeySchema,
  type Agent,
} from "../../../src/contract/agent.ts";
import { logPageSchema } from "../../../src/contract/log.ts";
import { issuedPassportSchema } from "../../../src/contract/passport.ts";
import { api } from "../api.ts";

export const agentsKey = ["agents"] as const;
export const activityKey = ["activity"] as const;

export type AgentWithPermissions = z.infer<typeof agentWithPermissionsSchema>;

const pathOf = (id: string, rest = "") => `/api/dashboard/agents/${encodeURIComponent(id)}${rest}`;
const oneSchema = z.object({ agent: agentSchema });
const createdSchema = oneSchema.extend({ apiKey: z.string() });
const pageSchema = z.object({ agents: z.array(agentSchema), nextCursor: z.string().nullable() });

/** The workspace's agents, newest first, page after page. */
export const agentListQuery = infiniteQueryOptions({
  queryKey: [...agentsKey, "list"],
  initialPageParam: "",
  queryFn: ({ pageParam, signal }) =>
    api.get("/api/dashboard/agents", pageSchema, { query: { cursor: pageParam }, signal }),
  getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
});

/** The newest agents, `most` or all that there are, fetched as far as they are looked at. */
export async function* newestAgents(most: number): AsyncGenerator<Agent> {
  const limit = 100;
  let cursor: string | null = "";
  for (let seen = 0; seen < most && cursor !== null; seen += limit) {
    const page: z.infer<typeof pageSchema> = await api.get("/api/dashboard/agents", pageSchema, {
      query: { cursor, limit },
    });
    yield* page.agents;
    cursor = page.nextCursor;
  }
}

/** An agent with its permissions, ended ones too. */
export const agentQuery = (id: string) =>
  queryOptions({
    queryKey: [...agentsKey, "one", id],
    queryFn: ({ signal }) => api.get(pathOf(id), agentWithPermissionsSchema, { signal }),
  });

/** What an agent asked for last, newest first. */
export const activityQuery = (agentId: string) =>
  queryOptions({
    queryKey: [...activityKey, agentId],
    queryFn: ({ signal }) =>
      api.get("/api/dashboard/logs", logPageSchema, { query: { agentId, limit: 50 }, signal }),
  });

/** How often an agent asked since a moment, by outcome. */
export const askedSinceQuery = (agentId: string, from: string) =>
  queryOptions({
    queryKey: [...activityKey, agentId, from],
    queryFn: async ({ signal }) =>
      (await api.get("/api/dashboard/logs", logPageSchema, { query: { agentId, from, limit: 1 }, signal }))
        .summary,
  });

export async function createAgent(
  body: z.input<typeof createAgentBodySchema>,
): Promise<z.infer<typeof createdSchema>> {
  return api.post("/api/dashboard/agents", body, createdSchema);
}

export async function editAgent(id: string, body: z.input<typeof editAgentBodySchema>): Promise<Agent> {
  return (await api.patch(pathOf(id), body, oneSchema)).agent;
}

/** Switches an agent on or off. Off also ends what it has open. */
export async function switchAgent(id: string, to: "enable" | "disable"): Promise<Agent> {
  return (await api.post(pathOf(id, `/${to}`), {}, oneSchema)).agent;
}

export async function rotateKey(
  id: string,
  overlapSeconds: number,
): Promise<z.infer<typeof issuedKeySchema>> {
  return api.post(pathOf(id, "/rotate-key"), { overlapSeconds }, issuedKeySchema);
}

export async function issuePassport(id: string): Promise<z.infer<typeof issuedPassportSchema>> {
  return api.post(pathOf(id, "/passport"), {}, issuedPassportSchema);
}

export async function revokePassport(id: string): Promise<void> {
  await api.delete(pathOf(id, "/passport"), z.object({ revoked: z.literal(true) }));
}
