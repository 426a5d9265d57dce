import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { AccountId, InvitationId, SessionId, UserId } from "../contract/ids.ts";

const moment = (name: string) => integer(name, { mode: "timestamp_ms" });

/** A workspace, and the settings that its decisions follow. */
export const accounts = sqliteTable("accounts", {
  id: text("id").$type<AccountId>().primaryKey(),
  name: text("name").notNull(),
  slug: text("slug").notNull().unique(),
  logo: text("logo"),
  metadata: text("metadata"),
  createdAt: moment("created_at").notNull(),
  denialMemoryMs: integer("denial_memory_ms")
    .notNull()
    .default(30 * 60_000),
  pendingExpiryMs: integer("pending_expiry_ms")
    .notNull()
    .default(24 * 3_600_000),
  // Until when someone may be looking at the live feed: what copies decisions here sees whether to tell it.
  watchedUntil: integer("watched_until").notNull().default(0),
  // Until when someone may be reading the events: so long decisions are among them, endpoint or not.
  listenedUntil: integer("listened_until").notNull().default(0),
});

export const users = sqliteTable("users", {
  id: text("id").$type<UserId>().primaryKey(),
  name: text("name").notNull(),
  email: text("email").notNull().unique(),
  emailVerified: integer("email_verified", { mode: "boolean" }).notNull().default(false),
  image: text("image"),
  createdAt: moment("created_at").notNull(),
  updatedAt: moment("updated_at").notNull(),
});

export const sessions = sqliteTable(
  "sessions",
  {
    id: text("id").$type<SessionId>().primaryKey(),
    token: text("token").notNull().unique(),
    userId: text("user_id")
      .$type<UserId>()
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    activeOrganizationId: text("active_account_id").$type<AccountId>(),
    expiresAt: moment("expires_at").notNull(),
    ipAddress: text("ip_address"),
    userAgent: text("user_agent"),
    createdAt: moment("created_at").notNull(),
    updatedAt: moment("updated_at").notNull(),
  },
  (table) => [index("sessions_by_user").on(table.userId), index("sessions_by_expiry").on(table.expiresAt)],
);

/** A way to sign in as a user: better-auth's account. */
export const identities = sqliteTable(
  "identities",
  {
    id: text("id").primaryKey(),
    accountId: text("provider_account_id").notNull(),
    providerId: text("provider_id").notNull(),
    userId: text("user_id")
      .$type<UserId>()
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    accessToken: text("access_token"),
    refreshToken: text("refresh_token"),
    idToken: text("id_token"),
    accessTokenExpiresAt: moment("access_token_expires_at"),
    refreshTokenExpiresAt: moment("refresh_token_expires_at"),
    scope: text("scope"),
    password: text("password"),
    createdAt: moment("created_at").notNull(),
    updatedAt: moment("updated_at").notNull(),
  },
  (table) => [
    index("identities_by_user").on(table.userId),
    uniqueIndex("identities_by_provider").on(table.providerId, table.accountId),
  ],
);

/**
 * The links in mails: `id` is SHA-256 of what follows the #, `identifier` says what it is good for and for whom,
 * and `value` is the user's id.
 */
export const verifications = sqliteTable(
  "verifications",
  {
    id: text("id").primaryKey(),
    identifier: text("identifier").notNull(),
    value: text("value").notNull(),
    expiresAt: moment("expires_at").notNull(),
    createdAt: moment("created_at").notNull(),
    updatedAt: moment("updated_at").notNull(),
  },
  (table) => [
    index("verifications_by_identifier").on(table.identifier),
    index("verifications_by_expiry").on(table.expiresAt),
  ],
);

/** A user's place in an account. `role` holds one or more roles, separated by commas. */
export const members = sqliteTable(
  "members",
  {
    id: text("id").primaryKey(),
    organizationId: text("account_id")
      .$type<AccountId>()
      .notNull()
      .references(() => accounts.id, { onDelete: "cascade" }),
    userId: text("user_id")
      .$type<UserId>()
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    role: text("role").notNull(),
    createdAt: moment("created_at").notNull(),
  },
  (table) => [
    uniqueIndex("members_by_account").on(table.organizationId, table.userId),
    index("members_by_user").on(table.userId),
  ],
);

export const invitations = sqliteTable(
  "invitations",
  {
    id: text("id").$type<InvitationId>().primaryKey(),
    organizationId: text("account_id")
      .$type<AccountId>()
      .notNull()
      .references(() => accounts.id, { onDelete: "cascade" }),
    email: text("email").notNull(),
    role: text("role"),
    status: text("status", { enum: ["pending", "accepted", "rejected", "canceled"] })
      .notNull()
      .default("pending"),
    expiresAt: moment("expires_at").notNull(),
    createdAt: moment("created_at")
      .notNull()
      .default(sql`(unixepoch() * 1000)`),
    inviterId: text("inviter_id")
      .$type<UserId>()
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
  },
  (table) => [index("invitations_by_account").on(table.organizationId)],
);

/** Someone's authenticator app. It is asked for once `confirmedAt` is set. */
export const twoFactors = sqliteTable("two_factors", {
  userId: text("user_id")
    .$type<UserId>()
    .primaryKey()
    .references(() => users.id, { onDelete: "cascade" }),
  // Sealed for this user.
  secret: text("secret").notNull(),
  createdAt: integer("created_at").notNull(),
  confirmedAt: integer("confirmed_at"),
  // The time step of the last code that was taken (RFC 6238): no code is taken twice.
  lastStep: integer("last_step").notNull().default(0),
  // Wrong codes since the last right one or the last lock.
  failures: integer("failures").notNull().default(0),
  lockedUntil: integer("locked_until").notNull().default(0),
});

/** Codes that sign in once instead of the app, kept as hashes under a key. */
export const recoveryCodes = sqliteTable(
  "recovery_codes",
  {
    hash: text("hash").primaryKey(),
    userId: text("user_id")
      .$type<UserId>()
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
  },
  (table) => [index("recovery_codes_by_user").on(table.userId)],
);

/** Sign-ins whose password was right and whose second factor is still to come, by the challenge's SHA-256. */
export const signInChallenges = sqliteTable(
  "sign_in_challenges",
  {
    hash: text("hash").primaryKey(),
    userId: text("user_id")
      .$type<UserId>()
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    attempts: integer("attempts").notNull().default(0),
    expiresAt: integer("expires_at").notNull(),
  },
  (table) => [
    index("sign_in_challenges_by_user").on(table.userId),
    index("sign_in_challenges_by_expiry").on(table.expiresAt),
  ],
);

/** Mail of a local instance, which has nobody to hand it to. */
export const mailOutbox = sqliteTable(
  "mail_outbox",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    recipient: text("recipient").notNull(),
    subject: text("subject").notNull(),
    text: text("text").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [index("mail_outbox_by_age").on(table.createdAt)],
);

/**
 * A sign-in on a device without a browser (RFC 8628). Codes are kept as hashes: the device's as SHA-256, the
 * short one that a person types under a key, because eight letters could be guessed back from a plain hash.
 */
export const deviceCodes = sqliteTable(
  "device_codes",
  {
    deviceHash: text("device_hash").primaryKey(),
    userHash: text("user_hash").notNull().unique(),
    status: text("status", { enum: ["pending", "authorized", "denied"] })
      .notNull()
      .default("pending"),
    userId: text("user_id").$type<UserId>(),
    accountId: text("account_id").$type<AccountId>(),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
  },
  (table) => [index("device_codes_by_expiry").on(table.expiresAt)],
);
