import type { Event } from "../contract/event.ts";
import { copyApprovals, type ApprovalCopy } from "../db/approvals.ts";
import { publishEvents } from "../db/events.ts";
import { inTime } from "../within.ts";
import type { GateStore } from "./gate-store.ts";
import type { ApprovalState } from "./transition.ts";

const copiesAtOnce = 50;
const eventsAtOnce = 100;

// A call that hangs must not keep every later drain from starting. What it may still do when it comes to its
// senses is harmless: an old copy changes nothing, a repeated event has the same id.
const stepDeadlineMs = 30_000;

const firstRetryMs = 5_000;
const lastRetryMs = 5 * 60_000;

/** How long after this many failures in a row the outbox is looked at again. */
export function retryDelay(failures: number): number {
  return Math.min(firstRetryMs * 2 ** failures, lastRetryMs);
}

/** Brings a gate's changes to D1 and to the queue: at least once, copies before events, until nothing is left. */
export class GateDrain {
  readonly #store: GateStore;
  readonly #env: Pick<Env, "DB" | "EVENTS">;
  readonly #onFailure: () => void;
  readonly #onWatched: (copied: readonly ApprovalCopy[]) => void;
  #running: Promise<void> | undefined;

  /** `onWatched` is told what D1 has taken, while somebody watches the account's feed. */
  constructor(
    store: GateStore,
    env: Pick<Env, "DB" | "EVENTS">,
    { onFailure, onWatched }: { onFailure: () => void; onWatched: (copied: readonly ApprovalCopy[]) => void },
  ) {
    this.#store = store;
    this.#env = env;
    this.#onFailure = onFailure;
    this.#onWatched = onWatched;
  }

  /** Starts a drain or joins the one under way, which also takes what was written since it began. Never rejects. */
  start(): Promise<void> {
    this.#running ??= this.#run();
    return this.#running;
  }

  async #run(): Promise<void> {
    // Before anything else, so that `#running` is set by the time that it is cleared below.
    await Promise.resolve();
    try {
      while (await this.#step());
      if (this.#store.failures() > 0) this.#store.saveFailures(0);
    } catch {
      this.#store.saveFailures(this.#store.failures() + 1);
      this.#onFailure();
    } finally {
      // INVARIANT: nothing from outside comes in between the step that found the outbox empty and this, only microtasks;
      // a row written there would lie until the alarm.
      this.#running = undefined;
    }
  }

  async #step(): Promise<boolean> {
    const approvals = this.#store.uncopied(copiesAtOnce);
    if (approvals.length > 0) {
      const copies = this.#copies(approvals);
      const { watchedUntil } = await inTime(stepDeadlineMs, copyApprovals(this.#env.DB, copies));
      this.#store.markCopied(approvals);
      if (watchedUntil > Date.now()) this.#onWatched(copies);
      return true;
    }
    // D1 has a copy of everything that these events tell of: nothing was awaited since.
    const unsent = this.#store.unsent(eventsAtOnce);
    const last = unsent.at(-1);
    if (last === undefined) return false;
    await inTime(
      stepDeadlineMs,
      publishEvents(
        this.#env,
        unsent.map(({ event }) => JSON.parse(event) as Event),
      ),
    );
    this.#store.markSent(last.seq);
    return true;
  }

  #copies(approvals: ApprovalState[]): ApprovalCopy[] {
    const { identity } = this.#store.gate();
    if (identity === undefined) throw new Error("A gate without an identity has no approvals.");
    return approvals.map((approval) => ({ ...approval, ...identity }));
  }
}
