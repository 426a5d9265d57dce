import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import * as schema from "./schema.ts";

export type Database = DrizzleD1Database<typeof schema>;

/** D1 through drizzle. Cheap to make; holds no connection. */
export function database(db: D1Database): Database {
  return drizzle(db, { schema });
}
