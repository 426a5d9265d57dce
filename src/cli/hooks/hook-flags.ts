import { decisionSeconds, isHookClient, type HookClient } from "./hook-clients.ts";
import { NoDecision } from "./no-decision.ts";

export type HookFlags = {
  client: HookClient;
  baseUrl?: string | undefined;
  agentId?: string | undefined;
  /** How long to wait for a person, in milliseconds. */
  waitMs: number;
  /** How long a decision may take, in milliseconds. */
  decisionMs: number;
};

const units = { s: 1000, m: 60_000, h: 3_600_000 } as const;
const maxWaitMs = 24 * units.h;

/**
 * What the installed command line says. By hand, so that neither a mistake in it nor the library that reads the others
 * ends in an exit code that lets the tool run.
 */
export function readFlags(argv: readonly string[]): HookFlags {
  const [client, ...rest] = argv;
  if (!isHookClient(client))
    throw new NoDecision(
      "The hook is installed without the client's name.",
      "Install it as: behalf hook claude (or codex, or cursor)",
    );
  const flags: HookFlags = { client, waitMs: 0, decisionMs: decisionSeconds * 1000 };
  const words = rest.flatMap((word) => {
    const equals = word.startsWith("--") ? word.indexOf("=") : -1;
    return equals === -1 ? [word] : [word.slice(0, equals), word.slice(equals + 1)];
  });
  for (let at = 0; at < words.length; at += 2) {
    const name = words[at] ?? "";
    const value = words[at + 1];
    if (value === undefined) throw mistaken(name);
    if (name === "--base-url") flags.baseUrl = value;
    else if (name === "--agent-id") flags.agentId = value;
    else if (name === "--wait-for") flags.waitMs = spanOf(name, value);
    else if (name === "--timeout") flags.decisionMs = Math.min(flags.decisionMs, spanOf(name, `${value}s`));
    else throw mistaken(name);
  }
  return flags;
}

function spanOf(name: string, value: string): number {
  const [, amount, unit] = /^(\d{1,6})([smh])$/.exec(value) ?? [];
  const ms = Number(amount) * units[unit as keyof typeof units];
  if (!(ms > 0 && ms <= maxWaitMs)) throw mistaken(name);
  return ms;
}

function mistaken(flag: string): NoDecision {
  return new NoDecision(
    `The hook is installed with a mistake at ${flag}.`,
    "See how it is written: behalf hook --help",
  );
}
