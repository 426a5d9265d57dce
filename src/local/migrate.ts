// Brings a local instance's database up to date: node src/local/migrate.ts DATA. wrangler's own command starts the
// runtime anew for every migration, which is most of what a first start would take.

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { migrate } from "./migrations.ts";

const root = resolve(import.meta.dirname, "../..");
const [data = ""] = process.argv.slice(2);
const [, databaseId] =
  /^database_id = "([^"]+)"$/m.exec(readFileSync(join(root, "wrangler.toml"), "utf8")) ?? [];
if (databaseId === undefined) throw new Error("wrangler.toml names no database_id.");

// The database that wrangler finds under this id in this folder.
const miniflare = new Miniflare(
  convertV4MiniflareOptions({
    resourcePersistencePath: join(data, "v3"),
    modules: true,
    script: "export default {}",
    cf: false,
    d1Databases: { DB: databaseId },
  }),
);
try {
  for (const name of await migrate(miniflare, join(root, "migrations"))) console.log(`Applied ${name}.`);
} finally {
  await miniflare.dispose();
}
