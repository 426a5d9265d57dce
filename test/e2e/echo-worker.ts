/** Stands behind the site's function in a test of it: says what arrived, and answers in every way there is. */
export const echoWorker = `
export default {
  async fetch(request) {
    const url = new URL(request.url);
    if (request.headers.get("Upgrade") === "websocket") {
      const [client, server] = Object.values(new WebSocketPair());
      server.accept();
      server.addEventListener("message", ({ data }) => server.send("echo " + data));
      server.addEventListener("close", ({ code }) => server.close(code));
      return new Response(null, { status: 101, webSocket: client });
    }
    if (url.pathname === "/api/held") {
      await new Promise((done) => setTimeout(done, Number(url.searchParams.get("ms"))));
      return new Response("held");
    }
    if (url.pathname === "/api/stream") {
      const { readable, writable } = new TransformStream();
      const writer = writable.getWriter();
      const encoder = new TextEncoder();
      (async () => {
        for (let line = 0; line < 4; line++) {
          await writer.write(encoder.encode("line " + line + "\\n"));
          await new Promise((done) => setTimeout(done, 300));
        }
        await writer.close();
      })();
      return new Response(readable, { headers: { "Content-Type": "text/csv", "Content-Disposition": "attachment" } });
    }
    if (url.pathname === "/api/cookies") {
      const headers = new Headers([["Set-Cookie", "a=1; HttpOnly"], ["Set-Cookie", "b=2; Path=/"]]);
      return new Response(null, { status: 204, headers });
    }
    const arrived = {
      method: request.method,
      path: url.pathname + url.search,
      headers: Object.fromEntries(request.headers),
      body: await request.text(),
    };
    const status = Number(url.searchParams.get("status") ?? 200);
    return Response.json(arrived, { status, headers: { "X-Request-Id": "req_1", "Retry-After": "7" } });
  },
};
`;
