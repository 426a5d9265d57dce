import type { ComponentProps } from "react";
import { cx } from "../../lib/cx.ts";

/** A bordered surface. */
export function Card({ className, ...rest }: ComponentProps<"div">) {
  return <div {...rest} className={cx("rounded-lg border border-line bg-surface", className)} />;
}
