const numbers = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

export type EndingSignal = keyof typeof numbers;
export const endingSignals = Object.keys(numbers) as EndingSignal[];

/**
 * Ctrl-C and its like. The first ends what is under way in order; a second one, because the first did not help, ends
 * the process. A command that has a child gives signals to it instead.
 */
export class Interrupts {
  readonly #controller = new AbortController();
  #received: EndingSignal | undefined;
  #receiver: ((signal: EndingSignal) => void) | undefined;

  constructor() {
    for (const name of endingSignals) process.on(name, () => this.#receive(name));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The exit code by which a shell knows what ended the process. Undefined when nothing did. */
  get exitCode(): number | undefined {
    return this.#received === undefined ? undefined : 128 + numbers[this.#received];
  }

  /** From now on every signal goes to `receiver`, or, when it is undefined, ends what is under way again. */
  giveTo(receiver: ((signal: EndingSignal) => void) | undefined): void {
    this.#receiver = receiver;
  }

  #receive(name: EndingSignal): void {
    if (this.#receiver !== undefined) {
      this.#receiver(name);
      return;
    }
    if (this.#received !== undefined) process.exit(this.exitCode);
    this.#received = name;
    this.#controller.abort();
  }
}
