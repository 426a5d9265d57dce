import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { expect } from "vitest";
import { authOf } from "../../src/api/people/auth.ts";
import { sessionCookieValue } from "../../src/api/people/session-cookie.ts";
import type { InvitationId } from "../../src/contract/ids.ts";
import type { Role, User } from "../../src/contract/people.ts";
import { type Door, signUp } from "../../src/db/sign-up.ts";
import worker from "../../src/worker.ts";

export const site = env.PUBLIC_URL;
export const password = "correct horse battery staple";

/** How a request is sent. `origin` is our own unless it is said otherwise; null sends none. */
export type Sending = {
  body?: unknown;
  cookie?: string;
  token?: string;
  bearer?: string;
  origin?: string | null;
  address?: string;
  headers?: Record<string, string>;
  /** What the deployment is set up with, where it differs from the tests' own. */
  vars?: Partial<Env> & { SETUP_TOKEN?: string };
};

/** One request to the whole Worker. Every caller has an address of their own unless one is named. */
export async function send(
  method: string,
  path: string,
  { body, cookie, token, bearer, origin = site, address, headers, vars }: Sending = {},
): Promise<Response> {
  const request = new Request(`${site}${path}`, {
    method,
    headers: {
      "CF-Connecting-IP": address ?? `192.0.2.${crypto.randomUUID()}`,
      ...(origin === null ? {} : { Origin: origin }),
      ...(cookie === undefined ? {} : { Cookie: `behalfid_developer=${cookie}` }),
      ...(token === undefined ? {} : { "X-Developer-Token": token }),
      ...(bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` }),
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (vars === undefined) return exports.default.fetch(request);
  const ctx = createExecutionContext();
  const answer = await worker.fetch(request, { ...env, ...vars }, ctx);
  await waitOnExecutionContext(ctx);
  return answer;
}

/** The JSON of an answer that must have come with this status. */
export async function json<T>(coming: Promise<Response>, status = 200): Promise<T> {
  const answer = await coming;
  const text = await answer.text();
  if (answer.status !== status) throw new Error(`Not ${status} but ${answer.status}: ${text}`);
  return JSON.parse(text) as T;
}

/** The status and the problem's code of an answer, such as "403 FORBIDDEN"; only the status where it went well. */
export async function outcome(coming: Promise<Response>): Promise<string> {
  const answer = await coming;
  if (answer.ok) {
    await answer.body?.cancel();
    return String(answer.status);
  }
  const { code } = await answer.json<{ code: string }>();
  return `${answer.status} ${code}`;
}

/** The value that an answer sets the session cookie to. */
export function cookieOf(answer: Response): string {
  const [pair] = (answer.headers.get("Set-Cookie") ?? "").split(";");
  expect(pair).toMatch(/^behalfid_developer=./);
  return (pair ?? "").slice("behalfid_developer=".length);
}

export type Someone = { user: User; userId: string; accountId: string; cookie: string; email: string };

let people = 0;

export function newEmail(): string {
  people += 1;
  return `person-${people}@example.com`;
}

// Hashing it is most of the work of a sign-up, and most tests are about something else.
let passwordHash: Promise<string> | undefined;

/** As they are after signing up with `password`. */
async function signedUp(email: string, door: Door): Promise<Someone> {
  const auth = await authOf(env);
  passwordHash ??= auth.hashPassword(password);
  const person = { email, name: "", passwordHash: await passwordHash };
  const made = await signUp(env.DB, person, door, Date.now());
  if (!made.ok) throw new Error(`${email} cannot sign up: ${made.reason}.`);
  const { userId, accountId } = made;
  const { token } = await auth.startSession(userId, accountId, { ipAddress: "192.0.2.1", userAgent: "" });
  const cookie = await sessionCookieValue(env, token);
  const { user } = await json<{ user: User }>(send("GET", "/api/auth/me", { cookie }));
  return { user, userId, accountId, cookie, email };
}

/** Someone with a workspace of their own. */
export function newOwner(): Promise<Someone> {
  const email = newEmail();
  return signedUp(email, { kind: "open", workspace: `The workspace of ${email}` });
}

/** Someone who has joined the owner's workspace with these roles. */
export async function newMember(owner: Someone, ...roles: Role[]): Promise<Someone> {
  const email = newEmail();
  const { invitation } = await json<{ invitation: { invitationId: InvitationId } }>(
    send("POST", "/api/dashboard/invitations", { cookie: owner.cookie, body: { email, roles } }),
    201,
  );
  return signedUp(email, { kind: "invitation", invitationId: invitation.invitationId });
}

export type NewToken = { tokenId: string; token: string };

export function newToken({ cookie }: Someone, name = "laptop"): Promise<NewToken> {
  return json(send("POST", "/api/dashboard/tokens", { cookie, body: { name } }), 201);
}

/**
 * The tables in which one of these texts stands anywhere. Looked for where they are stored: what other tests left in
 * this database can be too much to read.
 */
export async function tablesHolding(...texts: string[]): Promise<string[]> {
  const { results: columns } = await env.DB.prepare(
    `SELECT t.name AS "table", c.name AS "column" FROM sqlite_master t JOIN pragma_table_info(t.name) c
      WHERE t.type = 'table' AND t.name NOT GLOB '_cf_*'`,
  ).all<{ table: string; column: string }>();
  expect(columns.length).toBeGreaterThan(50);
  const found = await env.DB.batch<{ isThere: number }>(
    columns.map(({ table, column }) =>
      env.DB.prepare(
        `SELECT EXISTS (SELECT 1 FROM "${table}" r JOIN json_each(?) s WHERE instr(CAST(r."${column}" AS TEXT), s.value))
          AS isThere`,
      ).bind(JSON.stringify(texts)),
    ),
  );
  return columns.filter((_, at) => found[at]?.results[0]?.isThere === 1).map(({ table }) => table);
}

/** Whether these credentials make anyone of the request. */
export function me(sending: Sending): Promise<string> {
  return outcome(send("GET", "/api/auth/me", sending));
}

/** Tries what only those may do who run the workspace. */
export function manage(sending: Sending): Promise<string> {
  const body = { pendingExpirySeconds: 3600 };
  return outcome(send("PATCH", "/api/dashboard/settings", { ...sending, body }));
}

export function login(email: string, word: string, sending: Sending = {}): Promise<Response> {
  return send("POST", "/api/auth/login", { ...sending, body: { email, password: word } });
}

/** Puts someone out of the workspace. */
export function remove({ cookie }: Someone, { userId }: Someone): Promise<string> {
  return outcome(send("DELETE", `/api/dashboard/members/${userId}`, { cookie }));
}

export const agentKey = `bhf_sk_${"a".repeat(43)}`;
