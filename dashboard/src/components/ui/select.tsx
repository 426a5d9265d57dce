import { Select as BaseSelect } from "@base-ui/react/select";
import { Check, ChevronDown } from "lucide-react";
import { cx } from "../../lib/cx.ts";
import { controlClass, Field, type FieldProps } from "./field.tsx";

export type Choice<Value extends string> = { value: Value; label: string };

type SelectProps<Value extends string> = {
  choices: readonly Choice<Value>[];
  value?: Value;
  defaultValue?: Value;
  onChange?: (value: Value) => void;
  /** Said to screen readers where no visible label stands beside it. */
  label?: string;
  className?: string;
  isDisabled?: boolean;
};

/** One of a few values. */
export function Select<Value extends string>({
  choices,
  value,
  defaultValue,
  onChange,
  label,
  className,
  isDisabled = false,
}: SelectProps<Value>) {
  return (
    <BaseSelect.Root<Value>
      items={choices}
      disabled={isDisabled}
      {...(value === undefined ? {} : { value })}
      {...(defaultValue === undefined ? {} : { defaultValue })}
      onValueChange={(next) => {
        if (next !== null) onChange?.(next);
      }}
    >
      <BaseSelect.Trigger
        aria-label={label}
        className={cx(controlClass, "flex h-9 items-center justify-between gap-2 text-left", className)}
      >
        <BaseSelect.Value className="truncate" />
        <BaseSelect.Icon className="text-faint">
          <ChevronDown aria-hidden className="size-4" />
        </BaseSelect.Icon>
      </BaseSelect.Trigger>
      <BaseSelect.Portal>
        <BaseSelect.Positioner alignItemWithTrigger={false} sideOffset={4} className="z-50 outline-none">
          <BaseSelect.Popup className="max-h-(--available-height) min-w-(--anchor-width) overflow-y-auto rounded-md border border-line bg-raised py-1 shadow-lift outline-none">
            <BaseSelect.List>
              {choices.map((choice) => (
                <BaseSelect.Item
                  key={choice.value}
                  value={choice.value}
                  className="grid min-h-9 cursor-default grid-cols-[1rem_1fr] items-center gap-2 px-3 text-14 outline-none select-none data-highlighted:bg-hover"
                >
                  <BaseSelect.ItemIndicator className="col-start-1 text-accent-ink">
                    <Check aria-hidden className="size-4" />
                  </BaseSelect.ItemIndicator>
                  <BaseSelect.ItemText className="col-start-2">{choice.label}</BaseSelect.ItemText>
                </BaseSelect.Item>
              ))}
            </BaseSelect.List>
          </BaseSelect.Popup>
        </BaseSelect.Positioner>
      </BaseSelect.Portal>
    </BaseSelect.Root>
  );
}

/** A select of a form. */
export function SelectField<Value extends string>({
  choices,
  value,
  defaultValue,
  onChange,
  ...field
}: FieldProps & Omit<SelectProps<Value>, "label" | "className">) {
  return (
    <Field {...field}>
      <Select
        choices={choices}
        {...(value === undefined ? {} : { value })}
        {...(defaultValue === undefined ? {} : { defaultValue })}
        {...(onChange === undefined ? {} : { onChange })}
      />
    </Field>
  );
}
