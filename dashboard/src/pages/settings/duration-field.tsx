import type { ReactNode } from "react";
import { TextField } from "../../components/ui/field.tsx";
import { Select } from "../../components/ui/select.tsx";
import { type Unit, units } from "./duration.ts";

type DurationFieldProps = {
  name: string;
  label: string;
  hint: ReactNode;
  amount: number;
  unit: Unit;
  onUnitChange: (unit: Unit) => void;
  isDisabled: boolean;
};

/** A duration as people say it: a number and a unit. */
export function DurationField({
  name,
  label,
  hint,
  amount,
  unit,
  onUnitChange,
  isDisabled,
}: DurationFieldProps) {
  return (
    <div className="relative">
      <TextField
        name={name}
        label={label}
        hint={hint}
        type="text"
        inputMode="decimal"
        defaultValue={String(amount)}
        disabled={isDisabled}
        autoComplete="off"
        className="[&_input]:w-[calc(100%-8.5rem)]"
      />
      <div className="absolute top-6 right-0 w-32">
        <Select
          label={`Unit of: ${label}`}
          choices={units}
          value={unit}
          onChange={onUnitChange}
          isDisabled={isDisabled}
        />
      </div>
    </div>
  );
}
