import type { ReactNode } from "react";
import { cx } from "../../lib/cx.ts";

type CheckboxProps = {
  label: ReactNode;
  hint?: ReactNode;
  isOn: boolean;
  onChange: (isOn: boolean) => void;
  isDisabled?: boolean;
};

/** One of several things that may be chosen together. The browser's own box, in our colour. */
export function Checkbox({ label, hint, isOn, onChange, isDisabled = false }: CheckboxProps) {
  return (
    <label className={cx("flex items-start gap-2 py-1", isDisabled && "opacity-50")}>
      <input
        type="checkbox"
        checked={isOn}
        disabled={isDisabled}
        onChange={(event) => onChange(event.currentTarget.checked)}
        className="mt-0.5 size-4 shrink-0 accent-(--accent)"
      />
      <span className="flex min-w-0 flex-col">
        <span className="text-14">{label}</span>
        {hint === undefined ? null : <span className="text-12 text-muted">{hint}</span>}
      </span>
    </label>
  );
}

/** Checkboxes that belong together, under one name. */
export function CheckboxGroup({ legend, children }: { legend: string; children: ReactNode }) {
  return (
    <fieldset className="flex min-w-0 flex-col">
      <legend className="mb-1 text-14 font-medium">{legend}</legend>
      {children}
    </fieldset>
  );
}
