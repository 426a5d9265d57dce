/** What is wrong with which field. */
export type FieldError = { field: string; rule: string };

const maxDepth = 64;

/**
 * What JSON.parse lets through and another reader would understand differently: a key that appears twice,
 * `__proto__`, a number that a double cannot hold as it is written, nesting without end. Whatever is approved
 * or compared by its parsed value must have one meaning only. Undefined when there is nothing of the kind.
 * `json` must be valid JSON. With `ignoresNumbers` every number is taken, where nothing is bound to one.
 */
export function ambiguityIn(json: string, { ignoresNumbers = false } = {}): FieldError | undefined {
  const open: (Set<string> | null)[] = [];
  let isKeyNext = false;
  for (let at = 0; at < json.length; at += 1) {
    const char = json.charCodeAt(at);
    if (char === quote) {
      const end = endOfString(json, at);
      const keys = open.at(-1);
      if (isKeyNext && keys) {
        const key = JSON.parse(json.slice(at, end + 1)) as string;
        if (key === "__proto__") return { field: key, rule: "is not accepted as a name" };
        if (keys.has(key)) return { field: key, rule: "appears twice in the same object" };
        keys.add(key);
        isKeyNext = false;
      }
      at = end;
    } else if (char === openBrace || char === openBracket) {
      open.push(char === openBrace ? new Set() : null);
      isKeyNext = char === openBrace;
      if (open.length > maxDepth)
        return { field: "body", rule: `must be nested at most ${maxDepth} levels deep` };
    } else if (char === closeBrace || char === closeBracket) {
      open.pop();
      isKeyNext = false;
    } else if (char === comma) {
      isKeyNext = open.at(-1) !== null;
    } else if (char === minus || (char >= zero && char <= nine)) {
      const token = numberAt(json, at);
      if (!ignoresNumbers && !isExact(token))
        return {
          field: token.length > 40 ? `${token.slice(0, 40)}…` : token,
          rule: "is a number that cannot be kept exactly; send it as a string",
        };
      at += token.length - 1;
    }
  }
  return undefined;
}

const smallestNormal = 2.2250738585072014e-308;
const quote = 0x22;
const comma = 0x2c;
const minus = 0x2d;
const zero = 0x30;
const nine = 0x39;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (json.charCodeAt(at) !== quote) at += json.charCodeAt(at) === backslash ? 2 : 1;
  return at;
}

function numberAt(json: string, start: number): string {
  let end = start + 1;
  while (end < json.length && /[0-9.eE+-]/.test(json.charAt(end))) end += 1;
  return json.slice(start, end);
}

// 9007199254740993 and 9007199254740992 are one double. Up to 15 digits no two numbers share one; beyond that, and
// below what a double holds with all of its bits, only the double's own shortest spelling is taken.
function isExact(token: string): boolean {
  const value = Number(token);
  if (!Number.isFinite(value)) return false;
  const digits = significantDigits(token);
  if (digits === "") return true;
  if (digits.length <= 15 && Math.abs(value) >= smallestNormal) return true;
  return digits === significantDigits(String(value));
}

function significantDigits(number: string): string {
  return number
    .replace(/[eE].*$/, "")
    .replace(/[-.]/g, "")
    .replace(/^0+/, "")
    .replace(/0+$/, "");
}
