import { zValidator } from "@hono/zod-validator";
import type { MiddlewareHandler } from "hono";
import type * as z from "zod";
import type { RequestId } from "../contract/ids.ts";
import type { Capability } from "../contract/people.ts";
import type { ProblemCode } from "../contract/problem.ts";
import { agentKeyOf, agentOf, type AgentPrincipal } from "./agent-key.ts";
import { check, fieldErrors, jsonIn, parse, readBytes } from "./body.ts";
import type { App, AppContext, AppEnv } from "./context.ts";
import { passportTokenOf } from "./passport-token.ts";
import {
  type Person,
  personOf,
  requireCapability,
  requireSession,
  requireViaSession,
  type SignedIn,
} from "./people/person.ts";
import { readClock } from "./clock.ts";
import { type OverloadCode, refuseOverload, withinLoad } from "./overload.ts";
import { invalidRequest, Problem } from "./problem.ts";

type Method = "get" | "post" | "put" | "patch" | "delete";

/**
 * Who may call. `person`: a session or a developer token of someone whose roles hold the capability; with `via`,
 * no token, which must not make more credentials or people than it is itself, nor put people out. `session`: who
 * has signed in, a member or not, and no token. `agent`: a living agent key. `own`: the operation looks at the credential itself, and says how in its description.
 */
export type Access =
  | { kind: "none" }
  | { kind: "person"; capability: Capability; via?: "session" }
  | { kind: "session" }
  | { kind: "agent" }
  | { kind: "own"; scheme: "agentKey" | "passport" };

export type Answer = {
  description: string;
  schema?: z.ZodType;
  /** Media types and what they hold, where it is not (only) JSON. */
  content?: Record<string, string>;
};

/** An operation of the API as data: what is served, checked and documented comes from here. */
export type Operation = {
  method: Method;
  /** With parameters in braces, as OpenAPI writes them. */
  path: string;
  id: string;
  tag: string;
  summary: string;
  description?: string;
  access: Access;
  /**
   * What is answered at once while too many of these are under way. Left out where somebody must get through
   * whatever agents do: people and their verdicts, and those who only wait.
   */
  overload?: OverloadCode;
  params?: z.ZodObject;
  query?: z.ZodObject;
  headers?: z.ZodObject;
  body?: z.ZodType;
  answers: Record<number, Answer>;
  problems?: readonly ProblemCode[];
};

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

export type Call<O extends Operation> = {
  c: AppContext;
  env: Env;
  now: number;
  requestId: RequestId;
  params: Parsed<O["params"]>;
  query: Parsed<O["query"]>;
  body: Parsed<O["body"]>;
  person: O["access"] extends { kind: "person" } ? Person : undefined;
  session: O["access"] extends { kind: "session" } ? SignedIn : undefined;
  agent: O["access"] extends { kind: "agent" } ? AgentPrincipal : undefined;
};

/** An operation with what answers it. */
export type Route = { operation: Operation; serve: (app: App) => void };

/** A route: what it is, as data, and its handler, which is called once the caller and their input are known. */
export function route<const O extends Operation>(
  definition: O,
  handler: (call: Call<O>) => Promise<Response> | Response,
): Route {
  return { operation: definition, serve: (app) => serve(app, definition, handler) };
}

// Longer than a body of 64 KiB takes on a healthy line, and short enough for what it says to be of now.
const slowBodyMs = 1000;

// Whether there is room comes first, then who calls, then what they sent, then the handler.
function serve<O extends Operation>(
  app: App,
  definition: O,
  handler: (call: Call<O>) => Promise<Response> | Response,
): void {
  const principals = new WeakMap<AppContext, Principal>();
  const authenticate: MiddlewareHandler<AppEnv> = async (c, next) => {
    principals.set(c, await principalOf(c, definition.access));
    await next();
  };
  const { overload } = definition;
  const checks: MiddlewareHandler<AppEnv>[] = [];
  if (overload !== undefined) checks.push(room(overload, definition.body !== undefined));
  checks.push(authenticate);
  // An id that cannot be one is not found, like an id that nobody has.
  if (definition.params !== undefined)
    checks.push(
      zValidator("param", definition.params, (result) => {
        if (!result.success) throw new Problem("NOT_FOUND");
      }),
    );
  if (definition.query !== undefined)
    checks.push(
      zValidator(
        "query",
        definition.query,
        (result) => {
          if (!result.success) throw invalidRequest(fieldErrors(result.error));
        },
        { validationFunction: check },
      ),
    );
  app.on(definition.method, [honoPath(definition.path)], ...checks, async (c) => {
    const valid = (target: "param" | "query") => c.req.valid(target as never) as unknown;
    const answer = async (body: unknown) =>
      handler({
        c,
        env: c.env,
        now: c.get("now"),
        requestId: c.get("requestId"),
        params: definition.params === undefined ? undefined : valid("param"),
        query: definition.query === undefined ? undefined : valid("query"),
        body,
        ...principals.get(c),
      } as Call<O>);
    const { body: schema } = definition;
    if (schema === undefined) return answer(undefined);
    const bytes = await readBytes(c.req.raw);
    // Whoever sends a body for hours must not act on the time and by the rights with which they began it.
    const arrivedAt = readClock();
    if (Math.abs(arrivedAt - c.get("now")) > slowBodyMs) {
      c.set("now", arrivedAt);
      principals.set(c, await principalOf(c, definition.access));
    }
    const parsed = async () => answer(parse(schema, jsonIn(c.req.raw, bytes)));
    return overload === undefined ? parsed() : withinLoad(c, overload, parsed);
  });
}

// A body is waited for outside: who sends one slowly, or never, would keep a place without being any work.
function room(overload: OverloadCode, hasBody: boolean): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    if (!hasBody) return withinLoad(c, overload, next);
    refuseOverload(c, overload);
    return next();
  };
}

type Principal = { person?: Person; session?: SignedIn; agent?: AgentPrincipal };

async function principalOf(c: AppContext, access: Access): Promise<Principal> {
  switch (access.kind) {
    case "person": {
      const person = await personOf(c);
      requireCapability(person, access.capability);
      if (access.via === "session") requireViaSession(person);
      return { person };
    }
    case "session":
      return { session: await requireSession(c) };
    case "agent":
      return { agent: await agentOf(c) };
    case "own":
      // Only its form: what it opens is looked up together with what the operation needs.
      if (access.scheme === "agentKey") agentKeyOf(c.req.raw);
      if (access.scheme === "passport") passportTokenOf(c.req.raw);
      return {};
    case "none":
      return {};
  }
}

/** Hono's spelling of a path: `/api/agents/{id}` is `/api/agents/:id`. */
export function honoPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ":$1");
}
