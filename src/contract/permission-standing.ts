import type { Permission } from "./permission.ts";

type Standing = Pick<Permission, "status" | "constraints">;

/** How a permission stands at `now` (milliseconds): one that was active when it was read may have expired since. */
export function standing(
  { status, constraints: { expiresAt } }: Standing,
  now: number,
): Permission["status"] {
  return status === "active" && expiresAt !== undefined && Date.parse(expiresAt) <= now ? "expired" : status;
}

/** Whether a permission is in force at `now`, in milliseconds. */
export function isInForce(permission: Standing, now: number): boolean {
  return standing(permission, now) === "active";
}
