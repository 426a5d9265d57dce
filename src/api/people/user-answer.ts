import type { AccountId, UserId } from "../../contract/ids.ts";
import { userById } from "../../db/people.ts";
import type { AppContext } from "../context.ts";
import { Problem } from "../problem.ts";

/** The body that tells someone who they are. */
export async function userAnswer(
  c: AppContext,
  userId: UserId,
  accountId: AccountId | undefined,
  more: Record<string, unknown> = {},
): Promise<Response> {
  const user = await userById(c.env.DB, userId, accountId);
  if (user === undefined) throw new Problem("AUTH_REQUIRED");
  return c.json({ user, ...more });
}
