import { accountIdSchema, type AccountId } from "../contract/ids.ts";
import type { Feed } from "./feed.ts";

/** The one feed of this account. Its name is the account's id, so that nobody reaches another one's. */
export function feedOf(
  namespace: DurableObjectNamespace<Feed>,
  accountId: AccountId,
): DurableObjectStub<Feed> {
  return namespace.getByName(accountIdSchema.parse(accountId));
}
