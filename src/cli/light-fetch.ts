import type { IncomingMessage } from "node:http";

export type LightInit = {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  signal?: AbortSignal | null;
};

/**
 * What the SDK needs of `fetch`, on Node's own HTTP client. The first use of the built-in one loads a library that costs
 * more time than everything else that a command does. Follows no redirect, and sends nothing but what it is given.
 */
export async function lightFetch(url: string, init: LightInit = {}): Promise<Response> {
  const { method = "GET", headers = {}, body, signal } = init;
  const { request } = await (url.startsWith("https:") ? import("node:https") : import("node:http"));
  const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
  return new Promise((done, fail) => {
    const sent = request(url, {
      method,
      headers: { "user-agent": "behalf-cli", ...headers, ...length },
      ...(signal ? { signal } : {}),
    });
    sent.once("error", fail);
    sent.once("response", (answer) => done(responseOf(answer)));
    sent.end(body);
  });
}

// The part of a Response that the SDK reads. A real one would load the library after all.
function responseOf(answer: IncomingMessage): Response {
  const status = answer.statusCode ?? 0;
  const response = {
    status,
    ok: status >= 200 && status < 300,
    redirected: false,
    type: "default",
    headers: {
      get: (name: string) => answer.headersDistinct[name]?.join(", ") ?? null,
      getSetCookie: () => answer.headersDistinct["set-cookie"] ?? [],
    },
    body: bodyOf(answer),
  };
  return response as unknown as Response;
}

// A body as the web has them would load another library. This is read by a reader, or chunk by chunk.
function bodyOf(answer: IncomingMessage): unknown {
  const cancel = async () => void answer.destroy();
  const chunks = () => answer[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  return {
    cancel,
    getReader: () => {
      const reading = chunks();
      return { read: () => reading.next(), cancel };
    },
    [Symbol.asyncIterator]: chunks,
  };
}
