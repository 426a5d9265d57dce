import { drizzleAdapter } from "better-auth/adapters/drizzle";
import { isAPIError } from "better-auth/api";
import { betterAuth } from "better-auth/minimal";
import { organization } from "better-auth/plugins/organization";
import { nanoid } from "nanoid";
import type { AccountId, UserId } from "../../contract/ids.ts";
import { newId } from "../../crypto/ids.ts";
import { database } from "../../db/database.ts";
import {
  accounts,
  identities,
  invitations,
  members,
  sessions,
  users,
  verifications,
} from "../../db/people-schema.ts";
import { firstAccountOf } from "../../db/people.ts";
import { sessionCookieName, sessionSeconds } from "./session-cookie.ts";

/** What we have better-auth do. */
export type Auth = {
  hashPassword(password: string): Promise<string>;
  isPassword(password: string, hash: string): Promise<boolean>;
  /** Starts a session for whoever has this email and password. Undefined when nobody has. */
  signIn(
    credentials: { email: string; password: string },
    headers: Headers,
  ): Promise<{ userId: UserId; token: string } | undefined>;
  /** Starts a session of this person in an account. */
  startSession(
    userId: UserId,
    accountId: AccountId,
    from: { ipAddress: string; userAgent: string },
  ): Promise<{ token: string }>;
};

/**
 * better-auth over our tables. It keeps passwords and sessions. Its own HTTP handler is not mounted, because every
 * route of it would be one more way in: who gets in, and what members may do, our own statements decide.
 */
export function makeAuth(env: Env): Auth {
  const auth = betterAuth({
    baseURL: env.PUBLIC_URL,
    secret: env.BETTER_AUTH_SECRET,
    database: drizzleAdapter(database(env.DB), {
      provider: "sqlite",
      schema: {
        user: users,
        session: sessions,
        account: identities,
        verification: verifications,
        organization: accounts,
        member: members,
        invitation: invitations,
      },
    }),
    plugins: [organization()],
    emailAndPassword: { enabled: true, disableSignUp: true, maxPasswordLength: 128 },
    session: { expiresIn: sessionSeconds, disableSessionRefresh: true },
    // Attempts are limited where the request comes in, before better-auth is even loaded.
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
    advanced: {
      database: { generateId: ({ model }) => (model === "session" ? newId("session") : nanoid()) },
      cookies: { session_token: { name: sessionCookieName } },
      useSecureCookies: false,
      ipAddress: { ipAddressHeaders: ["cf-connecting-ip"] },
    },
    databaseHooks: { session: { create: { before: (session) => inAnAccount(env, session) } } },
  });
  return {
    hashPassword: async (password) => (await auth.$context).password.hash(password),
    isPassword: async (password, hash) => (await auth.$context).password.verify({ password, hash }),
    signIn: async (body, headers) => {
      try {
        // For an unknown email it hashes the password all the same: the time of an answer does not tell who is here.
        const { user, token } = await auth.api.signInEmail({ body, headers });
        return { userId: user.id as UserId, token };
      } catch (error) {
        if (isAPIError(error) && error.statusCode === 401) return undefined;
        throw error;
      }
    },
    startSession: async (userId, accountId, from) => {
      const { internalAdapter } = await auth.$context;
      return internalAdapter.createSession(userId, false, {
        ...from,
        activeOrganizationId: accountId,
      });
    },
  };
}

// A session begins in the account that it was made for, or else in the one that the person joined first.
async function inAnAccount(env: Env, session: Record<string, unknown> & { userId: string }) {
  const accountId =
    session["activeOrganizationId"] ?? (await firstAccountOf(env.DB, session.userId as UserId));
  return { data: { ...session, activeOrganizationId: accountId ?? null } };
}
