import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** Everything that a local instance keeps. Deleting the folder is how one starts over. */
export type LocalState = {
  folder: string;
  /** What workerd persists: D1, Durable Objects, queues. */
  data: string;
  secretsFile: string;
  logs: string;
};

export const secretNames = ["BETTER_AUTH_SECRET", "SEALING_KEY"];

/** Where the state is that a folder's name stands for. */
export function stateIn(root: string, folderName: string): LocalState {
  const folder = resolve(root, folderName);
  return {
    folder,
    data: join(folder, "data"),
    secretsFile: join(folder, "local.env"),
    logs: join(folder, "logs"),
  };
}

/** Makes what is missing of a state. For the instance alone that holds it. */
export function openState({ data, logs, secretsFile }: LocalState): void {
  for (const path of [data, logs]) mkdirSync(path, { recursive: true, mode: 0o700 });
  keepSecrets(secretsFile);
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
