import type * as z from "zod";
import type { signUpBodySchema } from "../../contract/people.ts";
import { constantTimeEqual } from "../../crypto/constant-time-equal.ts";
import { utf8 } from "../../crypto/encoding.ts";
import { hashSecret } from "../../crypto/secrets.ts";
import { invitationById } from "../../db/invitations.ts";
import { type Door, hasAccounts } from "../../db/sign-up.ts";
import type { AppContext } from "../context.ts";
import { Problem } from "../problem.ts";
import { countFailedKey } from "../rate-limit.ts";

/**
 * How this sign-up gets in. Throws SIGNUP_CLOSED when it does not: before a password is hashed, so that refusing
 * is cheap. It is asked again when the person is written, where no other sign-up can come between.
 */
export async function doorFor(c: AppContext, body: z.output<typeof signUpBodySchema>): Promise<Door> {
  const { env } = c;
  if (body.invitationId !== undefined) {
    const invitation = await invitationById(env.DB, body.invitationId, c.var.now);
    if (invitation?.email !== body.email) throw (await countFailedKey(c)) ?? invitationRefused();
    return { kind: "invitation", invitationId: body.invitationId };
  }
  const workspace = body.workspace ?? `${body.name ?? body.email.split("@")[0]}'s workspace`;
  if (env.SIGNUP_MODE === "open") return { kind: "open", workspace };
  if (await hasAccounts(env.DB)) throw signUpClosed(env);
  if (env.ENVIRONMENT !== "local") await requireSetupToken(c, body.setupToken);
  return { kind: "first", workspace };
}

/** What a sign-up gets whose door is closed, or closed while it came. */
export function signUpRefused(env: Env, door: Door): Problem {
  return door.kind === "invitation" ? invitationRefused() : signUpClosed(env);
}

// Unknown, used, expired and somebody else's answer alike, so that an id says nothing about an address.
function invitationRefused(): Problem {
  return new Problem("SIGNUP_CLOSED", {
    detail: "This invitation is not for this address, was used, or has expired.",
    hint: "Sign up with the address that was invited, or ask for a new invitation.",
  });
}

function signUpClosed(env: Env): Problem {
  return new Problem(
    "SIGNUP_CLOSED",
    env.ENVIRONMENT === "local"
      ? {
          hint: "Ask a member of the workspace for an invitation, or start with SIGNUP_MODE=open to let anyone sign up.",
        }
      : {},
  );
}

async function requireSetupToken(c: AppContext, given: string | undefined): Promise<void> {
  // An optional secret, which the generated Env cannot say.
  const { SETUP_TOKEN: expected } = c.env as Env & { SETUP_TOKEN?: string };
  if (expected && given !== undefined) {
    // The hashes have one length, so that the time to compare tells nothing of the token's.
    const [one, other] = await Promise.all([hashSecret(given), hashSecret(expected)]);
    if (constantTimeEqual(utf8(one), utf8(other))) return;
  }
  const refused = new Problem("SIGNUP_CLOSED", {
    detail: "The first account needs the deployment's setup token.",
    hint: "Set the secret SETUP_TOKEN of the deployment and send it as setupToken.",
  });
  throw given === undefined ? refused : ((await countFailedKey(c)) ?? refused);
}
