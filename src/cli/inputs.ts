import { BrokenRule } from "./failure.ts";

/** An option of a command: what help and completion say about it, and how its text is read. */
export type Option<T> = {
  about: string;
  /** What stands for its value in help. A flag takes none. */
  value: string | undefined;
  choices: readonly string[] | undefined;
  isRequired: boolean;
  /** Whether `--no-…` exists beside it. */
  isNegatable: boolean;
  /** Reads one occurrence, given what the earlier ones came to. Throws `BrokenRule`. */
  read(this: void, text: string, before: T | undefined): T;
};

/** An argument that is told by its place. */
export type Argument<T> = {
  about: string;
  choices: readonly string[] | undefined;
  isRequired: boolean;
  isRest: boolean;
  /** Never set: it only carries the type of what is given. */
  readonly given?: T;
};

export type Options = Record<string, Option<unknown>>;
export type Arguments = Record<string, Argument<unknown>>;
export type Given<Inputs> = {
  [Name in keyof Inputs]: Inputs[Name] extends Option<infer T>
    ? T
    : Inputs[Name] extends Argument<infer T>
      ? T
      : never;
};

type Optional<T> = Option<T | undefined>;

function option<T>(value: string | undefined, about: string, read: Option<T>["read"]): Option<T> {
  return { about, value, choices: undefined, isRequired: false, isNegatable: false, read };
}

export function flag(about: string): Option<boolean | undefined> {
  return option<boolean | undefined>(undefined, about, () => true);
}

/** A flag that can also be switched off, with `--no-…`. */
export function negatable(about: string): Option<boolean | undefined> {
  return { ...flag(about), isNegatable: true };
}

export function text(value: string, about: string): Optional<string> {
  return option<string | undefined>(value, about, (given) => given);
}

export function number(value: string, about: string): Optional<number> {
  return option<number | undefined>(value, about, (given) => {
    const read = given.trim() === "" ? Number.NaN : Number(given);
    if (!Number.isFinite(read)) throw new BrokenRule("must be a number");
    return read;
  });
}

export function wholeNumber(value: string, about: string, max: number): Optional<number> {
  return option<number | undefined>(value, about, (given) => {
    const read = /^\d{1,9}$/.test(given) ? Number(given) : 0;
    if (read < 1 || read > max) throw new BrokenRule(`must be a whole number from 1 to ${max}`);
    return read;
  });
}

/** Entries with commas between, in one occurrence or in several. A comma that belongs to an entry is `\,`. */
export function list(value: string, about: string): Optional<string[]> {
  return option<string[] | undefined>(value, about, (given, before) => [
    ...(before ?? []),
    ...entriesIn(given),
  ]);
}

/** The same of entries in which a space counts at their edges, too: one that comes alone keeps it. */
export function exactList(value: string, about: string): Optional<string[]> {
  return option<string[] | undefined>(value, about, (given, before) => {
    const isAlone = given.trim() !== "" && !comma.test(given);
    return [...(before ?? []), ...(isAlone ? [unescaped(given)] : entriesIn(given))];
  });
}

const comma = /(?<!\\),/;
const unescaped = (text: string) => text.replaceAll("\\,", ",");

function entriesIn(given: string): string[] {
  return given
    .split(comma)
    .map((entry) => unescaped(entry).trim())
    .filter((entry) => entry !== "");
}

export function choice<const T extends string>(choices: readonly T[], about: string): Optional<T> {
  const read = (given: string) => {
    const chosen = choices.find((each) => each === given);
    if (chosen === undefined) throw new BrokenRule(`must be one of ${choices.join(", ")}`);
    return chosen;
  };
  return { ...option<T | undefined>("CHOICE", about, read), choices };
}

/** `key=value` pairs. A value that reads as JSON is that value; any other is text. */
export function pairs(about: string): Optional<Record<string, unknown>> {
  return option<Record<string, unknown> | undefined>("KEY=VALUE", about, (given, before) => {
    const [, key, value] = /^([^=]+)=(.*)$/s.exec(given) ?? [];
    if (key === undefined || value === undefined) throw new BrokenRule("must be written as key=value");
    return Object.fromEntries([...Object.entries(before ?? {}), [key, jsonOrText(value)]]);
  });
}

const units = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 } as const;

/** A span such as `30s`, `15m`, `12h` or `30d`, in milliseconds. */
export function span(about: string): Optional<number> {
  return option<number | undefined>("SPAN", about, spanMs);
}

/** A moment as RFC 3339, or a span such as `30d` that is counted from now: a date, or milliseconds of a span. */
export function moment(about: string): Optional<{ at: string } | { spanMs: number }> {
  return option<{ at: string } | { spanMs: number } | undefined>("TIME", about, (given) => {
    if (/^\d+[smhdw]$/.test(given)) return { spanMs: spanMs(given) };
    if (!/^\d{4}-\d{2}-\d{2}/.test(given) || Number.isNaN(Date.parse(given)))
      throw new BrokenRule("must be a time such as 2030-01-31T12:00:00Z, or a span such as 30d");
    return { at: new Date(given).toISOString() };
  });
}

export function required<T>(optional: Option<T | undefined>): Option<T> {
  return { ...optional, isRequired: true, read: optional.read as Option<T>["read"] };
}

export function argument(about: string): Argument<string | undefined> {
  return { about, choices: undefined, isRequired: false, isRest: false };
}

export function requiredArgument<const T extends string = string>(
  about: string,
  choices?: readonly T[],
): Argument<T> {
  return { about, choices, isRequired: true, isRest: false };
}

export function rest(about: string, needsOne = true): Argument<string[]> {
  return { about, choices: undefined, isRequired: needsOne, isRest: true };
}

function spanMs(given: string): number {
  const [, amount, unit] = /^(\d{1,6})([smhdw])$/.exec(given) ?? [];
  const isUnit = (each: string | undefined): each is keyof typeof units =>
    each !== undefined && each in units;
  if (amount === undefined || !isUnit(unit))
    throw new BrokenRule("must be a span such as 30s, 15m, 12h or 30d");
  return Number(amount) * units[unit];
}

function jsonOrText(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
