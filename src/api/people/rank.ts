import type { Role } from "../../contract/people.ts";
import { Problem } from "../problem.ts";
import type { Person } from "./person.ts";

/** Throws FORBIDDEN when the roles hold one above the person's own. Of those who may grant, only owners make owners. */
export function requireMayGrant(person: Person, roles: readonly Role[]): void {
  if (roles.includes("owner") && !person.roles.includes("owner"))
    throw new Problem("FORBIDDEN", {
      detail: "Only an owner can make someone an owner.",
      hint: "Ask an owner of the workspace.",
    });
}
