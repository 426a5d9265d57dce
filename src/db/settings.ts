import { eq } from "drizzle-orm";
import type { AccountId } from "../contract/ids.ts";
import type { Settings } from "../contract/people.ts";
import { database } from "./database.ts";
import { accounts } from "./people-schema.ts";

/** A change of settings; what is undefined stays as it is. */
export type SettingsChange = {
  [Name in keyof Omit<Settings, "accountId">]?: Settings[Name] | undefined;
};

/** The settings of an account. Undefined when there is no such account. */
export async function settingsOf(d1: D1Database, accountId: AccountId): Promise<Settings | undefined> {
  const [row] = await database(d1).select().from(accounts).where(eq(accounts.id, accountId));
  return row && settingsFacts(row);
}

/** Changes settings of an account and gives all of them. Undefined when there is no such account. */
export async function editSettings(
  d1: D1Database,
  accountId: AccountId,
  { name, denialMemorySeconds, pendingExpirySeconds }: SettingsChange,
): Promise<Settings | undefined> {
  const change = {
    ...(name === undefined ? {} : { name }),
    ...(denialMemorySeconds === undefined ? {} : { denialMemoryMs: denialMemorySeconds * 1000 }),
    ...(pendingExpirySeconds === undefined ? {} : { pendingExpiryMs: pendingExpirySeconds * 1000 }),
  };
  if (Object.keys(change).length === 0) return settingsOf(d1, accountId);
  const [row] = await database(d1).update(accounts).set(change).where(eq(accounts.id, accountId)).returning();
  return row && settingsFacts(row);
}

function settingsFacts(row: typeof accounts.$inferSelect): Settings {
  return {
    accountId: row.id,
    name: row.name,
    denialMemorySeconds: row.denialMemoryMs / 1000,
    pendingExpirySeconds: row.pendingExpiryMs / 1000,
  };
}
