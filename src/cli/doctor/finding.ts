import type { Context } from "../context.ts";

/** What a check found. What is broken comes with what to do about it. */
export type Finding = { check: string; detail: string } & (
  { status: "ok" | "skipped" } | { status: "warning" | "broken"; fix: string }
);

/** Looks at one thing. It may not throw: what it cannot look at is a finding, too. */
export type Check = (context: Context, known: Known) => Promise<Finding[]>;

/** What earlier checks learned, for later ones. */
export type Known = { isConfigured: boolean; isReachable: boolean };

export function ok(check: string, detail: string): Finding {
  return { check, status: "ok", detail };
}

export function skipped(check: string, detail: string): Finding {
  return { check, status: "skipped", detail };
}

export function warning(check: string, detail: string, fix: string): Finding {
  return { check, status: "warning", detail, fix };
}

export function broken(check: string, detail: string, fix: string): Finding {
  return { check, status: "broken", detail, fix };
}
