import { queryOptions } from "@tanstack/react-query";
import type * as z from "zod";
import { passportSchema } from "../../../src/contract/passport.ts";
import { type Explanation, explanationSchema, type previewBodySchema } from "../../../src/contract/verify.ts";
import { api } from "../api.ts";

export type Passport = z.infer<typeof passportSchema>;

const pathOf = (agentId: string) => `/api/passport/${encodeURIComponent(agentId)}`;

/** What the agent may do, for whoever holds the token. The token goes into a header, and into no address. */
export const passportQuery = (agentId: string, token: string) =>
  queryOptions({
    queryKey: ["passport", agentId, token],
    queryFn: ({ signal }) => api.get(pathOf(agentId), passportSchema, { bearer: token, signal }),
    gcTime: 0,
  });

export function previewDecision(
  agentId: string,
  token: string,
  body: z.output<typeof previewBodySchema>,
): Promise<Explanation> {
  return api.post(pathOf(agentId), body, explanationSchema, { bearer: token });
}
