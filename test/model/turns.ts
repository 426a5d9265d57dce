import { within } from "../../src/within.ts";
import { present } from "../support/present.ts";

/** When a Worker dies before it has answered: at which of its steps to D1 or an object, and whether that is still taken. */
export type Death = { atStep: number; isTaken: boolean };

/** Takes a step to somewhere else, when it is the taker's turn. */
export type TakeStep = <T>(name: string, step: () => Promise<T>) => Promise<T>;

type Party = {
  waiting: (() => void)[];
  underWay: number;
  isOver: boolean;
};

const stuckMs = 20_000;

/**
 * Lets several requests go on by turns: each waits before each of its steps to D1 or an object until it is its
 * turn. Which turn is whose comes from outside, so that an interleaving can be found, repeated and made smaller.
 */
export class Turns {
  readonly #parties: Party[] = [];
  readonly #order: readonly number[];
  #news = Promise.withResolvers<void>();
  readonly log: string[] = [];

  /** Each number of `order` picks one of those that wait; an odd multiple lets the next one go at the same time. */
  constructor(order: readonly number[]) {
    this.#order = order;
  }

  /** Somebody who takes turns, from the first step on: to begin. Whoever has answered dies: what was left is not done. */
  join(work: (takeStep: TakeStep) => Promise<void>, who: string, death?: Death): void {
    const last = death ?? { atStep: Infinity, isTaken: true };
    const party: Party = { waiting: [], underWay: 0, isOver: false };
    this.#parties.push(party);
    let steps = 0;
    const takeStep: TakeStep = async (name, step) => {
      const number = (steps += 1);
      const isTooLate = number > last.atStep || (number === last.atStep && !last.isTaken);
      if (isTooLate || party.isOver) return this.#die(party, `${who} dies before ${name}`);
      await this.#turn(party);
      this.log.push(`${who}: ${name}`);
      party.underWay += 1;
      try {
        const result = await step();
        return number === last.atStep ? await this.#die<never>(party, `${who} dies after ${name}`) : result;
      } finally {
        party.underWay -= 1;
        this.#tell();
      }
    };
    void this.#turn(party)
      .then(() => work(takeStep))
      .finally(() => this.#leave(party));
  }

  /** Until everybody has come to an end. */
  async played(): Promise<void> {
    const pending = [...this.#order];
    while (this.#parties.some(({ isOver }) => !isOver)) {
      await this.#standstill();
      const waiting = this.#parties.filter((party) => party.waiting.length > 0);
      if (waiting.length === 0) continue;
      const choice = pending.shift() ?? 0;
      const first = choice % waiting.length;
      const isTwo = Math.floor(choice / waiting.length) % 2 === 1;
      const chosen = isTwo ? [first, (first + 1) % waiting.length] : [first];
      for (const index of new Set(chosen)) for (const go of present(waiting[index]).waiting.splice(0)) go();
    }
  }

  async #turn(party: Party): Promise<void> {
    await new Promise<void>((go) => {
      party.waiting.push(go);
      this.#tell();
    });
  }

  // Its client gets no answer, and nothing of it goes on.
  #die<T>(party: Party, how: string): Promise<T> {
    this.log.push(how);
    this.#leave(party);
    return new Promise<T>(() => {});
  }

  #leave(party: Party): void {
    party.isOver = true;
    party.waiting = [];
    this.#tell();
  }

  #tell(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }

  // Nobody is under way or computes: everybody waits for a turn, or is at the end.
  async #standstill(): Promise<void> {
    const isMoving = ({ isOver, underWay, waiting }: Party) =>
      !isOver && (underWay > 0 || waiting.length === 0);
    for (;;) {
      const news = this.#news.promise;
      if (!this.#parties.some(isMoving)) {
        // Who has left a step for later may be about to answer.
        await scheduler.wait(0);
        if (!this.#parties.some(isMoving)) return;
        continue;
      }
      if (!(await within(stuckMs, news))) throw new Error(`Nobody moves: ${this.log.join("; ")}`);
    }
  }
}
