import type { Context, Hono } from "hono";
import type { RequestId } from "../contract/ids.ts";

export type AppEnv = {
  Bindings: Env;
  Variables: {
    requestId: RequestId;
    /** The moment of this request in epoch milliseconds: the only reading of the clock for it. */
    now: number;
  };
};
export type App = Hono<AppEnv>;
export type AppContext = Context<AppEnv>;
