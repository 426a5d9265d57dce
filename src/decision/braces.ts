const mostAlternatives = 64;

/**
 * The globs that a glob with braces stands for: `*.{pem,key}` is `*.pem` and `*.key`. Braces without a comma
 * are plain characters. Undefined where a brace is never closed, where braces hold a range, and where there
 * would be more than 64 alternatives: a few dozen characters could stand for millions.
 */
export function expandBraces(glob: string): string[] | undefined {
  const open = glob.indexOf("{");
  if (open === -1) return [glob];
  const group = groupAt(glob, open);
  if (group === undefined) return undefined;
  const { parts, close } = group;
  const [only] = parts;
  const isPlain = parts.length === 1;
  if (isPlain && only?.includes("..")) return undefined;
  const inner = expandAll(parts);
  const tails = expandBraces(glob.slice(close + 1));
  if (inner === undefined || tails === undefined) return undefined;
  if (inner.length * tails.length > mostAlternatives) return undefined;
  const head = glob.slice(0, open);
  return inner.flatMap((part) => tails.map((tail) => head + (isPlain ? `{${part}}` : part) + tail));
}

function groupAt(glob: string, open: number): { parts: string[]; close: number } | undefined {
  const parts: string[] = [];
  let depth = 0;
  let start = open + 1;
  for (let at = open; at < glob.length; at += 1) {
    const character = glob[at];
    if (character === "{") depth += 1;
    else if (character === "}") depth -= 1;
    else if (character !== "," || depth !== 1) continue;
    if (depth === 0 || character === ",") {
      parts.push(glob.slice(start, at));
      start = at + 1;
    }
    if (depth === 0) return { parts, close: at };
  }
  return undefined;
}

function expandAll(parts: readonly string[]): string[] | undefined {
  const all: string[] = [];
  for (const part of parts) {
    const expanded = expandBraces(part);
    if (expanded === undefined || all.length + expanded.length > mostAlternatives) return undefined;
    all.push(...expanded);
  }
  return all;
}
