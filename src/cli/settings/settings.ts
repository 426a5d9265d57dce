import { homedir } from "node:os";
import { join } from "node:path";
import { defaultBaseUrl } from "../../sdk/options.ts";
import type { SharedFlags } from "../command.ts";
import { readEntries, writeEntries } from "./private-file.ts";
import { Secrets, type Place } from "./secrets.ts";

/** What can be configured, as it is typed. */
export const settingNames = ["agent-id", "api-key", "base-url"] as const;
export type SettingName = (typeof settingNames)[number];

export type Source = "flag" | "environment" | "config" | "default";
export type Setting = { value: string; source: Source };

const variables: Record<SettingName, string> = {
  "agent-id": "BEHALFID_AGENT_ID",
  "api-key": "BEHALFID_API_KEY",
  "base-url": "BEHALFID_BASE_URL",
};

/**
 * What holds for this command: a flag goes before the environment, the environment before what is configured. A
 * variable that is set to nothing counts as not set.
 */
export class Settings {
  readonly folder: string;
  readonly configFile: string;
  readonly secrets: Secrets;
  readonly #env: NodeJS.ProcessEnv;
  readonly #flags: SharedFlags;

  /** `program` is the file that this process was started with. */
  constructor(env: NodeJS.ProcessEnv, flags: SharedFlags, program: string) {
    this.folder = env["BEHALFID_HOME"] || join(homedir(), ".behalf");
    this.configFile = join(this.folder, "config.json");
    this.secrets = new Secrets(join(this.folder, "credentials.json"), env, program);
    this.#env = env;
    this.#flags = flags;
  }

  get baseUrl(): Setting {
    return this.#plain("base-url", this.#flags.baseUrl) ?? { value: defaultBaseUrl, source: "default" };
  }

  get agentId(): Setting | undefined {
    return this.#plain("agent-id", this.#flags.agentId);
  }

  async apiKey(): Promise<Setting | "locked" | undefined> {
    const outside = this.#outside("api-key", this.#flags.apiKey);
    if (outside !== undefined) return outside;
    const kept = await this.secrets.read("api-key");
    return typeof kept === "object" ? { value: kept.secret, source: "config" } : kept;
  }

  /** Whether the key came by flag and so is known to nothing that runs later. */
  get keyIsForThisCommand(): boolean {
    return this.#flags.apiKey !== undefined;
  }

  get developerToken(): string | undefined {
    return this.#env["BEHALFID_DEVELOPER_TOKEN"] || undefined;
  }

  get hasSession(): boolean {
    return this.secrets.placeOf(this.#sessionName) !== undefined;
  }

  /** The session at the address that this command talks to. It is sent to no other. */
  session(): Promise<{ secret: string } | "locked" | undefined> {
    return this.secrets.read(this.#sessionName);
  }

  writeSession(value: string): Promise<Place> {
    return this.secrets.write(this.#sessionName, value);
  }

  removeSession(): Promise<void> {
    return this.secrets.remove(this.#sessionName);
  }

  get allowsInsecureHttp(): boolean {
    return this.#env["BEHALFID_ALLOW_INSECURE_HTTP"] === "1";
  }

  get timeoutMs(): number | undefined {
    return this.#flags.timeout === undefined ? undefined : this.#flags.timeout * 1000;
  }

  /** Keeps a setting. Where it is kept. */
  async set(name: SettingName, value: string): Promise<Place> {
    if (name === "api-key") return this.secrets.write(name, value);
    writeEntries(this.configFile, { ...readEntries(this.configFile), [name]: value });
    return "file";
  }

  /**
   * Keeps an address that this command was given, where none was chosen before it. A key that is there belongs to the
   * address that it was made at: signing in elsewhere must not lead it there. Whether the address is kept.
   */
  async adoptBaseUrl(value: string): Promise<boolean> {
    const isChosen = this.#plain("base-url", undefined) !== undefined;
    const hasKey = this.#outside("api-key", undefined) ?? this.secrets.placeOf("api-key");
    if (this.#flags.baseUrl === undefined || isChosen || hasKey !== undefined) return false;
    await this.set("base-url", value);
    return true;
  }

  async clear(name: SettingName): Promise<void> {
    if (name === "api-key") return this.secrets.remove(name);
    const { [name]: gone, ...others } = readEntries(this.configFile);
    if (gone !== undefined) writeEntries(this.configFile, others);
  }

  #plain(name: SettingName, flag: string | undefined): Setting | undefined {
    const outside = this.#outside(name, flag);
    if (outside !== undefined) return outside;
    const value = readEntries(this.configFile)[name];
    return value === undefined ? undefined : { value, source: "config" };
  }

  #outside(name: SettingName, flag: string | undefined): Setting | undefined {
    if (flag !== undefined) return { value: flag, source: "flag" };
    const value = this.#env[variables[name]];
    return value ? { value, source: "environment" } : undefined;
  }

  get #sessionName(): string {
    const { value } = this.baseUrl;
    return `session ${URL.canParse(value) ? new URL(value).origin : value}`;
  }
}
