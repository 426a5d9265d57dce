/**
 * What each `*` of the pattern stands for in `value`, each at least `shortest` characters, or undefined where
 * the value does not match. Every part between two `*` is taken where it first occurs, which is right because
 * a `*` takes anything and never has to be tried again: the time is linear for any pattern and value.
 */
export function wildcardRuns(pattern: string, value: string, shortest: 0 | 1): string[] | undefined {
  const [first = "", ...later] = pattern.split("*");
  const last = later.pop();
  if (last === undefined) return pattern === value ? [] : undefined;
  if (!value.startsWith(first)) return undefined;
  const runs: string[] = [];
  let end = first.length;
  for (const part of later) {
    const start = value.indexOf(part, end + shortest);
    if (start === -1) return undefined;
    runs.push(value.slice(end, start));
    end = start + part.length;
  }
  const lastStart = value.length - last.length;
  if (lastStart < end + shortest || !value.endsWith(last)) return undefined;
  runs.push(value.slice(end, lastStart));
  return runs;
}
