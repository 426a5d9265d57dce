import { queryOptions } from "@tanstack/react-query";
import * as z from "zod";
import {
  type confirmTwoFactorBodySchema,
  type presentPasswordBodySchema,
  recoveryCodesSchema,
  twoFactorSchema,
  twoFactorSecretSchema,
} from "../../../src/contract/sign-in.ts";
import { api } from "../api.ts";

/** Whether one's sign-in asks for a code. */
export const twoFactorQuery = queryOptions({
  queryKey: ["two-factor"],
  queryFn: ({ signal }) => api.get("/api/auth/two-factor", twoFactorSchema, { signal }),
});

export const beginTwoFactor = (body: z.output<typeof presentPasswordBodySchema>) =>
  api.post("/api/auth/two-factor/enable", body, twoFactorSecretSchema);

export async function confirmTwoFactor(
  body: z.output<typeof confirmTwoFactorBodySchema>,
): Promise<readonly string[]> {
  return (await api.post("/api/auth/two-factor/confirm", body, recoveryCodesSchema)).recoveryCodes;
}

export async function endTwoFactor(body: z.output<typeof presentPasswordBodySchema>): Promise<void> {
  await api.post("/api/auth/two-factor/disable", body, z.object({ enabled: z.literal(false) }));
}
