import { Field as BaseField } from "@base-ui/react/field";
import { CircleAlert } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
import { cx } from "../../lib/cx.ts";

export const controlClass = cx(
  "w-full rounded-md border border-line-strong bg-surface px-3 text-14 text-ink placeholder:text-faint",
  "transition-colors hover:border-faint focus:border-accent-ink focus:outline-2 focus:outline-offset-0 focus:outline-accent-ink",
  // A button is read-only to CSS, and a select is one.
  "[&:is(input,textarea):read-only]:bg-sunken disabled:opacity-50 data-invalid:border-denied data-invalid:focus:outline-denied",
);

export type FieldProps = {
  name: string;
  label: ReactNode;
  /** What to know before typing. */
  hint?: ReactNode;
  isOptional?: boolean;
  className?: string;
};

/** A label, a control, what to know about it and what is wrong with it. */
export function Field({
  name,
  label,
  hint,
  isOptional = false,
  className,
  children,
}: FieldProps & { children: ReactNode }) {
  return (
    <BaseField.Root name={name} className={cx("flex min-w-0 flex-col gap-1", className)}>
      <BaseField.Label className="text-14 font-medium">
        {label}
        {isOptional ? <span className="font-normal text-faint"> (optional)</span> : null}
      </BaseField.Label>
      {children}
      {hint === undefined ? null : (
        <BaseField.Description className="text-12 text-muted">{hint}</BaseField.Description>
      )}
      <FieldProblem />
    </BaseField.Root>
  );
}

/** What is wrong with the field around it. */
export function FieldProblem() {
  return (
    <BaseField.Error
      className="flex items-start gap-1 text-12 text-denied"
      render={({ children, ...props }) => (
        <div {...props}>
          <CircleAlert aria-hidden className="size-4 shrink-0" />
          <span>{children}</span>
        </div>
      )}
    />
  );
}

type Control<Element extends "input" | "textarea"> = FieldProps &
  Omit<ComponentProps<Element>, keyof FieldProps | "ref">;

export function TextField({ name, label, hint, isOptional, className, ...control }: Control<"input">) {
  const shared = {
    name,
    label,
    hint,
    ...(isOptional ? { isOptional } : {}),
    ...(className ? { className } : {}),
  };
  return (
    <Field {...shared}>
      <BaseField.Control {...control} className={cx(controlClass, "h-9")} />
    </Field>
  );
}

/** For text of several lines. `isMono` for what is read character by character. */
export function TextAreaField({
  name,
  label,
  hint,
  isOptional,
  isMono = false,
  className,
  ...control
}: Control<"textarea"> & { isMono?: boolean }) {
  const shared = {
    name,
    label,
    hint,
    ...(isOptional ? { isOptional } : {}),
    ...(className ? { className } : {}),
  };
  return (
    <Field {...shared}>
      <BaseField.Control
        render={<textarea rows={3} {...control} />}
        className={cx(controlClass, "min-h-9 py-2", isMono && "font-mono")}
      />
    </Field>
  );
}
