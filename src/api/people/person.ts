import type { AccountId, SessionId, TokenId, UserId } from "../../contract/ids.ts";
import { type Capability, mayDo, type Role } from "../../contract/people.ts";
import { hashSecret, isAgentKey, isDeveloperToken } from "../../crypto/secrets.ts";
import { lastUsedMs, noteTokenUse } from "../../db/developer-tokens.ts";
import { type Membership, personByToken, sessionByToken } from "../../db/people.ts";
import { bearerOf } from "../bearer.ts";
import type { AppContext } from "../context.ts";
import { Problem } from "../problem.ts";
import { countFailedKey } from "../rate-limit.ts";
import { requireOurOrigin } from "./origin.ts";
import { sessionTokenOf } from "./session-cookie.ts";

/** Who acts, in which account, and with what roles at this moment. */
export type Person = { userId: UserId; accountId: AccountId; roles: Role[] } & (
  { via: "session"; sessionId: SessionId } | { via: "token"; tokenId: TokenId }
);

/** A living session. Its person may be in no account at all. */
export type SignedIn = {
  sessionId: SessionId;
  userId: UserId;
  membership: Membership | undefined;
};

/**
 * The person who makes this request. A developer token goes before a cookie, and either goes before an agent
 * key. Throws AUTH_REQUIRED, AGENT_KEY_FORBIDDEN, INVALID_ORIGIN, FORBIDDEN or RATE_LIMIT_EXCEEDED.
 */
export async function personOf(c: AppContext): Promise<Person> {
  const token = presentedToken(c);
  if (token !== undefined) return personWithToken(c, token);
  const signedIn = await signedInOf(c);
  if (signedIn === undefined)
    throw new Problem(isAgentKey(bearerOf(c.req.raw) ?? "") ? "AGENT_KEY_FORBIDDEN" : "AUTH_REQUIRED");
  const { sessionId, userId, membership } = signedIn;
  if (membership === undefined)
    throw new Problem("FORBIDDEN", {
      detail: "You are not a member of this workspace.",
      hint: "Ask an owner or an admin of the workspace for an invitation.",
    });
  return { userId, ...membership, via: "session", sessionId };
}

/** The session of this request's cookie. Undefined without a cookie; throws for one that opens nothing. */
export async function signedInOf(c: AppContext): Promise<SignedIn | undefined> {
  const token = await sessionTokenOf(c.env, c.req.header("Cookie"));
  if (token === undefined) return undefined;
  requireOurOrigin(c);
  const session = token === null ? undefined : await sessionByToken(c.env.DB, token, c.var.now);
  if (session === undefined) throw new Problem("AUTH_REQUIRED");
  return session;
}

/** The session of this request, which must have one: for what only a person at a browser may do. */
export async function requireSession(c: AppContext): Promise<SignedIn> {
  const signedIn = await signedInOf(c);
  if (signedIn !== undefined) return signedIn;
  if (isAgentKey(bearerOf(c.req.raw) ?? "")) throw new Problem("AGENT_KEY_FORBIDDEN");
  throw new Problem("AUTH_REQUIRED", {
    detail: "Sign in first.",
    hint: "Send the session cookie; a developer token cannot do this.",
  });
}

/** Throws FORBIDDEN unless one of the person's roles grants the capability. */
export function requireCapability(person: Person, capability: Capability): void {
  if (!mayDo(person.roles, capability)) throw new Problem("FORBIDDEN");
}

/** Throws FORBIDDEN for a person who is there by a developer token: one that leaked must not leave others behind. */
export function requireViaSession(person: Person): asserts person is Person & { via: "session" } {
  if (person.via === "token")
    throw new Problem("FORBIDDEN", {
      detail:
        "A developer token cannot make tokens, nor change who is in the workspace and what they may do.",
      hint: "Sign in and do it with your session.",
    });
}

function presentedToken(c: AppContext): string | undefined {
  const header = c.req.header("X-Developer-Token")?.trim();
  if (header) return header;
  const bearer = bearerOf(c.req.raw);
  return bearer?.startsWith("bhf_dev_") ? bearer : undefined;
}

async function personWithToken(c: AppContext, token: string): Promise<Person> {
  const { now } = c.var;
  const found = isDeveloperToken(token) ? await personByToken(c.env.DB, await hashSecret(token)) : undefined;
  // A token that was given does not fall back to the cookie beside it: whoever sent it meant it.
  if (found === undefined) throw (await countFailedKey(c)) ?? new Problem("AUTH_REQUIRED");
  const { tokenId, userId, membership, lastUsedAt } = found;
  if (lastUsedAt === null || lastUsedAt <= now - lastUsedMs)
    c.executionCtx.waitUntil(noteTokenUse(c.env.DB, tokenId, now));
  return { userId, ...membership, via: "token", tokenId };
}
