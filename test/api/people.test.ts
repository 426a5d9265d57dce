import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import type { Session, User } from "../../src/contract/people.ts";
import { sweepSignIns } from "../../src/db/people.ts";
import { countedEnv, noCounts } from "../support/counted-env.ts";
import { withinAMinute } from "../support/within-a-minute.ts";
import {
  agentKey,
  cookieOf,
  json,
  login,
  manage,
  me,
  newEmail,
  newMember,
  newOwner,
  newToken,
  outcome,
  password,
  remove,
  send,
  type Sending,
  type Someone,
  tablesHolding,
} from "./people-scene.ts";

const unknownToken = `bhf_dev_${"a".repeat(43)}`;

let owner: Someone;
let other: Someone;
let developer: Someone;

beforeAll(async () => {
  [owner, other] = await Promise.all([newOwner(), newOwner()]);
  developer = await newMember(owner, "developer");
}, 60_000);

type Row = [sending: Sending, expected: string];

let addresses = 0;

/** An address of a documentation network (RFC 3849), from which nothing came yet. */
function newAddress(): string {
  addresses += 1;
  return `2001:db8:${addresses.toString(16)}::a`;
}

/** The table again, with what really came of each row. */
function outcomesOf(attempt: (sending: Sending) => Promise<string>, table: Row[]): Promise<Row[]> {
  return Promise.all(table.map(async ([sending]): Promise<Row> => [sending, await attempt(sending)]));
}

describe("Signing in", () => {
  it("answers an unknown address and a wrong password alike", async () => {
    const answers = [login(newEmail(), password), login(owner.email, "not the password")];
    const [unknown, wrong] = await Promise.all(
      answers.map(async (answer) => {
        const problem = await json<Record<string, unknown>>(answer, 401);
        return { ...problem, requestId: undefined };
      }),
    );
    expect(unknown).toMatchObject({ code: "INVALID_CREDENTIALS" });
    expect(wrong).toEqual(unknown);
  });

  it("takes the address in any case, and opens a session of its own", async () => {
    const answer = await login(` ${owner.email.toUpperCase()} `, password);
    expect(answer.status).toBe(200);
    expect(cookieOf(answer)).not.toBe(owner.cookie);
    expect(await answer.json()).toEqual({ user: owner.user });
  });

  it("takes the name that a form for both has, and changes nothing by it", async () => {
    const body = { email: owner.email, password, name: "Another" };
    expect(await json(send("POST", "/api/auth/login", { body }))).toEqual({ user: owner.user });
  });

  it("slows guessing down by email, from however many addresses", async () => {
    const [outcomes, refused] = await withinAMinute(async () => {
      const email = newEmail();
      const guesses = [];
      for (let guess = 0; guess < 11; guess += 1) guesses.push(await outcome(login(email, password)));
      return [guesses, await login(email, password)];
    });
    expect(outcomes.slice(0, 10)).toEqual(Array(10).fill("401 INVALID_CREDENTIALS"));
    expect(outcomes[10]).toBe("429 RATE_LIMIT_EXCEEDED");
    expect(refused.headers.get("Retry-After")).toBe("60");
  });

  it("slows guessing down by address, whatever the email, and a right password does not get through", async () => {
    // Counted by the smaller of the two real limits, and used up by what hashes no password.
    const vars = { ADDRESS_LIMIT: env.SIGN_IN_LIMIT };
    const [requests, right] = await withinAMinute(async () => {
      const address = newAddress();
      const request = () => outcome(send("POST", "/api/auth/device/request", { address, vars }));
      const taken = await Promise.all(Array.from({ length: 10 }, request));
      return [taken, await outcome(login(owner.email, password, { address, vars }))];
    });
    expect(requests).toEqual(Array(10).fill("200"));
    expect(right).toBe("429 RATE_LIMIT_EXCEEDED");
    expect(await outcome(login(owner.email, password, { vars }))).toBe("200");
  });

  it("lets many people share an address", async () => {
    const address = newAddress();
    const outcomes = await Promise.all(
      Array.from({ length: 15 }, () => outcome(login(newEmail(), "x", { address }))),
    );
    expect(outcomes).toEqual(Array(15).fill("401 INVALID_CREDENTIALS"));
  });

  it("ends on the server: a copy of a signed-out cookie opens nothing", async () => {
    const cookie = cookieOf(await login(developer.email, password));
    expect(await me({ cookie })).toBe("200");
    const leaving = await send("POST", "/api/auth/logout", { cookie });
    expect(leaving.status).toBe(200);
    expect(leaving.headers.get("Set-Cookie")).toMatch(/^behalfid_developer=; Max-Age=0; Path=\/;/);
    expect(await me({ cookie })).toBe("401 AUTH_REQUIRED");
    expect(await outcome(send("POST", "/api/auth/logout"))).toBe("200");
    expect(await me({ cookie: developer.cookie })).toBe("200");
  });

  it("is over on its exact millisecond and then swept away", async () => {
    const person = await newOwner();
    const set = env.DB.prepare("UPDATE sessions SET expires_at = ?1 WHERE user_id = ?2");
    await set.bind(Date.now() - 1, person.userId).run();
    expect(await me({ cookie: person.cookie })).toBe("401 AUTH_REQUIRED");
    await set.bind(1000, person.userId).run();
    const left = async () =>
      (await env.DB.prepare("SELECT id FROM sessions WHERE user_id = ?1").bind(person.userId).all()).results
        .length;
    await sweepSignIns(env.DB, 999);
    expect(await left()).toBe(1);
    await sweepSignIns(env.DB, 1000);
    expect(await left()).toBe(0);
  });

  it("costs one D1 statement for each request, by cookie and by token", async () => {
    const { token } = await newToken(owner);
    for (const sending of [{ cookie: owner.cookie }, { token }] satisfies Sending[]) {
      // The first use of a token is noted; the others of that minute are not.
      await me(sending);
      const counts = noCounts();
      const answer = send("GET", "/api/dashboard/members", { ...sending, vars: countedEnv(env, counts) });
      expect(await outcome(answer)).toBe("200");
      const whoAsks = 1;
      const members = 1;
      expect(counts.d1Statements).toBe(whoAsks + members);
    }
  });
});

describe("A cookie", () => {
  it("opens nothing once a character of it is changed, or with another session's signature", async () => {
    const [token, signature] = decodeURIComponent(owner.cookie).split(/\.(?=[^.]*$)/);
    const [otherToken, otherSignature] = decodeURIComponent(other.cookie).split(/\.(?=[^.]*$)/);
    const values = [
      `${token}.${otherSignature}`,
      `${otherToken}.${signature}`,
      `${token}`,
      `${token}.`,
      `.${signature}`,
      `${token}.${signature?.slice(0, -1)}`,
      `${token}.${signature?.toLowerCase()}`,
      `x${token}.${signature}`,
      `${token?.toLowerCase()}.${signature}`,
      "%E0%A4%A",
      "null",
    ];
    const outcomes = await Promise.all(values.map((cookie) => me({ cookie })));
    expect(outcomes).toEqual(values.map(() => "401 AUTH_REQUIRED"));
    expect(await me({ cookie: `${owner.cookie}; behalfid_developer=${other.cookie}` })).toBe(
      "401 AUTH_REQUIRED",
    );
    expect(await me({ cookie: owner.cookie })).toBe("200");
    expect(await me({ cookie: decodeURIComponent(owner.cookie) })).toBe("200");
  });

  it("changes things only from our own origin; a token needs none", async () => {
    const { token } = await newToken(owner);
    const { cookie } = owner;
    const table: Row[] = [
      [{ cookie }, "200"],
      [{ cookie, origin: "http://127.0.0.1:8787" }, "200"],
      [{ cookie, origin: null }, "403 INVALID_ORIGIN"],
      [{ cookie, origin: "null" }, "403 INVALID_ORIGIN"],
      [{ cookie, origin: "https://evil.example" }, "403 INVALID_ORIGIN"],
      [{ cookie, origin: "http://localhost:8788" }, "403 INVALID_ORIGIN"],
      [{ cookie, origin: "https://localhost:8787" }, "403 INVALID_ORIGIN"],
      [{ cookie, origin: "http://localhost:8787.evil.example" }, "403 INVALID_ORIGIN"],
      [{ cookie, origin: null, headers: { Referer: `${env.PUBLIC_URL}/` } }, "403 INVALID_ORIGIN"],
      [{ token, origin: null }, "200"],
      [{ bearer: token, origin: null }, "200"],
      [{ token, origin: "https://evil.example" }, "200"],
    ];
    expect(await outcomesOf(manage, table)).toEqual(table);
    const evil = { cookie, origin: "https://evil.example" };
    expect(await outcome(send("POST", "/api/auth/logout", evil))).toBe("403 INVALID_ORIGIN");
    expect(await me(evil)).toBe("200");
  });

  it("of a site with TLS does not take the loopback names for it", async () => {
    const vars = { PUBLIC_URL: "https://behalf.example" };
    const { cookie } = owner;
    expect(await manage({ cookie, vars, origin: "https://behalf.example" })).toBe("200");
    expect(await manage({ cookie, vars, origin: "http://localhost:8787" })).toBe("403 INVALID_ORIGIN");
  });
});

describe("Who makes a request", () => {
  it("is decided by the strongest credential that was meant", async () => {
    const { token } = await newToken(developer);
    const { cookie } = owner;
    const table: Row[] = [
      [{}, "401 AUTH_REQUIRED"],
      [{ bearer: "nonsense" }, "401 AUTH_REQUIRED"],
      [{ bearer: agentKey }, "403 AGENT_KEY_FORBIDDEN"],
      [{ token: "nonsense" }, "401 AUTH_REQUIRED"],
      [{ token: unknownToken }, "401 AUTH_REQUIRED"],
      [{ token: `${token}x` }, "401 AUTH_REQUIRED"],
      [{ token: agentKey }, "401 AUTH_REQUIRED"],
      [{ cookie, token: unknownToken }, "401 AUTH_REQUIRED"],
      [{ cookie, bearer: agentKey }, "200"],
      [{ token, bearer: agentKey }, "200"],
    ];
    expect(await outcomesOf(me, table)).toEqual(table);
    const { user } = await json<{ user: User }>(send("GET", "/api/auth/me", { token, bearer: agentKey }));
    expect(user).toEqual(developer.user);
  });

  it("is refused from an address that keeps trying tokens, and only its failures count", async () => {
    // Counted by the smallest of the real limits.
    const vars = { FAILED_KEY_LIMIT: env.SIGN_IN_LIMIT };
    const { token } = await newToken(owner);
    const outcomes = await withinAMinute(async () => {
      const address = newAddress();
      const withToken = () => me({ token, address, vars });
      const right = [await withToken(), await withToken(), await withToken()];
      // Every subscriber has all addresses of such a network.
      const guess = (_: unknown, host: number) =>
        me({ token: unknownToken, address: `${address}:${host}`, vars });
      const guesses = await Promise.all(Array.from({ length: 11 }, guess));
      return [...right, ...guesses.toSorted(), await withToken()];
    });
    const counted = [...Array(10).fill("401 AUTH_REQUIRED"), "429 RATE_LIMIT_EXCEEDED"];
    expect(outcomes).toEqual(["200", "200", "200", ...counted, "200"]);
  });
});

describe("Sessions and passwords", () => {
  it("a person sees where they are signed in and can end it there", async () => {
    const person = await newOwner();
    const headers = { "User-Agent": "laptop" };
    const lost = cookieOf(await login(person.email, password, { headers, address: "203.0.113.9" }));
    const { sessions } = await json<{ sessions: Session[] }>(
      send("GET", "/api/auth/sessions", { cookie: person.cookie }),
    );
    expect(sessions).toHaveLength(2);
    const [here, away] = [true, false].map((current) => sessions.find((each) => each.isCurrent === current));
    expect(here?.sessionId).toMatch(/^ses_/);
    expect(away).toMatchObject({ userAgent: "laptop", ipAddress: "203.0.113.9" });
    const path = `/api/auth/sessions/${away?.sessionId}`;
    expect(await outcome(send("DELETE", path, { cookie: person.cookie }))).toBe("200");
    expect(await me({ cookie: lost })).toBe("401 AUTH_REQUIRED");
    expect(await me({ cookie: person.cookie })).toBe("200");
  });

  it("a new password needs the old one and ends every other session", async () => {
    const person = await newOwner();
    const elsewhere = cookieOf(await login(person.email, password));
    const change = (currentPassword: string, newPassword: string) =>
      send("POST", "/api/auth/password", { cookie: person.cookie, body: { currentPassword, newPassword } });
    expect(await json(change("not the password", "a new long password"), 400)).toMatchObject({
      errors: [{ field: "currentPassword", rule: "is wrong" }],
    });
    expect(await outcome(change(password, "short"))).toBe("400 INVALID_REQUEST");
    expect(await me({ cookie: elsewhere })).toBe("200");
    expect(await outcome(change(password, "a new long password"))).toBe("200");
    expect(await me({ cookie: elsewhere })).toBe("401 AUTH_REQUIRED");
    expect(await me({ cookie: person.cookie })).toBe("200");
    expect(await outcome(login(person.email, password))).toBe("401 INVALID_CREDENTIALS");
    expect(await outcome(login(person.email, "a new long password"))).toBe("200");
  });

  it("no answer but the one that makes a secret shows it", async () => {
    const { token } = await newToken(owner);
    const secrets = [token, owner.cookie, decodeURIComponent(owner.cookie).split(".")[0] ?? "", password];
    const paths = ["me", "sessions"].map((path) => `/api/auth/${path}`);
    const lists = ["tokens", "members", "invitations", "settings"].map((path) => `/api/dashboard/${path}`);
    for (const path of [...paths, ...lists]) {
      const answer = await send("GET", path, { cookie: owner.cookie });
      expect(answer.status).toBe(200);
      const text = (await answer.text()) + JSON.stringify([...answer.headers]);
      for (const secret of secrets) expect(text).not.toContain(secret);
    }
  });
});

describe("Signing in on a device", () => {
  type Requested = {
    deviceCode: string;
    userCode: string;
    verificationUri: string;
    verificationUriComplete: string;
  };
  const request = () => json<Requested>(send("POST", "/api/auth/device/request", { origin: null }));
  const poll = (deviceCode: string) =>
    json<{ status: string; token?: string }>(
      send("POST", "/api/auth/device/poll", { origin: null, body: { deviceCode } }),
    );
  const authorize = (sending: Sending, userCode: string, approve?: boolean) =>
    send("POST", "/api/auth/device/authorize", { ...sending, body: { userCode, approve } });

  it("hands out a session of the person who said yes, once", async () => {
    const requested = await request();
    expect(requested).toEqual({
      deviceCode: expect.stringMatching(/^[\w-]{43}$/),
      userCode: expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/),
      verificationUri: `${env.PUBLIC_URL}/device`,
      verificationUriComplete: `${env.PUBLIC_URL}/device?userCode=${requested.userCode}`,
      expiresIn: 600,
      interval: 5,
    });
    const { deviceCode, userCode } = requested;
    expect(await tablesHolding(deviceCode, userCode, userCode.replace("-", ""))).toEqual([]);
    expect(await poll(deviceCode)).toEqual({ status: "pending" });
    const typed = ` ${userCode.toLowerCase().replace("-", " ")} `;
    expect(await json(authorize({ cookie: developer.cookie }, typed))).toEqual({ status: "authorized" });
    expect(await outcome(authorize({ cookie: owner.cookie }, userCode))).toBe("404 NOT_FOUND");
    const polls = await Promise.all([poll(deviceCode), poll(deviceCode), poll(deviceCode)]);
    expect(polls.map(({ status }) => status).toSorted()).toEqual(["authorized", "expired", "expired"]);
    const token = polls.find((each) => each.token !== undefined)?.token ?? "";
    expect(polls.filter((each) => each.token !== undefined)).toHaveLength(1);
    expect(await json(send("GET", "/api/auth/me", { cookie: token }))).toEqual({ user: developer.user });
    await send("POST", "/api/auth/logout", { cookie: token });
    expect(await me({ cookie: token })).toBe("401 AUTH_REQUIRED");
    expect(await me({ cookie: developer.cookie })).toBe("200");
  });

  it("can be denied, and expires on its exact millisecond", async () => {
    const denied = await request();
    expect(await json(authorize({ cookie: owner.cookie }, denied.userCode, false))).toEqual({
      status: "denied",
    });
    expect(await poll(denied.deviceCode)).toEqual({ status: "denied" });
    expect(await outcome(authorize({ cookie: owner.cookie }, denied.userCode, true))).toBe("404 NOT_FOUND");
    const [late, unread] = [await request(), await request()];
    expect(await outcome(authorize({ cookie: owner.cookie }, unread.userCode))).toBe("200");
    await env.DB.prepare("UPDATE device_codes SET expires_at = ?1").bind(Date.now()).run();
    expect(await poll(late.deviceCode)).toEqual({ status: "expired" });
    expect(await poll(unread.deviceCode)).toEqual({ status: "expired" });
    expect(await outcome(authorize({ cookie: owner.cookie }, late.userCode))).toBe("404 NOT_FOUND");
    expect(await poll("nonsense")).toEqual({ status: "expired" });
  });

  it("needs a session and our origin, and a guesser is slowed down", async () => {
    const { userCode } = await request();
    expect(await outcome(authorize({}, userCode))).toBe("401 AUTH_REQUIRED");
    const evil = { cookie: owner.cookie, origin: "https://evil.example" };
    expect(await outcome(authorize(evil, userCode))).toBe("403 INVALID_ORIGIN");
    const [guesses, right] = await withinAMinute(async () => {
      const { cookie } = await newOwner();
      const guess = () => outcome(authorize({ cookie }, "BBBB-BBBB"));
      const taken = await Promise.all(Array.from({ length: 10 }, guess));
      return [taken, await outcome(authorize({ cookie }, userCode))];
    });
    expect(guesses).toEqual(Array(10).fill("404 NOT_FOUND"));
    expect(right).toBe("429 RATE_LIMIT_EXCEEDED");
  });

  it("gives someone who was put out meanwhile nothing", async () => {
    const member = await newMember(owner, "approver");
    const { deviceCode, userCode } = await request();
    await json(authorize({ cookie: member.cookie }, userCode));
    expect(await remove(owner, member)).toBe("200");
    const { token } = await poll(deviceCode);
    expect(await me({ cookie: token ?? "" })).toBe("403 FORBIDDEN");
  });
});
