import type { Role } from "../../../src/contract/people.ts";

/** What each role is called, and what it may do. */
export const roleWords: Record<Role, { name: string; may: string }> = {
  owner: { name: "Owner", may: "Runs the workspace and makes others owners." },
  admin: { name: "Admin", may: "Runs the workspace: members, settings, everything in it." },
  approver: { name: "Approver", may: "Decides what agents ask for." },
  developer: { name: "Developer", may: "Makes agents, permissions and webhooks. Does not decide." },
  viewer: { name: "Viewer", may: "Sees everything, changes nothing." },
};

/** The names of roles, as a line. */
export function roleNames(held: readonly Role[]): string {
  return held.map((role) => roleWords[role].name).join(", ");
}
