type Bindings = { API: Fetcher };

/** Hands everything under /api, and /mcp, to the Worker as it came: bodies, streams, held answers and WebSockets. */
export const onRequest: PagesFunction<Bindings> = async ({ request, env }) => {
  try {
    return await env.API.fetch(request);
  } catch {
    return unavailable(new URL(request.url).pathname);
  }
};

// The Worker could not answer, so no decision was made: whoever asked for one must not act.
function unavailable(pathname: string): Response {
  const isVerify = /^\/(?:api\/verify|mcp)(?:\/|$)/.test(pathname);
  const code = isVerify ? "VERIFY_FAILED_CLOSED" : "UNAVAILABLE";
  const sentence = isVerify ? "Verification failed closed." : "This cannot be answered right now.";
  const body = {
    type: `https://behalfid.com/problems/${code.toLowerCase().replaceAll("_", "-")}`,
    title: isVerify ? "Verification failed closed" : "Unavailable",
    status: 503,
    detail: sentence,
    requestId: "",
    error: sentence,
    code,
    hint: isVerify ? "Do not execute the action. Try again in a moment." : "Try again in a moment.",
  };
  return new Response(JSON.stringify(body), {
    status: 503,
    headers: { "Content-Type": "application/problem+json", "Cache-Control": "no-store", "Retry-After": "1" },
  });
}
