/**
 * The process's own streams. Each is opened at its first use: that takes a moment, and most commands use one of the
 * three. `onGone` is called when nobody reads any more what is written.
 */
export class Streams {
  readonly #opened = new Set<NodeJS.WriteStream>();
  readonly #onGone: () => void;

  constructor(onGone: () => void) {
    this.#onGone = onGone;
  }

  get stdin(): NodeJS.ReadStream {
    return process.stdin;
  }

  get stdout(): NodeJS.WriteStream {
    return this.#open(process.stdout);
  }

  get stderr(): NodeJS.WriteStream {
    return this.#open(process.stderr);
  }

  /** Resolves when what was written has left, so that a reader which is slow or gone is noticed. */
  async flush(): Promise<void> {
    for (const stream of this.#opened)
      await new Promise<void>((done) => {
        stream.write("", () => done());
      });
  }

  #open(stream: NodeJS.WriteStream): NodeJS.WriteStream {
    if (!this.#opened.has(stream)) stream.on("error", this.#onGone);
    this.#opened.add(stream);
    return stream;
  }
}
