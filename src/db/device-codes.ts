import { and, eq, gt, lte } from "drizzle-orm";
import type { AccountId, SessionId, UserId } from "../contract/ids.ts";
import { deviceCodeMs } from "../contract/people.ts";
import { database } from "./database.ts";
import { deviceCodes } from "./people-schema.ts";
import { isSessionThere, passwordHashBeside } from "./people.ts";

/** Opens a sign-in on a device, and clears away those that are over. */
export async function openDeviceSignIn(
  d1: D1Database,
  codes: { deviceHash: string; userHash: string },
  now: number,
): Promise<void> {
  const db = database(d1);
  await db.batch([
    db.delete(deviceCodes).where(lte(deviceCodes.expiresAt, now)),
    db.insert(deviceCodes).values({ ...codes, createdAt: now, expiresAt: now + deviceCodeMs }),
  ]);
}

/**
 * A person's yes or no to the device that shows this code. False when no device waits with it, or the session has
 * ended that they say it in.
 */
export async function answerDevice(
  d1: D1Database,
  userHash: string,
  status: "authorized" | "denied",
  person: { userId: UserId; accountId: AccountId; sessionId: SessionId },
  now: number,
): Promise<boolean> {
  const answered = await database(d1)
    .update(deviceCodes)
    .set({ status, userId: person.userId, accountId: person.accountId })
    .where(
      and(
        eq(deviceCodes.userHash, userHash),
        eq(deviceCodes.status, "pending"),
        gt(deviceCodes.expiresAt, now),
        isSessionThere(person.sessionId, person.userId),
      ),
    );
  return answered.meta.changes > 0;
}

/** How a device's sign-in stands. Undefined for a code that is unknown, over or already redeemed. */
export async function deviceStatus(
  d1: D1Database,
  deviceHash: string,
  now: number,
): Promise<"pending" | "authorized" | "denied" | undefined> {
  const [row] = await database(d1)
    .select({ status: deviceCodes.status })
    .from(deviceCodes)
    .where(and(eq(deviceCodes.deviceHash, deviceHash), gt(deviceCodes.expiresAt, now)));
  return row?.status;
}

/**
 * Redeems an authorized sign-in, and says what the person's password was then. The row goes in the statement that
 * reads it, so that of any number of polls at once one gets the person, and the others nothing.
 */
export async function redeemDevice(
  d1: D1Database,
  deviceHash: string,
  now: number,
): Promise<{ userId: UserId; accountId: AccountId; passwordHash: string | null } | undefined> {
  const [row] = await database(d1)
    .delete(deviceCodes)
    .where(
      and(
        eq(deviceCodes.deviceHash, deviceHash),
        eq(deviceCodes.status, "authorized"),
        gt(deviceCodes.expiresAt, now),
      ),
    )
    .returning({
      userId: deviceCodes.userId,
      accountId: deviceCodes.accountId,
      passwordHash: passwordHashBeside("device_codes.user_id"),
    });
  if (row === undefined || row.userId === null || row.accountId === null) return undefined;
  return { userId: row.userId, accountId: row.accountId, passwordHash: row.passwordHash };
}
