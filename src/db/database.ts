import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import * as schema from "./schema.ts";

export type Database = DrizzleD1Database<typeof schema>;

/** D1 through drizzle. Cheap to make; holds no connection. */
export function database(db: D1Database): Database {
  return drizzle(db, { schema });
}

/** In SQL, the values of the JSON list that is bound first. D1 takes at most 100 bound values in a statement. */
export const given = "(SELECT value FROM json_each(?1))";
