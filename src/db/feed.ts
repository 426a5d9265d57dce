import type { AccountId, UserId } from "../contract/ids.ts";
import { mayDo } from "../contract/people.ts";
import { readRoles } from "./people.ts";

/** Who watches an account's feed, and by what: the id of a session or of a developer token. */
export type Watcher = { userId: UserId; via: "session" | "token"; credentialId: string };

/** How long an account counts as watched after it was last found to be, in milliseconds. */
export const watchedMs = 5 * 60_000;

// Without a credential that lives, a membership and its roles, nobody watches.
const living = `
  SELECT 'session' AS via, s.id, s.user_id AS userId, m.role FROM sessions s
    JOIN members m ON m.account_id = s.active_account_id AND m.user_id = s.user_id
    WHERE s.id IN (SELECT value FROM json_each(?2)) AND s.active_account_id = ?1 AND s.expires_at > ?4
  UNION ALL
  SELECT 'token', t.id, t.user_id, m.role FROM developer_tokens t
    JOIN members m ON m.account_id = t.account_id AND m.user_id = t.user_id
    WHERE t.id IN (SELECT value FROM json_each(?3)) AND t.account_id = ?1`;

type Row = { via: Watcher["via"]; id: string; userId: UserId; role: string };

/** One text for one watcher. */
export function watcherKey({ via, credentialId, userId }: Watcher): string {
  return `${via} ${credentialId} ${userId}`;
}

/**
 * Which of these may still read the account, as their keys; and notes that the account is watched, once in a
 * while. One trip.
 */
export async function livingWatchers(
  d1: D1Database,
  accountId: AccountId,
  watchers: readonly Watcher[],
  now: number,
): Promise<Set<string>> {
  const idsBy = (via: Watcher["via"]) =>
    JSON.stringify(watchers.filter((each) => each.via === via).map(({ credentialId }) => credentialId));
  const [found] = await d1.batch<Row>([
    d1.prepare(living).bind(accountId, idsBy("session"), idsBy("token"), now),
    d1
      .prepare("UPDATE accounts SET watched_until = ?2 WHERE id = ?1 AND watched_until < ?3")
      .bind(accountId, now + watchedMs, now + watchedMs / 2),
  ]);
  const readers = (found?.results ?? []).filter(({ role }) => mayDo(readRoles(role), "read"));
  return new Set(readers.map(({ via, id, userId }) => watcherKey({ via, credentialId: id, userId })));
}

/** Notes that nobody watches the account. */
export async function unwatch(d1: D1Database, accountId: AccountId): Promise<void> {
  await d1.prepare("UPDATE accounts SET watched_until = 0 WHERE id = ?1").bind(accountId).run();
}
