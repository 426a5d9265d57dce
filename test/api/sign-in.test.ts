import { createOTP } from "@better-auth/utils/otp";
import { base32 } from "@better-auth/utils/base32";
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { SessionId } from "../../src/contract/ids.ts";
import type { User } from "../../src/contract/people.ts";
import type { Mail, TwoFactor } from "../../src/contract/sign-in.ts";
import { changePassword, passwordHashOf, sweepSignIns } from "../../src/db/people.ts";
import { keepMail } from "../../src/db/mail-outbox.ts";
import { openChallenge } from "../../src/db/sign-in.ts";
import { failuresUntilLocked, lockedMs } from "../../src/db/two-factor.ts";
import { sweep } from "../../src/sweep.ts";
import worker from "../../src/worker.ts";
import { heldEnv } from "../model/held-env.ts";
import { present } from "../support/present.ts";
import {
  cookieOf,
  json,
  login,
  me,
  newEmail,
  newOwner,
  outcome,
  password,
  send,
  type Sending,
  type Someone,
  tablesHolding,
} from "./people-scene.ts";

const local = { ENVIRONMENT: "local", SIGNUP_MODE: "open" };
const newPassword = "a quite different passphrase";

/** A deployment with mail, and what it sent. */
function mailing() {
  const sent: { from: string; to: string; subject: string; text: string }[] = [];
  const MAIL = {
    send: async (mail: (typeof sent)[number]) => {
      sent.push(mail);
      return { messageId: "1" };
    },
  };
  const vars = { SIGNUP_MODE: "open", MAIL_FROM: "behalf@example.com", MAIL } as Partial<Env>;
  return { sent, vars, tokens: () => sent.map(({ text }) => /#([\w-]{43})\n/.exec(text)?.[1] ?? "") };
}

const post = (path: string, body: unknown, sending: Sending = {}) =>
  send("POST", `/api/auth${path}`, { body, ...sending });
const forgot = (email: string, vars: Partial<Env>) => post("/password/forgot", { email }, { vars });
const reset = (token: string, word = newPassword) =>
  outcome(post("/password/reset", { token, newPassword: word }));

async function count(table: string, userId: string): Promise<number> {
  const row = await env.DB.prepare(`SELECT count(*) AS n FROM ${table} WHERE user_id = ?1`)
    .bind(userId)
    .first<{ n: number }>();
  return row?.n ?? -1;
}

// better-auth takes the tests' bundler seconds to load.
beforeAll(newOwner, 60_000);

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("A forgotten password", () => {
  it("is replaced with the link of the mail, once, and every session ends", async () => {
    const person = await newOwner();
    const { sent, vars, tokens } = mailing();
    const elsewhere = await login(person.email, password);
    const { deviceCode, userCode } = await json<{ deviceCode: string; userCode: string }>(
      post("/device/request", {}),
    );
    await json(post("/device/authorize", { userCode }, { cookie: person.cookie }));
    expect(await json(forgot(person.email.toUpperCase(), vars))).toEqual({ requested: true });
    expect(sent).toEqual([expect.objectContaining({ from: "behalf@example.com", to: person.email })]);
    const [token = ""] = tokens();
    expect(sent[0]?.text).toContain(`${env.PUBLIC_URL}/reset-password#${token}\n`);
    expect(await tablesHolding(token)).toEqual([]);
    expect(await reset(token, "short")).toBe("400 INVALID_REQUEST");
    const both = await Promise.all([reset(token), reset(token, "the password of whoever came second")]);
    expect(both.toSorted()).toEqual(["200", "410 LINK_EXPIRED"]);
    const chosen = both[0] === "200" ? newPassword : "the password of whoever came second";
    for (const cookie of [person.cookie, cookieOf(elsewhere)])
      expect(await me({ cookie })).toBe("401 AUTH_REQUIRED");
    // What the old password had opened elsewhere does not grow into a session either.
    expect(await json(post("/device/poll", { deviceCode }))).toEqual({ status: "expired" });
    expect(await outcome(login(person.email, password))).toBe("401 INVALID_CREDENTIALS");
    expect(await outcome(login(person.email, chosen))).toBe("200");
    expect(await reset(token)).toBe("410 LINK_EXPIRED");
  });

  it("is answered alike whether or not there is such a person, and an unknown address gets no mail", async () => {
    const person = await newOwner();
    const { sent, vars } = mailing();
    const answers = await Promise.all([forgot(newEmail(), vars), forgot(person.email, vars)]);
    const [unknown, known] = await Promise.all(answers.map((answer) => answer.text()));
    expect(unknown).toBe(known);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(sent.map(({ to }) => to)).toEqual([person.email]);
  });

  it("floods nobody with mails, and asking again does not kill the link on its way", async () => {
    const person = await newOwner();
    const { sent, vars, tokens } = mailing();
    for (let ask = 0; ask < 3; ask += 1) await json(forgot(person.email, vars));
    expect(sent).toHaveLength(1);
    const now = Date.now();
    for (let minute = 1; minute < 8; minute += 1) {
      vi.useFakeTimers({ toFake: ["Date"], now: now + minute * 61_000 });
      await json(forgot(person.email, vars));
    }
    expect(sent).toHaveLength(5);
    vi.useRealTimers();
    expect(await reset(tokens()[0] ?? "")).toBe("200");
    for (const token of tokens().slice(1)) expect(await reset(token)).toBe("410 LINK_EXPIRED");
  });

  it("has a link that is over on its exact millisecond, and then swept away", async () => {
    const person = await newOwner();
    const { vars, tokens } = mailing();
    await json(forgot(person.email, vars));
    const row = present(
      await env.DB.prepare("SELECT expires_at AS at, created_at AS made FROM verifications WHERE value = ?1")
        .bind(person.userId)
        .first<{ at: number; made: number }>(),
    );
    expect(row.at - row.made).toBe(30 * 60_000);
    vi.useFakeTimers({ toFake: ["Date"], now: row.at });
    expect(await reset(tokens()[0] ?? "")).toBe("410 LINK_EXPIRED");
    expect(await outcome(post("/verify-email", { token: tokens()[0] ?? "" }))).toBe("410 LINK_EXPIRED");
    await sweepSignIns(env.DB, row.at);
    const left = env.DB.prepare("SELECT 1 FROM verifications WHERE value = ?1").bind(person.userId);
    expect(await left.first()).toBeNull();
  });

  it("of a deployment without mail is nobody's to ask for, whoever they are", async () => {
    const person = await newOwner();
    for (const email of [person.email, newEmail()])
      expect(await outcome(forgot(email, {}))).toBe("409 MAIL_NOT_CONFIGURED");
    expect(await outcome(forgot(person.email, { MAIL_FROM: "behalf@example.com" }))).toBe(
      "409 MAIL_NOT_CONFIGURED",
    );
  });

  it("is not another site's to ask for, nor to replace", async () => {
    const { vars } = mailing();
    const evil = { vars, origin: "https://evil.example" };
    expect(await outcome(post("/password/forgot", { email: newEmail() }, evil))).toBe("403 INVALID_ORIGIN");
    expect(await outcome(post("/password/reset", { token: "x", newPassword }, evil))).toBe(
      "403 INVALID_ORIGIN",
    );
  });
});

describe("A password that is changed in the middle of what the old one opened", () => {
  type Signing = (person: Someone, vars: Partial<Env>) => Promise<Response>;
  const signingIn: [string, (person: Someone) => Promise<Signing>][] = [
    [
      "by email",
      async () =>
        ({ email }, vars) =>
          login(email, password, { vars }),
    ],
    [
      "on a device",
      async ({ cookie }) => {
        const asked = json<{ deviceCode: string; userCode: string }>(post("/device/request", {}));
        const { deviceCode, userCode } = await asked;
        await json(post("/device/authorize", { userCode }, { cookie }));
        return (_person, vars) => post("/device/poll", { deviceCode }, { vars });
      },
    ],
    [
      "with a second factor",
      async ({ cookie, email }) => {
        const { secret } = await json<{ secret: string }>(
          post("/two-factor/enable", { password }, { cookie }),
        );
        const otp = createOTP(new TextDecoder().decode(base32.decode(secret)));
        const code = await otp.totp();
        const { recoveryCodes } = await json<{ recoveryCodes: string[] }>(
          post("/two-factor/confirm", { code }, { cookie }),
        );
        const { challenge } = await json<{ challenge: string }>(login(email, password), 202);
        return (_person, vars) =>
          post("/login/two-factor", { challenge, code: recoveryCodes[0] ?? "" }, { vars });
      },
    ],
  ];

  let newHash = "";

  beforeAll(async () => {
    const body = { email: newEmail(), password: newPassword };
    const { user } = await json<{ user: User }>(post("/signup", body, { vars: local }), 201);
    newHash = present(await passwordHashOf(env.DB, user.userId));
  });

  /** D1, where the person's password is changed, in a session of theirs elsewhere, before the step of this number. */
  async function changingBefore(number: number, { userId }: User) {
    const elsewhere: SessionId = `ses_${crypto.randomUUID()}`;
    await env.DB.prepare(
      `INSERT INTO sessions (id, token, user_id, expires_at, created_at, updated_at) VALUES (?1, ?1, ?2, ?3, ?3, ?3)`,
    )
      .bind(elsewhere, userId, Date.now() + 60_000)
      .run();
    const change = { isMade: false };
    let step = 0;
    const { DB } = heldEnv(env, async (_name, work) => {
      step += 1;
      if (step === number) {
        change.isMade = true;
        await changePassword(env.DB, userId, newHash, elsewhere, Date.now());
      }
      return work();
    });
    return { DB, change };
  }

  it.each(signingIn)("leaves no session, between whichever steps it comes: %s", async (_how, prepare) => {
    let signedIn = 0;
    for (let number = 1, isAmid = true; isAmid; number += 1) {
      const person = await newOwner();
      const signIn = await prepare(person);
      const { DB, change } = await changingBefore(number, person.user);
      const answer = await signIn(person, { DB });
      isAmid = change.isMade;
      const cookie = /behalfid_developer=([^;]+)/.exec(answer.headers.get("Set-Cookie") ?? "")?.[1];
      const { token } = await answer.json<{ token?: string }>();
      const value = cookie ?? token;
      if (value === undefined) continue;
      signedIn += 1;
      expect(await me({ cookie: value }), `step ${number}`).toBe(isAmid ? "401 AUTH_REQUIRED" : "200");
    }
    // Not least where nothing came in between.
    expect(signedIn).toBeGreaterThan(0);
  });

  const leftBehind: [string, (person: Someone, vars: Partial<Env>) => Promise<string>][] = [
    [
      "a developer token",
      async ({ cookie }, vars) => {
        const made = await send("POST", "/api/dashboard/tokens", { cookie, vars, body: { name: "left" } });
        const { token } = await made.json<{ token?: string }>();
        return token === undefined ? "nothing" : me({ token });
      },
    ],
    [
      "a device",
      async ({ cookie }, vars) => {
        const asked = json<{ deviceCode: string; userCode: string }>(post("/device/request", {}));
        const { deviceCode, userCode } = await asked;
        await (await post("/device/authorize", { userCode }, { cookie, vars })).body?.cancel();
        const { token } = await json<{ token?: string }>(post("/device/poll", { deviceCode }));
        return token === undefined ? "nothing" : me({ cookie: token });
      },
    ],
    [
      "another password",
      async ({ cookie, email }, vars) => {
        const word = "the password of whoever had the session";
        const body = { currentPassword: password, newPassword: word };
        await (await post("/password", body, { cookie, vars })).body?.cancel();
        return (await outcome(login(email, word))) === "200" ? "200" : "nothing";
      },
    ],
  ];

  it.each(leftBehind)("lets no session that it ends leave behind %s", async (_what, leave) => {
    let steps = 0;
    for (let isAmid = true; isAmid; steps += 1) {
      const person = await newOwner();
      const { DB, change } = await changingBefore(steps + 1, person.user);
      const left = await leave(person, { DB });
      isAmid = change.isMade;
      expect(left, `step ${steps + 1}`).toBe(isAmid ? "nothing" : "200");
    }
    expect(steps).toBeGreaterThan(2);
  });
});

describe("An address, where mail is set up,", () => {
  it("is confirmed before anyone signs in with it; opening the page confirms nothing", async () => {
    const { sent, vars, tokens } = mailing();
    const email = newEmail();
    const answer = await post("/signup", { email, password }, { vars });
    expect(answer.status).toBe(201);
    expect(answer.headers.get("Set-Cookie")).toBeNull();
    expect(await answer.json()).toMatchObject({
      user: { email, emailVerified: false },
      emailVerificationRequired: true,
    });
    expect(await outcome(login(email, "not the password", { vars }))).toBe("401 INVALID_CREDENTIALS");
    expect(await outcome(login(email, password, { vars }))).toBe("403 EMAIL_NOT_VERIFIED");
    const [token = ""] = tokens();
    expect(sent).toHaveLength(1);
    expect(sent[0]?.text).toContain(`${env.PUBLIC_URL}/verify-email#${token}\n`);
    expect(await outcome(send("GET", "/api/auth/verify-email"))).toBe("405 METHOD_NOT_ALLOWED");
    expect(await reset(token)).toBe("410 LINK_EXPIRED");
    const verify = () => outcome(post("/verify-email", { token }));
    expect((await Promise.all([verify(), verify()])).toSorted()).toEqual(["200", "410 LINK_EXPIRED"]);
    expect(await outcome(login(email, password, { vars }))).toBe("200");
  });

  it("gets its mail again on signing in, once in a minute", async () => {
    const { sent, vars, tokens } = mailing();
    const email = newEmail();
    await json(post("/signup", { email, password }, { vars }), 201);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61_000 });
    for (let attempt = 0; attempt < 3; attempt += 1)
      expect(await outcome(login(email, password, { vars }))).toBe("403 EMAIL_NOT_VERIFIED");
    expect(sent).toHaveLength(2);
    expect(await outcome(post("/verify-email", { token: tokens()[1] ?? "" }))).toBe("200");
  });

  it("is confirmed by choosing a new password with its mail, too", async () => {
    const { vars, tokens } = mailing();
    const email = newEmail();
    await json(post("/signup", { email, password }, { vars }), 201);
    await json(forgot(email, vars));
    expect(await reset(tokens()[1] ?? "")).toBe("200");
    expect(await outcome(login(email, newPassword, { vars }))).toBe("200");
    expect(await outcome(post("/verify-email", { token: tokens()[0] ?? "" }))).toBe("200");
  });

  it("that is invited gets the invitation, in whose mail a workspace's name is text and no link", async () => {
    const { sent, vars } = mailing();
    const { cookie } = await newOwner();
    const name = "Acme\u202e\r\nBcc: all@example.com https://evil.example/login";
    await json(send("PATCH", "/api/dashboard/settings", { cookie, body: { name } }));
    const email = newEmail();
    const body = { email, roles: ["viewer"] };
    const { invitation } = await json<{ invitation: { link: string } }>(
      send("POST", "/api/dashboard/invitations", { cookie, body, vars }),
      201,
    );
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ to: email, text: expect.stringContaining(`\n${invitation.link}\n`) });
    expect(sent[0]?.subject).not.toMatch(/[\r\n\u202e]|evil\.example/);
    expect(sent[0]?.text).not.toMatch(/\u202e|evil\.example|\nBcc/);
  });

  it("that is invited again and again is mailed five times a day, whatever else is said to the inviter", async () => {
    const { sent, vars } = mailing();
    const { cookie } = await newOwner();
    const invite = (email: string) =>
      outcome(
        send("POST", "/api/dashboard/invitations", { cookie, body: { email, roles: ["viewer"] }, vars }),
      );
    const email = newEmail();
    for (let time = 0; time < 7; time += 1) expect(await invite(email.toUpperCase())).toBe("201");
    expect(sent).toHaveLength(5);
    expect(await invite(newEmail())).toBe("201");
    expect(sent).toHaveLength(6);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 24 * 3_600_000 });
    expect(await invite(email)).toBe("201");
    expect(sent).toHaveLength(7);
  });

  it("a mail that fails fails nothing else", async () => {
    const complaint = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const { vars } = mailing();
    const broken = { ...vars, MAIL: { send: () => Promise.reject(new Error("no route to host")) } };
    expect(await outcome(post("/signup", { email: newEmail(), password }, { vars: broken }))).toBe("201");
    expect(complaint.mock.calls.join()).toContain("no route to host");
  });
});

describe("The mail of a local instance", () => {
  const outbox = (sending: Sending = {}) =>
    send("GET", "/api/dashboard/mail-outbox", {
      vars: local,
      origin: null,
      address: "127.0.0.1",
      ...sending,
    });

  it("is kept for whoever sits at the machine, and printed", async () => {
    const printed = vi.spyOn(console, "log").mockImplementation(() => undefined);
    const person = await newOwner();
    await json(forgot(person.email, local));
    const { mails } = await json<{ mails: Mail[] }>(outbox());
    expect(mails[0]).toMatchObject({ to: person.email, subject: "Choose a new BehalfID password" });
    const token = /#([\w-]{43})\n/.exec(mails[0]?.text ?? "")?.[1] ?? "";
    expect(printed.mock.calls.join()).toContain(token);
    expect(await reset(token)).toBe("200");
    expect(await outcome(login(person.email, newPassword, { vars: local }))).toBe("200");
  });

  it("is nowhere for another machine, another site, or in production", async () => {
    const elsewhere: Sending[] = [
      { vars: {} },
      { vars: { ENVIRONMENT: "production" } },
      { vars: { ENVIRONMENT: "Local" } },
      { vars: { ...local, PUBLIC_URL: "https://behalf.example" } },
      { address: "192.168.1.20" },
      { origin: "https://evil.example" },
      { origin: "null" },
      { origin: "http://localhost:3000" },
      { headers: { "Sec-Fetch-Site": "cross-site" } },
      { headers: { "Sec-Fetch-Site": "same-site" } },
    ];
    for (const sending of elsewhere)
      expect(await outcome(outbox(sending)), JSON.stringify(sending)).toBe("404 NOT_FOUND");
    expect(
      await outcome(outbox({ headers: { "Sec-Fetch-Site": "same-origin" }, origin: env.PUBLIC_URL })),
    ).toBe("200");
  });

  it("is not for a site whose name was made to point here", async () => {
    const address = `http://evil.example:8787/api/dashboard/mail-outbox`;
    const answer = await worker.fetch(new Request(address), { ...env, ...local }, createExecutionContext());
    expect(await outcome(Promise.resolve(answer))).toBe("404 NOT_FOUND");
    // The address is what a header of the page says where the local server in front takes it from there.
    for (const [host, expected] of [
      ["evil.example:8787", "404 NOT_FOUND"],
      ["localhost.evil.example", "404 NOT_FOUND"],
      ["localhost:evil", "404 NOT_FOUND"],
      ["127.0.0.1:8787", "200"],
    ])
      expect(await outcome(outbox({ headers: { Host: host ?? "" } })), host).toBe(expected);
  });

  it("is bounded, and gone after seven days", async () => {
    const now = Date.now();
    const row = { to: "a@example.com", subject: "s", text: "t" };
    for (let mail = 0; mail < 205; mail += 1) await keepMail(env.DB, row, now);
    const left = async () =>
      (await env.DB.prepare("SELECT count(*) AS n FROM mail_outbox").first<{ n: number }>())?.n;
    expect(await left()).toBe(200);
    const { mails } = await json<{ mails: Mail[] }>(outbox());
    expect(mails).toHaveLength(50);
    await sweep(env, now + 7 * 24 * 3_600_000 - 1);
    expect(await left()).toBe(200);
    await sweep(env, now + 7 * 24 * 3_600_000);
    expect(await left()).toBe(0);
  });
});

describe("Two-factor", () => {
  const stepMs = 30_000;

  /** An authenticator app that holds the secret it was given, and can tell its code at any moment. */
  const appWith = (secret: string) => {
    const otp = createOTP(new TextDecoder().decode(base32.decode(secret)));
    return (at: number) => otp.hotp(Math.floor(at / stepMs));
  };

  async function protectedPerson() {
    const person = await newOwner();
    const { cookie } = person;
    const { secret } = await json<{ secret: string }>(post("/two-factor/enable", { password }, { cookie }));
    const app = appWith(secret);
    // The confirming code's step is behind, so that the present one is still to be used.
    const { recoveryCodes } = await json<{ recoveryCodes: string[] }>(
      post("/two-factor/confirm", { code: await app(Date.now() - stepMs) }, { cookie }),
    );
    return { ...person, secret, app, recoveryCodes };
  }

  async function challengeOf({ email }: Someone, vars: Partial<Env> = {}) {
    const answer = await login(email, password, { vars });
    expect(answer.headers.get("Set-Cookie")).toBeNull();
    return (await json<{ challenge: string }>(Promise.resolve(answer), 202)).challenge;
  }

  const finish = (challenge: string, code: string) => post("/login/two-factor", { challenge, code });

  it("is off until a code of the app confirms it, and needs the password to be turned on and off", async () => {
    const { cookie, email, userId, user } = await newOwner();
    const state = () => json<TwoFactor>(send("GET", "/api/auth/two-factor", { cookie }));
    const off = { enabled: false, confirmedAt: null, recoveryCodesLeft: 0 };
    const turn = (what: string, body: unknown) => post(`/two-factor/${what}`, body, { cookie });
    expect(await state()).toEqual(off);
    expect(await outcome(turn("confirm", { code: "123456" }))).toBe("409 CONFLICT");
    expect(await outcome(turn("enable", { password: "not it" }))).toBe("400 INVALID_REQUEST");
    expect(await outcome(turn("disable", { password }))).toBe("409 CONFLICT");
    const first = await json<{ secret: string; uri: string }>(turn("enable", { password }));
    expect(first.uri).toContain(
      `otpauth://totp/BehalfID:${encodeURIComponent(email)}?secret=${first.secret}&`,
    );
    const second = await json<{ secret: string }>(turn("enable", { password }));
    expect(await state()).toEqual(off);
    expect(await json(login(email, password))).toEqual({ user });
    const now = Date.now();
    expect(await outcome(turn("confirm", { code: await appWith(first.secret)(now) }))).toBe(
      "400 INVALID_REQUEST",
    );
    const code = await appWith(second.secret)(now);
    const confirmed = await Promise.all([turn("confirm", { code }), turn("confirm", { code })]);
    expect(confirmed.map(({ ok }) => ok)).toContain(false);
    const { recoveryCodes } = await present(confirmed.find(({ ok }) => ok)).json<{
      recoveryCodes: string[];
    }>();
    expect(new Set(recoveryCodes).size).toBe(10);
    expect(await count("recovery_codes", userId)).toBe(10);
    expect(await state()).toMatchObject({ enabled: true, recoveryCodesLeft: 10 });
    const asBytes = new TextDecoder().decode(base32.decode(second.secret));
    expect(await tablesHolding(second.secret, asBytes, ...recoveryCodes)).toEqual([]);
    expect(await outcome(turn("enable", { password }))).toBe("409 CONFLICT");
    expect(await outcome(turn("disable", { password: "not it" }))).toBe("400 INVALID_REQUEST");
    expect(await json(turn("disable", { password }))).toEqual({ enabled: false });
    expect(await state()).toEqual(off);
    expect(await outcome(login(email, password))).toBe("200");
  });

  it("has a right password answered without a session, and a code finishes it", async () => {
    const person = await protectedPerson();
    const challenge = await challengeOf(person);
    expect(await count("sessions", person.userId)).toBe(1);
    expect(await tablesHolding(challenge)).toEqual([]);
    expect(await outcome(finish(challenge, "abcdef"))).toBe("401 INVALID_CODE");
    expect(await outcome(finish("unknown", await person.app(Date.now())))).toBe("401 SIGN_IN_EXPIRED");
    const code = await person.app(Date.now());
    const answer = await finish(challenge, `${code.slice(0, 3)} ${code.slice(3)}`);
    expect(await json(send("GET", "/api/auth/me", { cookie: cookieOf(answer) }))).toEqual({
      user: person.user,
    });
    expect(await answer.json()).toEqual({ user: person.user });
    expect(await outcome(finish(challenge, code))).toBe("401 SIGN_IN_EXPIRED");
  });

  it("takes a code once, however many bring it at once and in whatever challenge", async () => {
    const person = await protectedPerson();
    const challenges = await Promise.all([challengeOf(person), challengeOf(person), challengeOf(person)]);
    const code = await person.app(Date.now());
    const outcomes = await Promise.all(challenges.map((challenge) => outcome(finish(challenge, code))));
    expect(outcomes.toSorted()).toEqual(["200", "401 INVALID_CODE", "401 INVALID_CODE"]);
    expect(await count("sessions", person.userId)).toBe(2);
    // Nor one of an earlier step than the last.
    const earlier = await person.app(Date.now() - stepMs);
    expect(await outcome(finish(await challengeOf(person), earlier))).toBe("401 INVALID_CODE");
  });

  it("takes one of two codes for one challenge", async () => {
    const person = await protectedPerson();
    const challenge = await challengeOf(person);
    const [one = "", other = ""] = person.recoveryCodes;
    const outcomes = await Promise.all([one, other].map((code) => outcome(finish(challenge, code))));
    expect(outcomes.toSorted()).toEqual(["200", "401 SIGN_IN_EXPIRED"]);
  });

  it("takes a recovery code instead, however it is typed, once", async () => {
    const person = await protectedPerson();
    const other = await protectedPerson();
    const [code = ""] = person.recoveryCodes;
    expect(code).toMatch(/^([BCDFGHJKLMNPQRSTVWXZ]{4}-){2}[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
    expect(await outcome(finish(await challengeOf(other), code))).toBe("401 INVALID_CODE");
    const typed = ` ${code.toLowerCase().replaceAll("-", " ")} `;
    expect(await outcome(finish(await challengeOf(person), typed))).toBe("200");
    expect(await outcome(finish(await challengeOf(person), code))).toBe("401 INVALID_CODE");
    const { recoveryCodesLeft } = await json<TwoFactor>(
      send("GET", "/api/auth/two-factor", { cookie: person.cookie }),
    );
    expect(recoveryCodesLeft).toBe(9);
  });

  it("takes codes of the step before and after the present, and no others", async () => {
    const person = await protectedPerson();
    // A step's middle, some time on, so that what was used before does not matter.
    const now = (Math.floor(Date.now() / stepMs) + 20) * stepMs + stepMs / 2;
    vi.useFakeTimers({ toFake: ["Date"], now });
    for (const [around, expected] of [
      [-2, "401 INVALID_CODE"],
      [2, "401 INVALID_CODE"],
      [-1, "200"],
      [1, "200"],
      [0, "401 INVALID_CODE"],
    ] as const) {
      const code = await person.app(now + around * stepMs);
      expect(await outcome(finish(await challengeOf(person), code)), String(around)).toBe(expected);
    }
  });

  it("gives a challenge five codes and five minutes", async () => {
    const person = await protectedPerson();
    const [guessed, late] = [await challengeOf(person), await challengeOf(person)];
    for (let guess = 0; guess < 5; guess += 1)
      expect(await outcome(finish(guessed, "wrong"))).toBe("401 INVALID_CODE");
    expect(await outcome(finish(guessed, await person.app(Date.now())))).toBe("401 SIGN_IN_EXPIRED");
    await env.DB.prepare("UPDATE sign_in_challenges SET expires_at = ?1 WHERE user_id = ?2")
      .bind(Date.now(), person.userId)
      .run();
    expect(await outcome(finish(late, await person.app(Date.now())))).toBe("401 SIGN_IN_EXPIRED");
    await sweepSignIns(env.DB, Date.now());
    expect(await count("sign_in_challenges", person.userId)).toBe(0);
  });

  it("stops who has the password and guesses on through ever new challenges, but not a recovery code", async () => {
    const person = await protectedPerson();
    const { app } = person;
    const right = await app(Date.now());
    const wrong = right === "000000" ? "000001" : "000000";
    const challenges = [await challengeOf(person), await challengeOf(person), await challengeOf(person)];
    const guesses = challenges.flatMap((challenge) => Array.from({ length: 4 }, () => challenge));
    const outcomes = await Promise.all(guesses.map((challenge) => outcome(finish(challenge, wrong))));
    expect(outcomes.filter((each) => each === "401 INVALID_CODE")).toHaveLength(failuresUntilLocked);
    expect(outcomes.filter((each) => each === "429 RATE_LIMIT_EXCEEDED")).toHaveLength(2);
    expect(await outcome(finish(await challengeOf(person), right))).toBe("429 RATE_LIMIT_EXCEEDED");
    const [recovery = ""] = person.recoveryCodes;
    expect(await outcome(finish(await challengeOf(person), recovery))).toBe("200");
    const later = Date.now() + lockedMs;
    vi.useFakeTimers({ toFake: ["Date"], now: later });
    expect(await outcome(finish(await challengeOf(person), await app(later)))).toBe("200");
  });

  it("stays on through a new password, which ends the challenges of the old one", async () => {
    const person = await protectedPerson();
    const challenge = await challengeOf(person);
    const { vars, tokens } = mailing();
    await json(forgot(person.email, vars));
    expect(await reset(tokens()[0] ?? "")).toBe("200");
    expect(await outcome(finish(challenge, await person.app(Date.now())))).toBe("401 SIGN_IN_EXPIRED");
    expect(await outcome(login(person.email, newPassword))).toBe("202");
    // Nor does a sign-in open one that had looked at the old password before.
    const seen = { userId: person.user.userId, passwordHash: "the hash of the old one" };
    expect(await openChallenge(env.DB, "hash", seen, Date.now())).toBeUndefined();
    expect(await count("sign_in_challenges", person.userId)).toBe(1);
  });
});
