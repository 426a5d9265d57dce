import { Field as BaseField } from "@base-ui/react/field";
import { Switch as BaseSwitch } from "@base-ui/react/switch";
import type { ReactNode } from "react";

type SwitchFieldProps = {
  name?: string;
  label: ReactNode;
  hint?: ReactNode;
  isOn?: boolean;
  isOnAtFirst?: boolean;
  onChange?: (isOn: boolean) => void;
  isDisabled?: boolean;
};

/** Something that is on or off. In a form its value is "on", or missing. */
export function SwitchField({
  name,
  label,
  hint,
  isOn,
  isOnAtFirst,
  onChange,
  isDisabled = false,
}: SwitchFieldProps) {
  return (
    <BaseField.Root
      {...(name === undefined ? {} : { name })}
      disabled={isDisabled}
      className="flex items-start gap-3"
    >
      <BaseSwitch.Root
        {...(isOn === undefined ? {} : { checked: isOn })}
        {...(isOnAtFirst === undefined ? {} : { defaultChecked: isOnAtFirst })}
        onCheckedChange={(next) => onChange?.(next)}
        className="mt-0.5 flex h-5 w-9 shrink-0 rounded-full border border-line-strong bg-sunken p-px transition-colors data-checked:border-accent data-checked:bg-accent data-disabled:opacity-50"
      >
        <BaseSwitch.Thumb className="aspect-square h-full rounded-full bg-faint transition-transform data-checked:translate-x-4 data-checked:bg-on-accent" />
      </BaseSwitch.Root>
      <span className="flex min-w-0 flex-col">
        <BaseField.Label className="text-14 font-medium">{label}</BaseField.Label>
        {hint === undefined ? null : (
          <BaseField.Description className="text-12 text-muted">{hint}</BaseField.Description>
        )}
      </span>
    </BaseField.Root>
  );
}
