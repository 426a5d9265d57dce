import { queryOptions } from "@tanstack/react-query";
import * as z from "zod";
import { type createTokenBodySchema, issuedTokenSchema, tokenSchema } from "../../../src/contract/people.ts";
import { api } from "../api.ts";

/** One's own developer tokens; for who runs the workspace, everyone's. */
export const tokensQuery = queryOptions({
  queryKey: ["tokens"],
  queryFn: async ({ signal }) =>
    (await api.get("/api/dashboard/tokens", z.object({ tokens: z.array(tokenSchema) }), { signal })).tokens,
});

export const createToken = (body: z.output<typeof createTokenBodySchema>) =>
  api.post("/api/dashboard/tokens", body, issuedTokenSchema);

export async function deleteToken(tokenId: string): Promise<void> {
  const path = `/api/dashboard/tokens/${encodeURIComponent(tokenId)}`;
  await api.delete(path, z.object({ deleted: z.literal(true) }));
}
