import * as z from "zod";
import { accountIdSchema, invitationIdSchema, sessionIdSchema, tokenIdSchema, userIdSchema } from "./ids.ts";
import { must, text, timestampSchema } from "./text.ts";

export const roles = ["owner", "admin", "approver", "developer", "viewer"] as const;
export const roleSchema = z.enum(roles);
export type Role = (typeof roles)[number];

/**
 * What each role may do. A member may hold several roles; what they may do is the union.
 * `approve` decides requests, `build` makes agents, permissions and webhooks, `manage` runs the workspace.
 */
export const roleGrants = {
  owner: ["read", "build", "approve", "manage"],
  admin: ["read", "build", "approve", "manage"],
  approver: ["read", "approve"],
  developer: ["read", "build"],
  viewer: ["read"],
} as const satisfies Record<Role, readonly Capability[]>;
export type Capability = "read" | "build" | "approve" | "manage";

/** The roles that grant a capability. */
export function rolesWith(capability: Capability): Role[] {
  return roles.filter((role) => mayDo([role], capability));
}

/** Whether someone who holds `held` may do what needs `capability`. */
export function mayDo(held: readonly Role[], capability: Capability): boolean {
  return held.some((role) => (roleGrants[role] as readonly Capability[]).includes(capability));
}

// Trimmed and in lower case before it is looked at: one address, one person.
export const emailSchema = z
  .string({ error: must("must be a string") })
  .check(
    z.trim(),
    z.toLowerCase(),
    z.maxLength(254, { error: "must have at most 254 characters" }),
    z.email({ error: "must be an email address" }),
  )
  .meta({ examples: ["ann@example.com"] });

export const newPasswordSchema = z
  .string({ error: must("must be a string") })
  .min(8, { error: "must have at least 8 characters" })
  .max(128, { error: "must have at most 128 characters" });

export const signUpBodySchema = z
  .strictObject({
    email: emailSchema,
    password: newPasswordSchema,
    name: text(120).optional(),
    workspace: text(120).optional(),
    setupToken: z
      .string({ error: must("must be a string") })
      .max(200, { error: "must have at most 200 characters" })
      .optional(),
    invitationId: invitationIdSchema.optional(),
  })
  .meta({ id: "SignUp" });

// A password that is looked up is not held to the rules for new ones.
export const presentedPasswordSchema = z
  .string({ error: must("must be a string") })
  .min(1, { error: "must not be empty" })
  .max(128, { error: "must have at most 128 characters" });

// One form may serve for signing up and for signing in: the name is taken in both, and changes nothing here.
export const loginBodySchema = z
  .strictObject({ email: emailSchema, password: presentedPasswordSchema, name: text(120).optional() })
  .meta({ id: "Login" });

export const changePasswordBodySchema = z
  .strictObject({ currentPassword: presentedPasswordSchema, newPassword: newPasswordSchema })
  .meta({ id: "ChangePassword" });

/** A workspace, and what somebody is in it. */
export const workspaceSchema = z.object({
  accountId: accountIdSchema,
  name: z.string(),
  roles: z.array(roleSchema),
});
export type Workspace = z.infer<typeof workspaceSchema>;

export const userSchema = z
  .object({
    userId: userIdSchema,
    email: z.string(),
    name: z.string().nullable(),
    createdAt: timestampSchema,
    emailVerified: z.boolean(),
    account: workspaceSchema.nullable(),
  })
  .meta({ id: "User" });
export type User = z.infer<typeof userSchema>;

export const signedInSchema = z.object({ user: userSchema }).meta({ id: "SignedIn" });

export const sessionSchema = z
  .object({
    sessionId: sessionIdSchema,
    isCurrent: z.boolean(),
    createdAt: timestampSchema,
    expiresAt: timestampSchema,
    ipAddress: z.string().nullable(),
    userAgent: z.string().nullable(),
  })
  .meta({ id: "Session" });
export type Session = z.infer<typeof sessionSchema>;

const memberRoles = z
  .array(roleSchema, { error: must("must be a list of roles") })
  .min(1, { error: "must name one role or more" })
  .refine((held) => new Set(held).size === held.length, { error: "must name each role once" });

export const memberSchema = z
  .object({
    userId: userIdSchema,
    email: z.string(),
    name: z.string().nullable(),
    roles: z.array(roleSchema),
    joinedAt: timestampSchema,
  })
  .meta({ id: "Member" });
export type Member = z.infer<typeof memberSchema>;
export const editMemberBodySchema = z.strictObject({ roles: memberRoles }).meta({ id: "EditMember" });

/** How long an invitation can be accepted, in milliseconds. */
export const invitationMs = 7 * 24 * 3_600_000;

export const createInvitationBodySchema = z
  .strictObject({ email: emailSchema, roles: memberRoles })
  .meta({ id: "CreateInvitation" });
export const invitationSchema = z
  .object({
    invitationId: invitationIdSchema,
    email: z.string(),
    roles: z.array(roleSchema),
    accountName: z.string(),
    link: z.string().meta({ description: "What to hand to the invited person." }),
    createdAt: timestampSchema,
    expiresAt: timestampSchema,
  })
  .meta({ id: "Invitation" });
export type Invitation = z.infer<typeof invitationSchema>;

/** How long the codes of a device sign-in live, and how long to wait between two polls, in milliseconds. */
export const deviceCodeMs = 10 * 60_000;
export const devicePollMs = 5000;

export const deviceRequestedSchema = z
  .object({
    deviceCode: z.string(),
    userCode: z.string().meta({ examples: ["BCDF-GHJK"] }),
    verificationUri: z.string(),
    verificationUriComplete: z.string(),
    expiresIn: z.number().int().meta({ description: "Seconds until the codes expire." }),
    interval: z.number().int().meta({ description: "Seconds to wait between two polls." }),
  })
  .meta({ id: "DeviceRequested" });
export const devicePollBodySchema = z
  .strictObject({
    deviceCode: z
      .string({ error: must("must be a string") })
      .min(1, { error: "must not be empty" })
      .max(200, { error: "must have at most 200 characters" }),
  })
  .meta({ id: "DevicePoll" });
export const devicePolledSchema = z
  .object({
    status: z.enum(["pending", "authorized", "denied", "expired"]),
    token: z.string().optional().meta({ description: "The value of the session cookie. Given once." }),
  })
  .meta({ id: "DevicePolled" });
export const deviceAuthorizeBodySchema = z
  .strictObject({
    userCode: text(16),
    approve: z.boolean({ error: "must be true or false" }).default(true),
  })
  .meta({ id: "DeviceAuthorize" });

export const deviceAuthorizedSchema = z
  .object({ status: z.enum(["authorized", "denied"]) })
  .meta({ id: "DeviceAuthorized" });

export const createTokenBodySchema = z.strictObject({ name: text(120) }).meta({ id: "CreateToken" });
export const tokenSchema = z
  .object({
    tokenId: tokenIdSchema,
    name: z.string(),
    tokenPreview: z.string().meta({ examples: ["bhf_dev_…a1B2"] }),
    createdAt: timestampSchema,
    lastUsedAt: timestampSchema.nullable(),
    userId: userIdSchema.meta({ description: "The person whose roles the token acts with." }),
  })
  .meta({ id: "Token" });
export type Token = z.infer<typeof tokenSchema>;
const { tokenId, name, ...tokenFacts } = tokenSchema.shape;
export const issuedTokenSchema = z
  .object({
    tokenId,
    name,
    token: z.string().meta({ description: "Shown once. Only its hash is kept." }),
    ...tokenFacts,
  })
  .meta({ id: "IssuedToken" });

const seconds = (min: number, max: number) =>
  z
    .number({ error: "must be a number of seconds" })
    .int({ error: "must be a whole number of seconds" })
    .min(min, { error: `must be ${min} seconds or more` })
    .max(max, { error: `must be ${max} seconds or less` });

export const settingsSchema = z
  .object({
    accountId: accountIdSchema,
    name: z.string(),
    denialMemorySeconds: seconds(0, 7 * 24 * 3600).meta({
      description: "How long a denial is remembered for the same intent.",
    }),
    pendingExpirySeconds: seconds(60, 30 * 24 * 3600).meta({
      description: "How long a request waits for a person before it expires.",
    }),
  })
  .meta({ id: "Settings" });
export type Settings = z.infer<typeof settingsSchema>;

export const editSettingsBodySchema = z
  .strictObject({
    name: text(120).optional(),
    denialMemorySeconds: settingsSchema.shape.denialMemorySeconds.optional(),
    pendingExpirySeconds: settingsSchema.shape.pendingExpirySeconds.optional(),
  })
  .meta({ id: "EditSettings" });
