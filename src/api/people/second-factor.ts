import { createOTP } from "@better-auth/utils/otp";
import { base32 } from "@better-auth/utils/base32";
import { customAlphabet, nanoid } from "nanoid";
import type { UserId } from "../../contract/ids.ts";
import { recoveryCodeCount } from "../../contract/sign-in.ts";
import { constantTimeEqual } from "../../crypto/constant-time-equal.ts";
import { toHex, utf8 } from "../../crypto/encoding.ts";
import { open, seal, sealingKey } from "../../crypto/sealing.ts";
import { keyedHash } from "./session-cookie.ts";

// RFC 6238: six digits, a step of 30 seconds, SHA-1; what every authenticator app takes for granted.
const stepMs = 30_000;
// Clocks differ, and a person types the code of a moment ago.
const stepsAround = [-1, 0, 1];

/** A new secret for an authenticator app: 192 random bits as text. */
export function newTotpSecret(): string {
  return nanoid(32);
}

/** The secret as people and QR codes carry it to the app. */
export function totpForApp(secret: string, email: string): { secret: string; uri: string } {
  return {
    secret: base32.encode(secret, { padding: false }),
    uri: createOTP(secret).url("BehalfID", email),
  };
}

/** The time step that this code is of, if it is one of now or of just beside it. */
export async function stepOfCode(secret: string, code: string, now: number): Promise<number | undefined> {
  const otp = createOTP(secret);
  const present = Math.floor(now / stepMs);
  let found: number | undefined;
  for (const around of stepsAround) {
    const step = present + around;
    if (constantTimeEqual(utf8(await otp.hotp(step)), utf8(code))) found = step;
  }
  return found;
}

/** The six digits in what someone typed; undefined when it is something else. */
export function totpCodeIn(typed: string): string | undefined {
  const code = typed.replaceAll(/[\s-]/g, "");
  return /^[0-9]{6}$/.test(code) ? code : undefined;
}

const newLetters = customAlphabet("BCDFGHJKLMNPQRSTVWXZ", 12);

/** Ten codes of 51 random bits, for when the app is lost. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: recoveryCodeCount }, () => newLetters().replace(/(.{4})(.{4})/, "$1-$2-"));
}

/** The stored form of a recovery code, however it was typed. */
export async function recoveryCodeHash(env: Env, userId: UserId, typed: string): Promise<string> {
  const letters = typed.toUpperCase().replaceAll(/[^A-Z]/g, "");
  return toHex(await keyedHash(env, `recovery code ${userId} ${letters}`));
}

const place = (userId: UserId) => `two-factor:${userId}`;

/** The secret of an authenticator app, encrypted for storage and bound to the person that it is for. */
export async function sealTotpSecret(env: Env, userId: UserId, secret: string): Promise<string> {
  return seal(secret, await sealingKey(env.SEALING_KEY), place(userId));
}

/** What `sealTotpSecret` sealed for the same person. Throws SealingError for anything else. */
export async function openTotpSecret(env: Env, userId: UserId, sealed: string): Promise<string> {
  return open(sealed, await sealingKey(env.SEALING_KEY), place(userId));
}
