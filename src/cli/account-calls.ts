import * as z from "zod";
import { devicePolledSchema, deviceRequestedSchema, signedInSchema, type User } from "../contract/people.ts";
import { timestampSchema } from "../contract/text.ts";
import { BehalfError } from "../sdk/errors.ts";
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

/** Signs in with email and password. The session that was opened, and whose it is. */
export async function signIn(
  transport: Transport,
  body: { email: string; password: string },
  signal: AbortSignal,
): Promise<{ user: User; session: string }> {
  let session: string | undefined;
  const { user } = await transport.send({
    method: "POST",
    path: "/api/auth/login",
    body: JSON.stringify(body),
    as: "anyone",
    answer: signedInSchema,
    repeatable: false,
    signal,
    onHeaders: (headers) => {
      session = headers
        .getSetCookie()
        .map((cookie) => /^behalfid_developer=([^;]+)/.exec(cookie)?.[1])
        .find((value) => value !== undefined);
    },
  });
  if (session === undefined)
    throw new UserError("The server signed you in and gave no session.", "Try: behalf login");
  return { user, session };
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

/** Whether the next attempt may go better: a lost connection, a restart, too many polls. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof BehalfError)) return false;
  return (
    error.code === "NETWORK_ERROR" || error.code === "TIMEOUT" || error.status === 429 || error.status === 503
  );
}
