import { queryOptions } from "@tanstack/react-query";
import * as z from "zod";
import { type changePasswordBodySchema, sessionSchema } from "../../../src/contract/people.ts";
import { api } from "../api.ts";

/** Where one is signed in, newest first. */
export const sessionsQuery = queryOptions({
  queryKey: ["sessions"],
  queryFn: async ({ signal }) =>
    (await api.get("/api/auth/sessions", z.object({ sessions: z.array(sessionSchema) }), { signal }))
      .sessions,
});

export async function endSession(sessionId: string): Promise<void> {
  const path = `/api/auth/sessions/${encodeURIComponent(sessionId)}`;
  await api.delete(path, z.object({ ended: z.literal(true) }));
}

export async function changePassword(body: z.output<typeof changePasswordBodySchema>): Promise<void> {
  await api.post("/api/auth/password", body, z.object({ changed: z.literal(true) }));
}
