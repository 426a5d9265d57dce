import fc from "fast-check";
import type { Recorded } from "./linearize.ts";
import type { Call, Seen } from "./reference-state.ts";
import { type Agent, clock, requestFor, seenIn, send } from "./world.ts";

type Move = "verify" | "verify with a key" | "approve" | "deny" | "replace" | "disable" | "enable";

const move = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Move>("verify") },
  { weight: 2, arbitrary: fc.constant<Move>("verify with a key") },
  { weight: 5, arbitrary: fc.constant<Move>("approve") },
  { weight: 1, arbitrary: fc.constantFrom<Move[]>("deny", "replace", "disable", "enable") },
);
/** What some clients do, each of them one thing after the other. */
export const anyClients = fc.array(fc.array(move, { minLength: 2, maxLength: 5 }), {
  minLength: 2,
  maxLength: 5,
});

/** Lets each client make its moves one after the other, all clients at once, and writes down when each was made. */
export async function historyOf(agent: Agent, moves: readonly (readonly Move[])[]): Promise<Recorded[]> {
  let moment = 0;
  let approval: string | undefined;
  let permission = agent.permissions[0]?.id ?? "";
  const history: Recorded[] = [];

  const callFor = (move: Move, client: number): Call | undefined => {
    switch (move) {
      case "verify":
        return { do: "verify", intent: "deploy a", key: null };
      case "verify with a key":
        return { do: "verify", intent: "deploy a", key: `k${client % 2}` };
      case "approve":
      case "deny":
        return approval === undefined ? undefined : { do: move, approval };
      case "replace":
        return { do: "replace", permission, action: "deploy", isGated: true, endsAt: null };
      case "disable":
      case "enable":
        return { do: move };
    }
  };

  const make = async (call: Call): Promise<Seen> => {
    for (;;) {
      const record: Recorded = {
        call,
        seen: { kind: "lost" },
        now: clock.now(),
        start: (moment += 1),
        end: Infinity,
      };
      const answer = await send(requestFor(call, agent));
      const text = await answer.text();
      // Not listed yet: nobody can decide it, and nothing was decided.
      if (answer.status === 404) continue;
      record.seen = seenIn(call, answer.status, text);
      record.end = moment += 1;
      history.push(record);
      return record.seen;
    }
  };

  await Promise.all(
    moves.map(async (own, client) => {
      for (const move of own) {
        const call = callFor(move, client);
        if (call === undefined) continue;
        const seen = await make(call);
        if (seen.kind === "asked") ({ approval } = seen);
        if (seen.kind === "done" && seen.permission !== undefined) ({ permission } = seen);
      }
    }),
  );
  return history.toSorted((a, b) => a.start - b.start);
}
