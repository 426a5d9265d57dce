import { agentKeyOf, agentOf } from "./api/agent-key.ts";
import { readJson } from "./api/body.ts";
import type { App, AppContext } from "./api/context.ts";
import { isForThisMachine, isLocalSite, isOurOrigin } from "./api/people/site.ts";
import { withinLoad } from "./api/overload.ts";
import { invalidRequest, Problem } from "./api/problem.ts";

const path = "/mcp";
const maxMessages = 20;

/**
 * The tools of `behalf mcp start` over HTTP, for agents with nothing installed. A tool asks this same app, so that it
 * gets what every other caller of the API gets: the same keys, limits, record and refusals.
 */
export function mountMcp(app: App): void {
  app.post(path, async (c) => {
    refuseOtherSites(c);
    const agentId = await withinLoad(c, "VERIFY_FAILED_CLOSED", () => callingAgent(c));
    const body = await readJson(c.req.raw);
    if (Array.isArray(body) && body.length > maxMessages)
      throw invalidRequest([{ field: "body", rule: `must hold at most ${maxMessages} messages` }]);
    // Not before somebody asks: a verify must not pay for it.
    const [{ answerOverHttp }, { default: document }] = await Promise.all([
      import("./mcp/answer-over-http.ts"),
      import("./api/openapi.json", { with: { type: "json" } }),
    ]);
    const address = c.req.header("CF-Connecting-IP");
    return answerOverHttp(c.req.raw, body, {
      version: document.info.version,
      agentId,
      apiKey: agentKeyOf(c.req.raw),
      baseUrl: new URL(c.env.PUBLIC_URL).origin,
      fetch: async (input, init) => {
        const request = new Request(input, init);
        if (address !== undefined) request.headers.set("CF-Connecting-IP", address);
        return app.fetch(request, c.env, c.executionCtx);
      },
    });
  });
  // No stream to open and no session to end.
  app.all(path, () => {
    throw new Problem("METHOD_NOT_ALLOWED", { headers: { Allow: "POST" } });
  });
}

/** The agent whose key this is. Where that cannot be found out, nothing is decided and nothing is allowed. */
async function callingAgent(c: AppContext): Promise<string> {
  try {
    return (await agentOf(c)).agentId;
  } catch (error) {
    throw error instanceof Problem ? error : new Problem("VERIFY_FAILED_CLOSED", { cause: error });
  }
}

/**
 * Against DNS rebinding: a page whose name was made to point at this machine is still asked for under its own name.
 * Elsewhere the network in front only passes on names that are this site's.
 */
function refuseOtherSites({ env, req }: AppContext): void {
  const origin = req.header("Origin");
  const isOurs = origin === undefined || isOurOrigin(env, origin);
  const isHere = !isLocalSite(env) || isForThisMachine(req.raw);
  if (isOurs && isHere) return;
  throw new Problem("INVALID_ORIGIN", {
    detail: "Pages of other sites may not call this.",
    hint: "Call it from a program, at this site's own address.",
  });
}
