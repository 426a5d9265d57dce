import { queryOptions } from "@tanstack/react-query";
import * as z from "zod";
import {
  type forgotPasswordBodySchema,
  mailSchema,
  type resetPasswordBodySchema,
} from "../../../src/contract/sign-in.ts";
import { api } from "../api.ts";

export async function forgotPassword(body: z.output<typeof forgotPasswordBodySchema>): Promise<void> {
  await api.post("/api/auth/password/forgot", body, z.object({ requested: z.literal(true) }));
}

export async function resetPassword(body: z.output<typeof resetPasswordBodySchema>): Promise<void> {
  await api.post("/api/auth/password/reset", body, z.object({ changed: z.literal(true) }));
}

export async function verifyEmail(token: string): Promise<void> {
  await api.post("/api/auth/verify-email", { token }, z.object({ verified: z.literal(true) }));
}

/** What a local instance would have mailed. Anywhere else there is no such thing. */
export const outboxQuery = queryOptions({
  queryKey: ["mail-outbox"],
  queryFn: async ({ signal }) => {
    const answer = z.object({ mails: z.array(mailSchema) });
    return (await api.get("/api/dashboard/mail-outbox", answer, { signal })).mails;
  },
  refetchInterval: 3000,
});
