import { present } from "../support/present.ts";
import { audit } from "./audit.ts";
import { agentNames, type Deed, type Round, type Story } from "./deeds.ts";
import { type Recorded, statesAfter } from "./linearize.ts";
import { type Call, newAgentState, type State } from "./reference-state.ts";
import { moments } from "./reference.ts";
import { BrokenPromise, idsOf, look, type Player, type Stage } from "./stage.ts";
import { Turns, type TakeStep } from "./turns.ts";
import {
  type Account,
  clock,
  gateStub,
  intrusion,
  kill,
  ledgerStub,
  newAgent,
  requestFor,
  seenIn,
  send,
} from "./world.ts";
import { wordsOfCall, wordsOfOrder, wordsOfSeen } from "./words.ts";

const minute = 60_000;

/** Counts of what the stories had in them, so that dull ones are noticed. */
export type Tally = { rounds: number; calls: number; spent: number; replays: number; lost: number };

export const noTally = (): Tally => ({ rounds: 0, calls: 0, spent: 0, replays: 0, lost: 0 });

/** Plays a story on the real Worker, and throws a BrokenPromise when it cannot have gone as the reference has it. */
export async function play(accounts: readonly Account[], story: Story, tally: Tally): Promise<string[]> {
  const players = await Promise.all(
    accounts.map(async (account, index): Promise<Player> => {
      const name = agentNames[index] ?? "an agent";
      const agent = await newAgent(account, name);
      return { name, agent, states: [newAgentState(agent.permissions)], history: [], listed: [] };
    }),
  );
  const stage: Stage = { players, script: [] };
  for (const [number, round] of story.entries()) {
    tally.rounds += 1;
    stage.script.push(`Round ${number + 1}, ${wordsOfOrder(round)}`);
    if ("deeds" in round) await playRound(stage, round.deeds, round.order, tally);
    else letTimePass(stage, round);
  }
  await audit(stage);
  return stage.script;
}

function letTimePass({ players, script }: Stage, round: Exclude<Round, { deeds: Deed[] }>): void {
  const ahead = players
    .flatMap(({ states }) => states.flatMap(moments))
    .filter((moment) => moment > clock.now())
    .toSorted((a, b) => a - b);
  const chosen = [...new Set(ahead)];
  const moment = chosen[round.moment % Math.max(1, chosen.length)] ?? clock.now() + minute;
  const before = clock.now();
  clock.set(moment - (round.isJustBefore ? 1 : 0));
  script.push(`  ${clock.now() - before} ms`);
}

type Act = { player: Player; deed: Deed; call: Call; request: Request; words: string };

async function playRound(
  stage: Stage,
  deeds: readonly Deed[],
  order: "at once" | number[],
  tally: Tally,
): Promise<void> {
  // People decide on what they see listed.
  const isDecided = ({ do: what }: Deed) => what !== "verify" && what !== "retry" && what !== "restart";
  for (const index of new Set(deeds.filter(isDecided).map(({ agent }) => agent)))
    await look(stage, present(stage.players[index]));
  const acts = deeds.flatMap((deed) => actFor(stage, deed) ?? []);
  const turns = order === "at once" ? undefined : new Turns(order);
  let moment = 0;
  const records = new Map<Player, Recorded[]>(stage.players.map((player) => [player, []]));
  const restarts = deeds
    .filter(({ do: what }) => what === "restart")
    .map((deed) => stage.players[deed.agent]);

  const perform = async ({ player, deed, call, request, words }: Act, takeStep?: TakeStep) => {
    const record: Recorded = {
      call,
      seen: { kind: "lost" },
      now: clock.now(),
      start: (moment += 1),
      end: Infinity,
    };
    if (restarts.includes(player)) record.metACrash = true;
    records.get(player)?.push(record);
    tally.calls += 1;
    const line = stage.script.push(`  ${words} → nothing is heard`) - 1;
    const answer = await send(request, takeStep);
    const text = await answer.text();
    if (deed.fate === "lost") return;
    record.seen = seenIn(call, answer.status, text);
    if (record.seen.kind !== "lost") record.end = moment += 1;
    stage.script[line] = `  ${words} → ${wordsOfSeen(record.seen)}`;
    requireDiscretion(stage, player, call, text);
  };

  const parties = acts.map((act) => ({
    act,
    who: act.words,
    death: typeof act.deed.fate === "object" ? act.deed.fate : undefined,
  }));
  const restartsOf = deeds.flatMap((deed) => (deed.do === "restart" ? [deed] : []));
  if (turns === undefined) {
    await Promise.all([
      ...parties.map(({ act }) => perform(act)),
      ...restartsOf.map((deed) => restart(stage, deed)),
    ]);
  } else {
    const failures: unknown[] = [];
    for (const { act, who, death } of parties)
      turns.join(
        (takeStep) => perform(act, takeStep).catch((error: unknown) => void failures.push(error)),
        who,
        death,
      );
    for (const deed of restartsOf) turns.join(() => restart(stage, deed), "restart");
    await turns.played();
    stage.script.push(...turns.log.map((line) => `    · ${line}`));
    if (failures.length > 0) throw failures[0];
  }
  for (const [player, happened] of records) conclude(stage, player, happened, tally);
}

/** What the answers leave possible. */
function conclude({ script }: Stage, player: Player, happened: Recorded[], tally: Tally): void {
  player.history.push(...happened);
  for (const { seen } of happened) {
    if (seen.kind === "lost") tally.lost += 1;
    if ("request" in seen && seen.isReplay) tally.replays += 1;
    if (seen.kind === "allowed" && seen.reason === "allowed_by_grant" && !seen.isReplay) tally.spent += 1;
  }
  const states = statesAfter(player.states, happened);
  if (states.length > 0) {
    player.states = states;
    return;
  }
  script.push(`  ✗ ${player.name}: in no order are these the answers that the promises allow.`);
  script.push(...player.states.map((state) => `    from ${JSON.stringify(state)}`));
  throw new BrokenPromise(script.join("\n"));
}

/** No secret of anybody in an answer, and nothing of the other account. */
function requireDiscretion({ players, script }: Stage, { agent }: Player, call: Call, text: string): void {
  const secrets = players.flatMap((player) => player.agent.account.secrets);
  const others = players.filter((player) => player.agent !== agent);
  const foreign = others.flatMap((player) => idsOf(player));
  // An intruder names what is not theirs, and is told no more than the intruded.
  const own = call.do === "intrude" ? idsOf(players.find((player) => player.agent === agent)) : [];
  const leaked = [...secrets, ...foreign, ...own].find((hidden) => text.includes(hidden));
  if (leaked === undefined) return;
  script.push(`  ✗ An answer holds what its reader must not see, ${leaked}: ${text}`);
  throw new BrokenPromise(script.join("\n"));
}

async function restart(
  { players, script }: Stage,
  { agent, object }: Deed & { do: "restart" },
): Promise<void> {
  const player = players[agent];
  if (player === undefined) return;
  script.push(`  ${player.name}: the ${object} restart`);
  const gates = (player.states[0]?.permissions ?? []).flatMap(({ id, isGated }) =>
    id !== null && isGated ? [gateStub(player.agent, id)] : [],
  );
  await kill(object === "gates" ? gates : [ledgerStub(player.agent)]);
}

function actFor({ players }: Stage, deed: Deed): Act | undefined {
  const player = players[deed.agent];
  const other = players[1 - deed.agent];
  const state = player?.states[0];
  if (player === undefined || other === undefined || state === undefined) return undefined;
  const made = callFor(player, state, deed);
  if (made === undefined) return undefined;
  const words = `${player.name}: ${wordsOfCall(made, deed)}`;
  if (made.do !== "intrude" || deed.do !== "intrude")
    return { player, deed, call: made, request: requestFor(made, player.agent), words };
  const approval = state.approvals.flatMap(({ id }) => id ?? []).at(-1 - deed.which);
  const permission = state.permissions.flatMap(({ id }) => id ?? []).at(-1 - deed.which);
  if (approval === undefined || permission === undefined) return undefined;
  const request = intrusion(deed.trick, player.agent, other.agent, approval, permission);
  return { player, deed, call: made, request, words };
}

function callFor({ history, listed }: Player, state: State, deed: Deed): Call | undefined {
  const approval = (which: number) => {
    const found = state.approvals.filter(({ id }) => id !== null && listed.includes(id));
    const pending = found.filter(({ status }) => status === "pending");
    const order = [...found.filter(({ status }) => status !== "pending"), ...pending];
    return order.flatMap(({ id }) => id ?? []).at(-1 - which);
  };
  const permission = (which: number) => {
    const index = which % Math.max(1, state.permissions.length);
    return state.permissions.toReversed()[index];
  };
  const endsAt = (isShort: boolean) => (isShort ? clock.now() + 10 * minute : null);
  switch (deed.do) {
    case "verify":
      return { do: "verify", intent: deed.intent, key: deed.key };
    case "retry":
      return history
        .map(({ call }) => call)
        .filter((call) => call.do === "verify" && call.key !== null)
        .at(-1 - deed.which);
    case "approve":
    case "deny": {
      const id = approval(deed.which);
      return id === undefined ? undefined : { do: deed.do, approval: id };
    }
    case "revoke": {
      const id = permission(deed.which)?.id;
      return typeof id === "string" ? { do: "revoke", permission: id } : undefined;
    }
    case "replace": {
      const old = permission(deed.which);
      if (old === undefined || old.id === null) return undefined;
      const { isGated } = deed;
      return { do: "replace", permission: old.id, action: old.action, isGated, endsAt: endsAt(deed.isShort) };
    }
    case "permit":
      return { do: "permit", action: deed.action, isGated: deed.isGated, endsAt: endsAt(deed.isShort) };
    case "disable":
    case "enable":
    case "intrude":
      return { do: deed.do };
    case "restart":
      return undefined;
  }
}
