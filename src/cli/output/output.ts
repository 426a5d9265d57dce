import { factLines, tableLines, type Fact } from "./columns.ts";
import { eraseLine, showProgress, type Progress } from "./progress.ts";
import type { Streams } from "./streams.ts";
import { paintFor, type Paint } from "./style.ts";
import { jsonText } from "./visible.ts";

/** What a command says. With `--json` its result is one JSON value on stdout, and everything else goes away. */
export class Output {
  readonly isJson: boolean;
  readonly streams: Streams;
  readonly #env: NodeJS.ProcessEnv;
  #isBusy = false;

  constructor(streams: Streams, env: NodeJS.ProcessEnv, isJson: boolean) {
    this.streams = streams;
    this.isJson = isJson;
    this.#env = env;
  }

  /** Paints what goes to stdout. */
  get paint(): Paint {
    return paintFor(this.streams.stdout, this.#env);
  }

  /** The same for stderr. */
  get paintNote(): Paint {
    return paintFor(this.streams.stderr, this.#env);
  }

  /** Whether there is a person to ask. */
  get isInteractive(): boolean {
    const { stdin, stderr } = this.streams;
    return stdin.isTTY && stderr.isTTY && !this.isJson && !this.#env["CI"];
  }

  /** The result: the value for programs, or what `print` says for people. */
  result(value: unknown, print: () => void): void {
    if (this.isJson) this.write(jsonText(value, 2));
    else print();
  }

  line(text = ""): void {
    if (!this.isJson) this.write(text);
  }

  lines(lines: readonly string[]): void {
    for (const line of lines) this.line(line);
  }

  facts(facts: readonly Fact[], indent?: string): void {
    this.lines(factLines(facts, indent));
  }

  table(headings: readonly string[], rows: readonly (readonly string[])[]): void {
    const [head = "", ...others] = tableLines(headings, rows);
    this.lines([this.paint("quiet", head), ...others]);
  }

  /** The command to type next, as the last line. Only for people: a script has its own plans. */
  next(text: string): void {
    if (this.streams.stdout.isTTY) this.lines(["", this.paint("quiet", text)]);
  }

  /** Writes to stdout whatever the mode. */
  write(line: string): void {
    this.streams.stdout.write(`${line}\n`);
  }

  /** Says something beside the result, on stderr. */
  note(text: string): void {
    const { stderr } = this.streams;
    if (!this.isJson) stderr.write(`${this.#isBusy && stderr.isTTY ? eraseLine : ""}${text}\n`);
  }

  /** Shows that something is under way. One line at a time: what begins inside another stays silent. */
  progress(text: string, options: { isLong?: boolean } = {}): Progress {
    if (this.#isBusy || this.isJson) return { stop: () => undefined };
    this.#isBusy = true;
    const shown = showProgress(this.streams.stderr, text, options);
    return {
      stop: () => {
        this.#isBusy = false;
        shown.stop();
      },
    };
  }
}
