import { askKeychain, mayHaveKeychain } from "./keychain.ts";
import { readEntries, writeEntries } from "./private-file.ts";

/** Where a secret is kept. */
export type Place = "keychain" | "file";

// What stands in the file for a secret that the keychain has. No secret of ours can be spelled so.
const inKeychain = "(keychain)";

/** Secrets, in the system's keychain where there is one that works, else in a file that only its owner may read. */
export class Secrets {
  readonly file: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #program: string;

  constructor(file: string, env: NodeJS.ProcessEnv, program: string) {
    this.file = file;
    this.#env = env;
    this.#program = program;
  }

  /** Where a secret of this name is kept, without asking for it. */
  placeOf(name: string): Place | undefined {
    const entry = readEntries(this.file)[name];
    if (entry === undefined) return undefined;
    return entry === inKeychain ? "keychain" : "file";
  }

  /** The secret; undefined when there is none, `locked` when the keychain has it and does not give it. */
  async read(name: string): Promise<{ secret: string } | "locked" | undefined> {
    const entry = readEntries(this.file)[name];
    if (entry === undefined) return undefined;
    if (entry !== inKeychain) return { secret: entry };
    const answer = this.#mayAsk ? await askKeychain({ get: name }, this.#program) : { ok: false as const };
    return answer.ok && answer.secret !== undefined ? { secret: answer.secret } : "locked";
  }

  async write(name: string, secret: string): Promise<Place> {
    const isKept = this.#mayAsk && (await askKeychain({ set: name, secret }, this.#program)).ok;
    writeEntries(this.file, { ...readEntries(this.file), [name]: isKept ? inKeychain : secret });
    return isKept ? "keychain" : "file";
  }

  async remove(name: string): Promise<void> {
    const { [name]: entry, ...others } = readEntries(this.file);
    if (entry === undefined) return;
    writeEntries(this.file, others);
    if (entry === inKeychain && this.#mayAsk) await askKeychain({ delete: name }, this.#program);
  }

  get names(): string[] {
    return Object.keys(readEntries(this.file));
  }

  get #mayAsk(): boolean {
    return mayHaveKeychain(this.#env, process.platform);
  }
}
