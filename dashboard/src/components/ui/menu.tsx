import { Menu as BaseMenu } from "@base-ui/react/menu";
import { Check } from "lucide-react";
import type { ReactElement, ReactNode } from "react";
import { cx } from "../../lib/cx.ts";

const itemClass =
  "flex min-h-9 w-full cursor-default items-center gap-2 px-3 text-14 outline-none select-none data-highlighted:bg-hover";

/** A menu that `trigger` opens. */
export function Menu({
  trigger,
  children,
  side = "bottom",
}: {
  trigger: ReactElement;
  children: ReactNode;
  side?: "top" | "bottom";
}) {
  return (
    <BaseMenu.Root>
      <BaseMenu.Trigger render={trigger} />
      <BaseMenu.Portal>
        <BaseMenu.Positioner side={side} align="start" sideOffset={4} className="z-50 outline-none">
          <BaseMenu.Popup className="max-h-(--available-height) min-w-56 overflow-y-auto rounded-md border border-line bg-raised py-1 shadow-lift outline-none">
            {children}
          </BaseMenu.Popup>
        </BaseMenu.Positioner>
      </BaseMenu.Portal>
    </BaseMenu.Root>
  );
}

export function MenuItem({
  icon,
  onSelect,
  isDanger = false,
  children,
}: {
  icon?: ReactNode;
  onSelect: () => void;
  isDanger?: boolean;
  children: ReactNode;
}) {
  return (
    <BaseMenu.Item onClick={onSelect} className={cx(itemClass, isDanger && "text-denied")}>
      {icon}
      {children}
    </BaseMenu.Item>
  );
}

export function MenuChoice<Value extends string>({
  label,
  value,
  choices,
  onChange,
}: {
  label: string;
  value: Value;
  choices: readonly { value: Value; label: string }[];
  onChange: (value: Value) => void;
}) {
  return (
    <BaseMenu.Group>
      <BaseMenu.GroupLabel className="px-3 pt-2 pb-1 text-12 text-faint">{label}</BaseMenu.GroupLabel>
      <BaseMenu.RadioGroup value={value} onValueChange={(next: Value) => onChange(next)}>
        {choices.map((choice) => (
          <BaseMenu.RadioItem key={choice.value} value={choice.value} className={itemClass}>
            <span className="size-4">
              <BaseMenu.RadioItemIndicator>
                <Check aria-hidden className="size-4 text-accent-ink" />
              </BaseMenu.RadioItemIndicator>
            </span>
            {choice.label}
          </BaseMenu.RadioItem>
        ))}
      </BaseMenu.RadioGroup>
    </BaseMenu.Group>
  );
}

export function MenuSeparator() {
  return <BaseMenu.Separator className="my-1 border-t border-line" />;
}
