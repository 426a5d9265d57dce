import { Hono } from "hono";
import { newRequestId } from "../crypto/ids.ts";
import { Admission, type Bounds } from "./admission.ts";
import { readClock } from "./clock.ts";
import type { App, AppEnv } from "./context.ts";
import { honoPath } from "./operation.ts";
import { isolateBounds } from "./overload.ts";
import { Problem, problemResponse } from "./problem.ts";
import { report } from "./report.ts";
import { routes } from "./routes.ts";

/** The API: every route, and what holds for all of them. */
export function createApp(bounds: Bounds = isolateBounds): App {
  const app = new Hono<AppEnv>();
  const admission = new Admission(bounds);
  app.use(async (c, next) => {
    c.set("admission", admission);
    const now = readClock();
    c.set("now", now);
    c.set("requestId", newRequestId(now));
    await next();
    c.res.headers.set("X-Request-Id", c.get("requestId"));
    c.res.headers.set("X-Content-Type-Options", "nosniff");
    if (!c.res.headers.has("Cache-Control")) c.res.headers.set("Cache-Control", "no-store");
  });
  for (const { serve } of routes) serve(app);
  refuseOtherMethods(app);
  app.notFound((c) => problemResponse(new Problem("NOT_FOUND"), c.get("requestId")));
  app.onError((error, c) => {
    const problem = error instanceof Problem ? error : new Problem("INTERNAL_ERROR", { cause: error });
    if (problem.status >= 500 && !problem.isReported) report(problem, c.get("requestId"));
    return problemResponse(problem, c.get("requestId"));
  });
  return app;
}

function refuseOtherMethods(app: App): void {
  const methods = new Map<string, string[]>();
  for (const { operation } of routes) {
    const known = methods.get(operation.path) ?? [];
    methods.set(operation.path, [...known, operation.method.toUpperCase()]);
  }
  for (const [path, allowed] of methods)
    app.all(honoPath(path), () => {
      throw new Problem("METHOD_NOT_ALLOWED", { headers: { Allow: allowed.join(", ") } });
    });
}
