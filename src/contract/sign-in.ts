import * as z from "zod";
import { emailSchema, newPasswordSchema, presentedPasswordSchema, signedInSchema } from "./people.ts";
import { must, text, timestampSchema } from "./text.ts";

/** How long the links in mails work, in milliseconds. */
export const resetLinkMs = 30 * 60_000;
export const verifyLinkMs = 24 * 3_600_000;

/** How long a sign-in waits for its second factor, in milliseconds, and how many codes it takes. */
export const challengeMs = 5 * 60_000;
export const challengeAttempts = 5;

/** How many recovery codes there are. */
export const recoveryCodeCount = 10;

const secretText = z
  .string({ error: must("must be a string") })
  .min(1, { error: "must not be empty" })
  .max(200, { error: "must have at most 200 characters" });

/** What follows the # in the link of a mail. */
const linkToken = secretText;

export const signedUpSchema = signedInSchema
  .extend({
    emailVerificationRequired: z.literal(true).optional().meta({
      description: "Present where the address must be confirmed first: nobody is signed in yet.",
    }),
  })
  .meta({ id: "SignedUp" });

export const forgotPasswordBodySchema = z.strictObject({ email: emailSchema }).meta({ id: "ForgotPassword" });

export const resetPasswordBodySchema = z
  .strictObject({ token: linkToken, newPassword: newPasswordSchema })
  .meta({ id: "ResetPassword" });

export const verifyEmailBodySchema = z.strictObject({ token: linkToken }).meta({ id: "VerifyEmail" });

export const twoFactorRequiredSchema = z
  .object({
    twoFactorRequired: z.literal(true),
    challenge: z.string().meta({ description: "Send it back with the code." }),
    expiresAt: timestampSchema,
  })
  .meta({ id: "TwoFactorRequired" });

/** Six digits of the app, or a recovery code; spaces and dashes do not matter. */
const code = text(64).meta({ examples: ["123456", "BCDF-GHJK-LMNP"] });

export const twoFactorLoginBodySchema = z
  .strictObject({ challenge: secretText, code })
  .meta({ id: "TwoFactorLogin" });

export const confirmTwoFactorBodySchema = z.strictObject({ code }).meta({ id: "ConfirmTwoFactor" });

export const presentPasswordBodySchema = z
  .strictObject({ password: presentedPasswordSchema })
  .meta({ id: "PresentPassword" });

export const twoFactorSchema = z
  .object({
    enabled: z.boolean(),
    confirmedAt: timestampSchema.nullable(),
    recoveryCodesLeft: z.number().int(),
  })
  .meta({ id: "TwoFactor" });
export type TwoFactor = z.infer<typeof twoFactorSchema>;

export const twoFactorSecretSchema = z
  .object({
    secret: z.string().meta({ description: "For typing into the app, in base32 (RFC 4648)." }),
    uri: z.string().meta({ description: "The same as otpauth://, for a QR code." }),
  })
  .meta({ id: "TwoFactorSecret" });

export const recoveryCodesSchema = z
  .object({
    enabled: z.literal(true),
    recoveryCodes: z
      .array(z.string())
      .meta({ description: "Each signs in once instead of the app. Shown in this answer and never again." }),
  })
  .meta({ id: "RecoveryCodes" });

export const mailSchema = z
  .object({
    mailId: z.number().int(),
    to: z.string(),
    subject: z.string(),
    text: z.string(),
    createdAt: timestampSchema,
  })
  .meta({ id: "Mail" });
export type Mail = z.infer<typeof mailSchema>;
