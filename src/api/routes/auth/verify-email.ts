import * as z from "zod";
import { verifyEmailBodySchema } from "../../../contract/sign-in.ts";
import { hashSecret } from "../../../crypto/secrets.ts";
import { verifyEmail } from "../../../db/mailed-links.ts";
import { route } from "../../operation.ts";
import { refuseOtherOrigins } from "../../people/origin.ts";
import { limitAddress } from "../../people/sign-in-limit.ts";
import { Problem } from "../../problem.ts";
import { countFailedKey } from "../../rate-limit.ts";

export const verifyEmailRoute = route(
  {
    method: "post",
    path: "/api/auth/verify-email",
    id: "verifyEmail",
    tag: "Signing in",
    summary: "Confirm your address with the link of a mail",
    description:
      "The link works for 24 hours, once; opening its page confirms nothing. Signs nobody in. Signing in with an address that is not confirmed sends another mail.",
    access: { kind: "none" },
    body: verifyEmailBodySchema,
    answers: {
      200: { description: "It is confirmed.", schema: z.object({ verified: z.literal(true) }) },
    },
    problems: ["INVALID_ORIGIN", "LINK_EXPIRED", "RATE_LIMIT_EXCEEDED"],
  },
  async ({ c, env, now, body }) => {
    refuseOtherOrigins(c);
    await limitAddress(c);
    if (!(await verifyEmail(env.DB, await hashSecret(body.token), now)))
      throw (await countFailedKey(c)) ?? new Problem("LINK_EXPIRED");
    return c.json({ verified: true });
  },
);
