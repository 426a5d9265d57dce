import { isAgentKey } from "../crypto/secrets.ts";
import type { BehalfID } from "../sdk/client.ts";
import { settingsOf, type BehalfOptions } from "../sdk/options.ts";
import { Transport } from "../sdk/transport.ts";
import { newAsker, type Asker } from "./asker.ts";
import type { SharedFlags } from "./command.ts";
import { UserError } from "./failure.ts";
import type { Interrupts } from "./interrupts.ts";
import { lightFetch, type LightInit } from "./light-fetch.ts";
import type { Output } from "./output/output.ts";
import type { Settings } from "./settings/settings.ts";

type Parts = {
  argv: readonly string[];
  env: NodeJS.ProcessEnv;
  cwd: string;
  version: string;
  flags: SharedFlags;
  output: Output;
  settings: Settings;
  interrupts: Interrupts;
};

/** What a command works with: where it stands, what is configured, whom it speaks to and for whom. */
export class Context {
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly version: string;
  readonly output: Output;
  readonly settings: Settings;
  readonly interrupts: Interrupts;
  readonly #flags: SharedFlags;

  constructor(parts: Parts) {
    this.argv = parts.argv;
    this.env = parts.env;
    this.cwd = parts.cwd;
    this.version = parts.version;
    this.output = parts.output;
    this.settings = parts.settings;
    this.interrupts = parts.interrupts;
    this.#flags = parts.flags;
  }

  /** Ends what is under way when the person presses Ctrl-C. */
  get signal(): AbortSignal {
    return this.interrupts.signal;
  }

  now(): number {
    return Date.now();
  }

  /** The agent that is meant: the one that was named, or the configured one. */
  agentId(named?: string): string {
    const agentId = named ?? this.settings.agentId?.value;
    if (agentId !== undefined) return agentId;
    throw new UserError(
      "Which agent?",
      "Name it (behalf agents list shows them), or set one: behalf config set agent-id agent_…",
    );
  }

  /** A client that acts for the person who has signed in, or for the developer token in the environment. */
  async person(): Promise<BehalfID> {
    return this.#client(await this.personCredentials());
  }

  /** A client with the agent's own key. */
  async agent(): Promise<BehalfID> {
    return this.#client(await this.#agentCredentials());
  }

  /** Asks for decisions with the agent's own key. */
  async asker(): Promise<Asker> {
    const transport = this.transport(await this.#agentCredentials());
    return newAsker(transport);
  }

  /** A client with whichever credential there is: the person's goes first, unless a key was given by flag. */
  async either(): Promise<BehalfID> {
    return this.#client(await this.eitherCredentials());
  }

  async eitherCredentials(): Promise<BehalfOptions> {
    const { settings } = this;
    const hasPerson = settings.developerToken !== undefined || settings.hasSession;
    if (hasPerson && this.#flags.apiKey === undefined) return this.personCredentials();
    if ((await settings.apiKey()) !== undefined) return this.#agentCredentials();
    throw new UserError(
      `Nobody is signed in at ${settings.baseUrl.value}, and no agent key is set.`,
      "Sign in: behalf login",
    );
  }

  async personCredentials(): Promise<BehalfOptions> {
    const { developerToken, baseUrl } = this.settings;
    if (developerToken !== undefined) return { developerToken };
    const session = await this.settings.session();
    if (session === "locked") throw lockedKeychain("session");
    if (session !== undefined) return { session: session.secret };
    throw new UserError(`You are not signed in at ${baseUrl.value}.`, "Sign in: behalf login");
  }

  /** Sends calls that are not among what programs do with the SDK, and those that must be quick. */
  transport(credentials: BehalfOptions = {}): Transport {
    return new Transport(settingsOf(this.#options(credentials)));
  }

  async #agentCredentials(): Promise<BehalfOptions> {
    const key = await this.settings.apiKey();
    if (key === "locked") throw lockedKeychain("API key");
    if (key === undefined)
      throw new UserError(
        "No agent key is set.",
        "Set it: behalf config set api-key bhf_sk_…  (or BEHALFID_API_KEY in the environment)",
      );
    if (!isAgentKey(key.value))
      throw new UserError(
        "The API key is not whole: an agent key is bhf_sk_ and 43 more characters.",
        "Set it again: behalf config set api-key bhf_sk_…  or make a new one: behalf agents rotate-key --save",
      );
    return { apiKey: key.value };
  }

  async #client(credentials: BehalfOptions): Promise<BehalfID> {
    const { newClient } = await import("./clients.ts");
    return newClient(this.#options(credentials));
  }

  #options(credentials: BehalfOptions): BehalfOptions {
    const { baseUrl, timeoutMs, allowsInsecureHttp } = this.settings;
    return {
      ...credentials,
      baseUrl: baseUrl.value,
      timeoutMs,
      allowInsecureHttp: allowsInsecureHttp,
      fetch: (input, init) => this.#fetch(input as string, init as LightInit),
    };
  }

  async #fetch(url: string, init: LightInit): Promise<Response> {
    const progress = this.output.progress(`Waiting for ${new URL(url).host}`);
    try {
      return await lightFetch(url, init);
    } finally {
      progress.stop();
    }
  }
}

function lockedKeychain(what: string): UserError {
  return new UserError(
    `The ${what} is in the system's keychain, which did not give it.`,
    "Unlock the keychain and try again, or keep secrets in a file: BEHALFID_KEYCHAIN=off behalf login",
  );
}
