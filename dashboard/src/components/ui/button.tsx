import { Button as BaseButton } from "@base-ui/react/button";
import { createLink } from "@tanstack/react-router";
import { LoaderCircle } from "lucide-react";
import type { ComponentProps, ReactNode, Ref } from "react";
import { cx } from "../../lib/cx.ts";

export type ButtonLook = "primary" | "secondary" | "quiet" | "danger";
export type ButtonSize = "small" | "medium" | "large";

const looks: Record<ButtonLook, string> = {
  primary: "border-transparent bg-accent text-on-accent hover:bg-accent-hover",
  secondary: "border-line-strong bg-surface text-ink hover:bg-hover",
  quiet: "border-transparent bg-transparent text-muted hover:bg-hover hover:text-ink",
  danger: "border-denied-line bg-surface text-denied hover:bg-denied-soft",
};

const sizes: Record<ButtonSize, string> = {
  small: "h-7 gap-1 px-2 text-12",
  medium: "h-9 gap-2 px-3 text-14",
  large: "h-11 gap-2 px-4 text-16",
};

/** The classes of a button, for what looks like one and is something else. */
export function buttonClass(look: ButtonLook = "secondary", size: ButtonSize = "medium"): string {
  return cx(
    "inline-flex shrink-0 items-center justify-center rounded-md border font-medium whitespace-nowrap select-none",
    "transition-colors disabled:pointer-events-none disabled:opacity-50 data-disabled:pointer-events-none data-disabled:opacity-50",
    looks[look],
    sizes[size],
  );
}

type ButtonProps = Omit<ComponentProps<"button">, "className"> & {
  look?: ButtonLook;
  size?: ButtonSize;
  /** Waits for the server: shows it, and cannot be pressed again. */
  isBusy?: boolean;
  icon?: ReactNode;
  className?: string;
};

export function Button({
  look,
  size,
  isBusy = false,
  icon,
  className,
  disabled,
  children,
  ...rest
}: ButtonProps) {
  return (
    <BaseButton
      type="button"
      {...rest}
      disabled={disabled === true || isBusy}
      focusableWhenDisabled={isBusy}
      aria-busy={isBusy || undefined}
      className={cx(buttonClass(look, size), className)}
    >
      {isBusy ? <LoaderCircle aria-hidden className="size-4 animate-spin" /> : icon}
      {children}
    </BaseButton>
  );
}

/** A square button with an icon alone; its label is for screen readers and the tooltip. */
export function IconButton({
  label,
  size = "medium",
  look = "quiet",
  className,
  children,
  ...rest
}: Omit<ButtonProps, "icon" | "isBusy"> & { label: string }) {
  return (
    <BaseButton
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={cx(buttonClass(look, size), size === "small" ? "w-7 px-0!" : "w-9 px-0!", className)}
    >
      {children}
    </BaseButton>
  );
}

type LinkProps = ComponentProps<"a"> & { look?: ButtonLook; size?: ButtonSize; ref?: Ref<HTMLAnchorElement> };

function PlainButtonLink({ look, size, className, children, ...rest }: LinkProps) {
  return (
    <a {...rest} className={cx(buttonClass(look, size), className)}>
      {children}
    </a>
  );
}

/** A link to a route that looks like a button. */
export const ButtonLink = createLink(PlainButtonLink);
