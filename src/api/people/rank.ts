import type { Role } from "../../contract/people.ts";
import { Problem } from "../problem.ts";
import type { Person } from "./person.ts";

/** Whether the roles hold none above the person's own. Of those who may grant, only owners make owners. */
export function mayGrant(person: Person, roles: readonly Role[]): boolean {
  return !roles.includes("owner") || person.roles.includes("owner");
}

/** Throws FORBIDDEN when the roles hold one above the person's own. */
export function requireMayGrant(person: Person, roles: readonly Role[]): void {
  if (!mayGrant(person, roles))
    throw new Problem("FORBIDDEN", {
      detail: "Only an owner can make someone an owner.",
      hint: "Ask an owner of the workspace.",
    });
}
