import { type Role, roles } from "../../../../src/contract/people.ts";
import { Checkbox, CheckboxGroup } from "../../components/ui/checkbox.tsx";

export const roleWords: Record<Role, { name: string; may: string }> = {
  owner: { name: "Owner", may: "Runs the workspace and makes others owners." },
  admin: { name: "Admin", may: "Runs the workspace: members, settings, everything in it." },
  approver: { name: "Approver", may: "Decides what agents ask for." },
  developer: { name: "Developer", may: "Makes agents, permissions and webhooks. Does not decide." },
  viewer: { name: "Viewer", may: "Sees everything, changes nothing." },
};

type RoleChoiceProps = {
  chosen: readonly Role[];
  onChange: (chosen: Role[]) => void;
  /** Only owners make owners. */
  mayMakeOwners: boolean;
};

/** The roles of a member. Someone with several may do what any of them may. */
export function RoleChoice({ chosen, onChange, mayMakeOwners }: RoleChoiceProps) {
  return (
    <CheckboxGroup legend="Roles">
      {roles.map((role) => (
        <Checkbox
          key={role}
          label={roleWords[role].name}
          hint={
            role === "owner" && !mayMakeOwners
              ? "Only an owner can make someone an owner."
              : roleWords[role].may
          }
          isOn={chosen.includes(role)}
          isDisabled={role === "owner" && !mayMakeOwners}
          onChange={(isOn) =>
            onChange(roles.filter((each) => (each === role ? isOn : chosen.includes(each))))
          }
        />
      ))}
    </CheckboxGroup>
  );
}

/** The names of roles, as a line. */
export function roleNames(held: readonly Role[]): string {
  return held.map((role) => roleWords[role].name).join(", ");
}
