import fc from "fast-check";
import type { Action, Intent } from "./reference-state.ts";
import type { Death } from "./turns.ts";

/** Whether the caller gets the answer, does not, or the Worker that makes it dies on the way. */
export type Fate = "answered" | "lost" | Death;

/** Something that is done to one of the agents; which one of several things is found out when it is done. */
export type Deed = { agent: number; fate: Fate } & (
  | { do: "verify"; intent: Intent; key: string | null }
  | { do: "retry"; which: number }
  | { do: "approve" | "deny"; which: number }
  | { do: "revoke"; which: number }
  | { do: "replace"; which: number; isGated: boolean; isShort: boolean }
  | { do: "permit"; action: Action; isGated: boolean; isShort: boolean }
  | { do: "disable" | "enable" }
  | { do: "intrude"; trick: number; which: number }
  | { do: "restart"; object: "gates" | "ledger" }
);

/** Some deeds at the same time: all at once, or by turns. Or time that passes, up to some moment or just before it. */
export type Round =
  { deeds: Deed[]; order: "at once" | number[] } | { moment: number; isJustBefore: boolean };

export type Story = Round[];

export const agentNames = ["Ada's agent", "Bob's agent"] as const;

const agent = fc.constantFrom(0, 0, 0, 1);
const which = fc.constantFrom(0, 0, 0, 0, 1, 2);
const fate = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Fate>("answered") },
  { weight: 1, arbitrary: fc.constant<Fate>("lost") },
  { weight: 2, arbitrary: fc.record({ atStep: fc.integer({ min: 1, max: 6 }), isTaken: fc.boolean() }) },
);
const spec = { isGated: fc.constantFrom(true, true, false), isShort: fc.boolean() };

const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 24,
    arbitrary: fc.record({
      do: fc.constant("verify" as const),
      agent,
      fate,
      intent: fc.constantFrom<Intent[]>("deploy a", "deploy a", "deploy a", "deploy b", "read a"),
      key: fc.constantFrom(null, null, "k1", "k2"),
    }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant("retry" as const), agent, fate, which }) },
  { weight: 12, arbitrary: fc.record({ do: fc.constant("approve" as const), agent, fate, which }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("deny" as const), agent, fate, which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("revoke" as const), agent, fate, which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("replace" as const), agent, fate, which, ...spec }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("permit" as const),
      agent,
      fate,
      action: fc.constantFrom<Action[]>("deploy", "read"),
      ...spec,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom("disable" as const, "enable" as const), agent, fate }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("intrude" as const),
      agent,
      fate: fc.constant<Fate>("answered"),
      trick: fc.nat(tricks().length - 1),
      which,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("restart" as const),
      agent,
      fate: fc.constant<Fate>("answered"),
      object: fc.constantFrom("gates" as const, "ledger" as const),
    }),
  },
);

const order = fc.oneof(
  { weight: 1, arbitrary: fc.constant("at once" as const) },
  { weight: 2, arbitrary: fc.array(fc.nat(11), { maxLength: 16 }) },
);

const someRound = fc.record({ deeds: fc.array(deed, { minLength: 1, maxLength: 4 }), order });
const time = fc.record({ moment: fc.nat(5), isJustBefore: fc.boolean() });

// Left to chance alone, few grants would be given that are worth a race.
const contest: fc.Arbitrary<Round[]> = fc
  .record({
    agent,
    intent: fc.constantFrom<Intent[]>("deploy a", "deploy a", "deploy b"),
    key: fc.constantFrom(null, "k1", "k2"),
    fates: fc.array(fate, { minLength: 1, maxLength: 3 }),
    beside: fc.array(deed, { maxLength: 1 }),
    isGivenBefore: fc.constantFrom(true, true, false),
    time: fc.option(time, { freq: 3 }),
    order,
  })
  .map(({ agent, intent, key, fates, beside, isGivenBefore, time, order }) => {
    const shared = { agent, fate: "answered" } as const;
    const asks: Deed = { ...shared, do: "verify", intent, key: null };
    const approves: Deed = { ...shared, do: "approve", which: 0 };
    const races = fates.map((fate): Deed => ({ do: "verify", agent, fate, intent, key }));
    const rounds: Round[] = [{ deeds: [asks], order: "at once" }];
    if (isGivenBefore) rounds.push({ deeds: [approves], order: "at once" });
    if (time !== null) rounds.push(time);
    rounds.push({ deeds: [...races, ...(isGivenBefore ? [] : [approves]), ...beside], order });
    return rounds;
  });

/** What may happen to two agents of two accounts, one round after the other. */
export const anyStory: fc.Arbitrary<Story> = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: someRound.map((round) => [round]) },
      { weight: 1, arbitrary: time.map((round) => [round]) },
      { weight: 3, arbitrary: contest },
    ),
    { minLength: 3, maxLength: 8 },
  )
  .map((parts) => parts.flat());

/** What somebody without the right to it may try. */
export function tricks() {
  return [
    "the other account's owner approves its request",
    "the other account's owner denies its request",
    "the other account's owner revokes its permission",
    "the other account's owner replaces its permission",
    "the other account's owner gives it a permission",
    "the other account's owner disables it",
    "the other agent asks in its name",
    "the other agent reads its request",
    "it approves its own request",
    "it gives itself a permission",
  ] as const;
}
