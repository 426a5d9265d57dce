const lineFeed = 0x0a;

/** A line with its end, to the byte, or the news that one was longer than the limit and is gone. */
export type Line = Buffer | "too long";

/** Cuts a stream of bytes into lines. Whatever is not a whole line yet is kept, up to `maxBytes`. */
export class Lines {
  readonly #maxBytes: number;
  #parts: Buffer[] = [];
  #bytes = 0;
  #isTooLong = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The lines that end in this chunk. */
  *push(chunk: Buffer): Generator<Line> {
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      this.#keep(chunk.subarray(start, end + 1));
      start = end + 1;
      yield* this.rest();
    }
    this.#keep(chunk.subarray(start));
  }

  /** What came after the last line's end: a line as well, because there are readers who take it for one. */
  *rest(): Generator<Line> {
    const line = this.#isTooLong ? "too long" : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#bytes = 0;
    this.#isTooLong = false;
    if (line.length > 0) yield line;
  }

  #keep(part: Buffer): void {
    this.#bytes += part.length;
    this.#isTooLong ||= this.#bytes > this.#maxBytes;
    if (this.#isTooLong) this.#parts = [];
    else if (part.length > 0) this.#parts.push(part);
  }
}
