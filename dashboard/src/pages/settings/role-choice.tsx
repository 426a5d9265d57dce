import { type Role, roles } from "../../../../src/contract/people.ts";
import { Checkbox, CheckboxGroup } from "../../components/ui/checkbox.tsx";
import { roleWords } from "../../lib/role-words.ts";

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
