import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Miniflare } from "miniflare";

// As `wrangler d1 migrations apply` keeps it, so that either can go on where the other stopped.
const record =
  "CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, " +
  "applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)";

/** The names of the migrations in a folder, in their order. */
export function migrationNames(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .toSorted();
}

/**
 * Brings the database bound as DB up to date, and answers what that took. Each migration is applied wholly or not at
 * all.
 */
export async function migrate(miniflare: Miniflare, folder: string): Promise<string[]> {
  const db = await miniflare.getD1Database("DB");
  await db.prepare(record).run();
  const { results } = await db.prepare("SELECT name FROM d1_migrations").all<{ name: string }>();
  const applied = new Set(results.map(({ name }) => name));
  const missing = migrationNames(folder).filter((name) => !applied.has(name));
  for (const name of missing) {
    const statements = readFileSync(join(folder, name), "utf8").split("--> statement-breakpoint");
    await db.batch([
      ...statements.map((statement) => db.prepare(statement)),
      db.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(name),
    ]);
  }
  return missing;
}
