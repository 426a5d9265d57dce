import { queryOptions } from "@tanstack/react-query";
import * as z from "zod";
import { agentSchema } from "../../../src/contract/agent.ts";
import { api } from "../api.ts";

const page = z.object({
  agents: z.array(agentSchema.pick({ agentId: true, name: true })),
  nextCursor: z.string().nullable(),
});

/** The newest agents, to choose one from. Others are reached by the link on their own page. */
export const agentNamesQuery = queryOptions({
  queryKey: ["agent-names"],
  queryFn: async ({ signal }) =>
    (await api.get("/api/dashboard/agents", page, { query: { limit: 100 }, signal })).agents,
  staleTime: 60_000,
});
