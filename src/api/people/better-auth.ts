import { drizzleAdapter } from "better-auth/adapters/drizzle";
import { betterAuth } from "better-auth/minimal";
import { nanoid } from "nanoid";
import type { AccountId, UserId } from "../../contract/ids.ts";
import { newId } from "../../crypto/ids.ts";
import { database } from "../../db/database.ts";
import { identities, sessions, users, verifications } from "../../db/people-schema.ts";
import { sessionCookieName, sessionSeconds } from "./session-cookie.ts";

/** What we have better-auth do. */
export type Auth = {
  hashPassword(password: string): Promise<string>;
  isPassword(password: string, hash: string): Promise<boolean>;
  /** Starts a session of this person in an account, or in none. */
  startSession(
    userId: UserId,
    accountId: AccountId | undefined,
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
      schema: { user: users, session: sessions, account: identities, verification: verifications },
    }),
    emailAndPassword: { enabled: true, disableSignUp: true, maxPasswordLength: 128 },
    session: {
      expiresIn: sessionSeconds,
      disableSessionRefresh: true,
      additionalFields: { activeOrganizationId: { type: "string", required: false, input: false } },
    },
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
  });
  return {
    hashPassword: async (password) => (await auth.$context).password.hash(password),
    isPassword: async (password, hash) => (await auth.$context).password.verify({ password, hash }),
    startSession: async (userId, accountId, from) => {
      const { internalAdapter } = await auth.$context;
      return internalAdapter.createSession(userId, false, {
        ...from,
        activeOrganizationId: accountId ?? null,
      });
    },
  };
}
