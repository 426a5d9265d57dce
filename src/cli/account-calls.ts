import * as z from "zod";
import { devicePolledSchema, deviceRequestedSchema, signedInSchema, type User } from "../contract/people.ts";
import { twoFactorRequiredSchema } from "../contract/sign-in.ts";
import { timestampSchema } from "../contract/text.ts";
import type { Transport } from "../sdk/transport.ts";
import { UserError } from "./failure.ts";

const signedOut = z.object({ signedOut: z.literal(true) });
const health = z.object({
  status: z.literal("ok"),
  service: z.literal("behalfid"),
  timestamp: timestampSchema,
});

/** Asks for the codes of a device sign-in. */
export function requestDevice(
  transport: Transport,
  signal: AbortSignal,
): Promise<z.infer<typeof deviceRequestedSchema>> {
  return transport.send({
    method: "POST",
    path: "/api/auth/device/request",
    body: "{}",
    as: "anyone",
    answer: deviceRequestedSchema,
    repeatable: false,
    signal,
  });
}

/** How a device sign-in stands. */
export function pollDevice(
  transport: Transport,
  deviceCode: string,
  signal: AbortSignal,
): Promise<z.infer<typeof devicePolledSchema>> {
  return transport.send({
    method: "POST",
    path: "/api/auth/device/poll",
    body: JSON.stringify({ deviceCode }),
    as: "anyone",
    answer: devicePolledSchema,
    repeatable: false,
    signal,
  });
}

/** What a step of signing in led to: a session, or the question for a second factor. */
export type SignInStep = { session: string } | { challenge: string };

/** Signs in with email and password. */
export function signIn(
  transport: Transport,
  body: { email: string; password: string },
  signal: AbortSignal,
): Promise<SignInStep> {
  return signInStep(transport, "/api/auth/login", body, signal);
}

/** Finishes signing in with a code of the app, or with a recovery code. */
export function finishSignIn(
  transport: Transport,
  body: { challenge: string; code: string },
  signal: AbortSignal,
): Promise<SignInStep> {
  return signInStep(transport, "/api/auth/login/two-factor", body, signal);
}

async function signInStep(
  transport: Transport,
  path: string,
  body: object,
  signal: AbortSignal,
): Promise<SignInStep> {
  let session: string | undefined;
  const answer = await transport.send({
    method: "POST",
    path,
    body: JSON.stringify(body),
    as: "anyone",
    answer: z.union([signedInSchema, twoFactorRequiredSchema]),
    statuses: [200, 202],
    repeatable: false,
    signal,
    onHeaders: (headers) => {
      session = headers
        .getSetCookie()
        .map((cookie) => /^behalfid_developer=([^;]+)/.exec(cookie)?.[1])
        .find((value) => value !== undefined);
    },
  });
  if ("twoFactorRequired" in answer) return { challenge: answer.challenge };
  if (session === undefined)
    throw new UserError("The server signed you in and gave no session.", "Try: behalf login");
  return { session };
}

/** Ends the session on the server. */
export async function signOut(transport: Transport, signal: AbortSignal): Promise<void> {
  await transport.send({
    method: "POST",
    path: "/api/auth/logout",
    body: "{}",
    as: "person",
    answer: signedOut,
    repeatable: false,
    signal,
  });
}

/** Who the credential belongs to. */
export async function whoIs(transport: Transport, signal: AbortSignal): Promise<User> {
  const { user } = await transport.send({
    method: "GET",
    path: "/api/auth/me",
    as: "person",
    answer: signedInSchema,
    repeatable: true,
    signal,
  });
  return user;
}

/** The server's own clock, in epoch milliseconds, when it answers. */
export async function serverTime(transport: Transport, signal: AbortSignal): Promise<number> {
  const { timestamp } = await transport.send({
    method: "GET",
    path: "/api/health",
    as: "anyone",
    answer: health,
    repeatable: true,
    signal,
  });
  return Date.parse(timestamp);
}
