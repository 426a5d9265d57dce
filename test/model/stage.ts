import { type Recorded, statesAfter } from "./linearize.ts";
import type { Seen, State } from "./reference-state.ts";
import { type Agent, clock, listingOf } from "./world.ts";

/** A promise that was broken, with the story as it went in words. */
export class BrokenPromise extends Error {
  override readonly name = "BrokenPromise";
}

/** One of the two agents as it is played with. */
export type Player = {
  name: string;
  agent: Agent;
  /** Every state that it may be in, by all that was seen. */
  states: State[];
  history: Recorded[];
  /** The approvals that its people have found in their list. */
  listed: string[];
};

export type Stage = {
  players: readonly Player[];
  /** What has happened, in words. */
  script: string[];
};

/** Reads the lists of the record of truth, as a person does. */
export async function look(
  { script }: Stage,
  player: Player,
  isAtRest = false,
): Promise<Extract<Seen, { kind: "listing" }>> {
  const seen = { kind: "listing", listing: await listingOf(player.agent) } as const;
  const record = { call: { do: "look", isAtRest }, seen, now: clock.now(), start: 0, end: 1 } as const;
  const states = statesAfter(player.states, [record]);
  if (states.length === 0) {
    script.push(`  ✗ ${player.name} is not as the promises have it: ${JSON.stringify(seen.listing)}`);
    script.push(...player.states.map((state) => `    from ${JSON.stringify(state)}`));
    throw new BrokenPromise(script.join("\n"));
  }
  player.states = states;
  player.listed = seen.listing.approvals.map(({ id }) => id);
  return seen;
}

/** Every id that belongs to a player's account. */
export function idsOf(player: Player | undefined): string[] {
  if (player === undefined) return [];
  const { agent, states } = player;
  const known = states.flatMap(({ permissions, approvals }) => [...permissions, ...approvals]);
  return [agent.agentId, agent.account.accountId, ...known.flatMap(({ id }) => id ?? [])];
}
