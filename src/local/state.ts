import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { migrationNames } from "./migrations.ts";

/** Everything that a local instance keeps. Deleting the folder is how one starts over. */
export type LocalState = {
  folder: string;
  /** What workerd persists: D1, Durable Objects, queues. */
  data: string;
  /** How local Workers find each other; of its own, so that instances side by side do not mix. */
  registry: string;
  secretsFile: string;
  logs: string;
};

export const secretNames = ["BETTER_AUTH_SECRET", "SEALING_KEY"];

export function openState(root: string, folderName: string): LocalState {
  const folder = resolve(root, folderName);
  const state = {
    folder,
    data: join(folder, "data"),
    registry: join(folder, "registry"),
    secretsFile: join(folder, "local.env"),
    logs: join(folder, "logs"),
  };
  for (const path of [folder, state.data, state.registry, state.logs]) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  }
  keepSecrets(state.secretsFile);
  return state;
}

// A secret that is there stays: what was sealed with it must remain readable.
function keepSecrets(file: string): void {
  const kept = existsSync(file) ? readFileSync(file, "utf8") : "";
  const missing = secretNames.filter((name) => !new RegExp(`^${name}=.`, "m").test(kept));
  if (missing.length > 0) {
    const added = missing.map((name) => `${name}=${randomBytes(32).toString("base64")}\n`);
    const lineEnd = kept === "" || kept.endsWith("\n") ? "" : "\n";
    writeFileSync(file, kept + lineEnd + added.join(""), { mode: 0o600 });
  }
  chmodSync(file, 0o600);
}

/**
 * Forgets where the Workers of an instance that was killed could be found. The site would ask there for the API, and
 * wait for an answer that does not come.
 */
export function forgetNeighbours({ registry }: LocalState): void {
  for (const name of readdirSync(registry)) rmSync(join(registry, name), { recursive: true, force: true });
}

/** Whether this state's database has had all of the migrations. */
export function hasMigrations(state: LocalState, migrations: string): boolean {
  const applied = join(state.folder, "migrations.applied");
  return existsSync(applied) && readFileSync(applied, "utf8") === listOf(migrations);
}

export function rememberMigrations(state: LocalState, migrations: string): void {
  writeFileSync(join(state.folder, "migrations.applied"), listOf(migrations));
}

const listOf = (migrations: string) =>
  migrationNames(migrations)
    .map((name) => `${name}\n`)
    .join("");
