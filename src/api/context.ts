import type { Context, Hono } from "hono";
import type { RequestId } from "../contract/ids.ts";
import type { Admission } from "./admission.ts";

export type AppEnv = {
  Bindings: Env;
  /** A verify reads them with `c.get`: `c.var` makes a new object of all of them each time. */
  Variables: {
    requestId: RequestId;
    /** The moment of this request in epoch milliseconds: the only reading of the clock for it. */
    now: number;
    /** What is under way in this isolate. */
    admission: Admission;
  };
};
export type App = Hono<AppEnv>;
export type AppContext = Context<AppEnv>;
