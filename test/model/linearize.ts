import { type Happened, type State } from "./reference-state.ts";
import { after } from "./reference.ts";

/** What happened between two moments of one order of time. What was never answered has no end. */
export type Recorded = Happened & { start: number; end: number };

/**
 * Every state that the agent may be in after these calls, over all orders in which each call takes effect at one
 * moment between its start and its end (Wing and Gong). None when there is no such order: then the answers broke
 * a promise.
 */
export function statesAfter(before: readonly State[], calls: readonly Recorded[]): State[] {
  const met = calls.map((call) => ({ ...call, ...encounters(call, calls) }));
  const found = new Map<string, State>();
  const seen = new Set<string>();
  const search = (state: State, left: readonly (typeof met)[number][]) => {
    const place = `${left.map((call) => met.indexOf(call)).join()} ${JSON.stringify(state)}`;
    if (seen.has(place)) return;
    seen.add(place);
    if (left.length === 0) {
      found.set(JSON.stringify(state), state);
      return;
    }
    const firstEnd = Math.min(...left.map(({ end }) => end));
    for (const call of left) {
      // Another call was over before this one began, so it comes first.
      if (call.start > firstEnd) continue;
      const rest = left.filter((other) => other !== call);
      for (const next of after(state, call)) search(next, rest);
    }
  };
  for (const state of before) search(state, met);
  return [...found.values()];
}

function encounters(call: Recorded, calls: readonly Recorded[]): Partial<Happened> {
  const meanwhile = calls.filter(
    (other) => other !== call && other.start <= call.end && other.end >= call.start,
  );
  const isAnEnd = ({ call: { do: what } }: Recorded) =>
    what === "revoke" || what === "replace" || what === "disable";
  const key = call.call.do === "verify" ? call.call.key : null;
  const isATry = ({ call: other }: Recorded) => other.do === "verify" && key !== null && other.key === key;
  return {
    ...(meanwhile.some(isAnEnd) ? { metAnEnd: true } : {}),
    ...(meanwhile.some(isATry) ? { metATry: true } : {}),
  };
}
