import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Seen = {
  method: string;
  url: string;
  headers: IncomingMessage["headers"];
  body: string;
  at: number;
};

export type Answer = (response: ServerResponse, seen: Seen) => void;

/**
 * A real HTTP server on a free port of this machine that gives one answer after the other and then the last one
 * for ever, and keeps what it was asked.
 */
export async function scriptedServer(...answers: Answer[]) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      const one = { method, url, headers, body: Buffer.concat(chunks).toString(), at: performance.now() };
      const answer = answers[Math.min(seen.length, answers.length - 1)];
      seen.push(one);
      answer?.(response, one);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return text(status, JSON.stringify(body), { "content-type": "application/json", ...headers });
}

export function text(status: number, body: string, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(status, headers).end(body);
  };
}

export function problem(status: number, code: string, headers: Record<string, string> = {}): Answer {
  const body = { type: "about:blank", title: "A problem", status, code, requestId: "req_problem" };
  const sentence = `The sentence of ${code}.`;
  return json(
    status,
    { ...body, detail: sentence, error: sentence, hint: "The hint." },
    { "content-type": "application/problem+json", ...headers },
  );
}

/** Takes the request and ends the connection without an answer. */
export const drop: Answer = (response) => {
  response.socket?.destroy();
};

/** Takes the request and never answers. */
export const hang: Answer = () => {};

/** A function that keeps what it is called with. Not a mock, whose memory any test that ends would empty. */
export function recorder() {
  const ran: unknown[] = [];
  return { ran, run: (argument: unknown) => void ran.push(argument) };
}

export const allowed = {
  requestId: "req_allowed0000000000",
  allowed: true,
  approvalRequired: false,
  reason: "Action allowed by active permission.",
  risk: "low",
  reasonCode: "allowed",
  permissionId: "perm_1",
  nextAction: "proceed",
};

export const denied = {
  requestId: "req_denied00000000000",
  allowed: false,
  approvalRequired: false,
  reason: "No active permission exists for this action.",
  risk: "high",
  reasonCode: "no_permission",
  nextAction: "stop",
};

export const approvalRequired = {
  requestId: "req_held0000000000000",
  allowed: false,
  approvalRequired: true,
  approvalId: "apr_1",
  reason: "Permission requires approval before execution.",
  risk: "medium",
  reasonCode: "requires_approval",
  permissionId: "perm_1",
  approvalUrl: "https://behalf.example/dashboard/approvals/apr_1",
  expiresAt: "2030-01-31T12:00:00.000Z",
  nextAction: "await_approval",
};

export const approval = {
  approvalId: "apr_1",
  status: "pending",
  requestId: approvalRequired.requestId,
  permissionId: "perm_1",
  action: "deploy_production",
  vendor: "vercel.com",
  amount: null,
  createdAt: "2030-01-30T12:00:00.000Z",
  expiresAt: "2030-01-31T12:00:00.000Z",
  decidedAt: null,
  grantExpiresAt: null,
  usedAt: null,
  comment: null,
  approvalUrl: approvalRequired.approvalUrl,
};
