import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { migrationNames } from "../../src/local/migrations.ts";

const folder = join(import.meta.dirname, "../../migrations");
const migrations = migrationNames(folder).map((name) => readFileSync(join(folder, name), "utf8"));

type Rows = Map<string, Record<string, unknown>[]>;

// D1 keeps foreign keys on through a migration, so that a table which is made anew under another name and dropped takes
// everything with it that refers to it.
function apply(db: DatabaseSync, migration: string): void {
  db.exec(`PRAGMA foreign_keys = ON; BEGIN; ${migration}; COMMIT;`);
}

function tablesOf(db: DatabaseSync): string[] {
  const tables = db.prepare(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
  );
  return tables.all().map(({ name }) => String(name));
}

/** One row in every table. All texts are alike, so that whatever refers to something finds it. */
function fill(db: DatabaseSync): void {
  db.exec("PRAGMA foreign_keys = OFF");
  for (const table of tablesOf(db)) {
    // What is not hidden: generated columns are made of the others.
    const columns = db.prepare(`SELECT name, type FROM pragma_table_xinfo(?) WHERE hidden = 0`).all(table);
    const names = columns.map(({ name }) => `"${String(name)}"`).join(", ");
    const values = columns.map(({ type }) => (String(type).toLowerCase() === "text" ? `'{}'` : "1"));
    db.exec(`INSERT INTO "${table}" (${names}) VALUES (${values.join(", ")})`);
  }
}

function rowsOf(db: DatabaseSync): Rows {
  return new Map(tablesOf(db).map((table) => [table, db.prepare(`SELECT * FROM "${table}"`).all()]));
}

/** The tables of which something was there after the `earlier` migrations that the `later` ones lose or change. */
function lostIn(earlier: readonly string[], later: readonly string[]): string[] {
  const db = new DatabaseSync(":memory:");
  try {
    for (const migration of earlier) apply(db, migration);
    fill(db);
    const before = rowsOf(db);
    for (const migration of later) apply(db, migration);
    const after = rowsOf(db);
    const lost = [...before].flatMap(([table, rows]) => {
      const kept = after.get(table) ?? [];
      const isKept = rows.every((row) =>
        kept.some((each) => Object.entries(row).every(([k, v]) => each[k] === v)),
      );
      return isKept ? [] : [table];
    });
    const dangling = db.prepare("PRAGMA foreign_key_check").all();
    return [...lost, ...dangling.map(({ table }) => `${String(table)} refers to what is gone`)];
  } finally {
    db.close();
  }
}

describe("The migrations", () => {
  it.each(migrations.slice(1).map((_, index) => index + 1))(
    "after the first %i keep every row of a database that is in use",
    (count) => {
      expect(lostIn(migrations.slice(0, count), migrations.slice(count))).toEqual([]);
    },
  );

  it("would be found to lose what refers to a table that is made anew", () => {
    const anew = `
      CREATE TABLE renewed (id TEXT PRIMARY KEY, account_id TEXT NOT NULL);
      INSERT INTO renewed SELECT id, account_id FROM agents;
      DROP TABLE agents;
      ALTER TABLE renewed RENAME TO agents`;
    expect(lostIn(migrations, [anew])).toContain("agent_keys");
  });
});
