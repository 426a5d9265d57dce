import { text } from "drizzle-orm/sqlite-core";
import type { AccountId } from "../contract/ids.ts";
import { accounts } from "./people-schema.ts";

/** The column that says whose a row is. The rows of an account go with it. */
export const accountId = () =>
  text("account_id")
    .$type<AccountId>()
    .notNull()
    .references(() => accounts.id, { onDelete: "cascade" });
