import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Invitation, User } from "../../src/contract/people.ts";
import {
  cookieOf,
  json,
  newEmail,
  newMember,
  newOwner,
  outcome,
  password,
  send,
  type Sending,
  type Someone,
  tablesHolding,
} from "./people-scene.ts";

const local = { ENVIRONMENT: "local" };
const setup = { SETUP_TOKEN: "let-the-first-one-in" };

const signUp = (body: Record<string, unknown>, sending: Sending = {}) =>
  send("POST", "/api/auth/signup", { ...sending, body: { password, ...body } });

async function count(table: string): Promise<number> {
  const row = await env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first<{ n: number }>();
  return row?.n ?? -1;
}

const counts = async () => ({
  accounts: await count("accounts"),
  users: await count("users"),
  identities: await count("identities"),
  members: await count("members"),
});

// The first sign-up of all loads better-auth, which the tests' bundler takes seconds over.
beforeAll(newOwner, 60_000);

// These tests are about who is first.
beforeEach(async () => {
  await env.DB.batch([env.DB.prepare("DELETE FROM accounts"), env.DB.prepare("DELETE FROM users")]);
});

describe("The first sign-up of a deployment", () => {
  it("needs nothing locally, and makes an owner with a workspace who is signed in", async () => {
    const answer = await signUp(
      { email: "  Ann@Example.COM ", name: "Ann", workspace: "Acme" },
      { vars: local },
    );
    expect(answer.status).toBe(201);
    expect(answer.headers.get("Set-Cookie")).toMatch(
      /^behalfid_developer=[\w%.-]+; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    const cookie = cookieOf(answer);
    const { user } = await answer.json<{ user: User }>();
    expect(user).toEqual({
      userId: expect.stringMatching(/^user_[\w-]{21}$/),
      email: "ann@example.com",
      name: "Ann",
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      emailVerified: false,
      account: {
        accountId: expect.stringMatching(/^acct_[\w-]{21}$/),
        name: "Acme",
        roles: ["owner"],
      },
    });
    expect(await json(send("GET", "/api/auth/me", { cookie }))).toEqual({ user });
  });

  it("says Secure with the cookie where the site has TLS", async () => {
    const vars = { ...local, PUBLIC_URL: "https://behalf.example" };
    const origin = "https://behalf.example";
    const answer = await signUp({ email: newEmail() }, { vars, origin });
    expect(answer.headers.get("Set-Cookie")).toMatch(/; Secure$/);
  });

  it("needs the setup token elsewhere, to the last character", async () => {
    const email = newEmail();
    expect(await outcome(signUp({ email }))).toBe("403 SIGNUP_CLOSED");
    expect(await outcome(signUp({ email, setupToken: "" }))).toBe("403 SIGNUP_CLOSED");
    expect(await outcome(signUp({ email, setupToken: "undefined" }))).toBe("403 SIGNUP_CLOSED");
    const vars = { ...setup };
    for (const setupToken of [undefined, "", "let-the-first-one-i", "Let-the-first-one-in"])
      expect(await outcome(signUp({ email, setupToken }, { vars }))).toBe("403 SIGNUP_CLOSED");
    expect(await counts()).toEqual({ accounts: 0, users: 0, identities: 0, members: 0 });
    expect(await outcome(signUp({ email, setupToken: setup.SETUP_TOKEN }, { vars }))).toBe("201");
    expect(await outcome(signUp({ email: newEmail(), setupToken: setup.SETUP_TOKEN }, { vars }))).toBe(
      "403 SIGNUP_CLOSED",
    );
  });

  it("lets one through when several come at once, and leaves nothing of the others", async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 4 }, () => outcome(signUp({ email: newEmail() }, { vars: local }))),
    );
    expect(outcomes.toSorted()).toEqual(["201", ...Array(3).fill("403 SIGNUP_CLOSED")]);
    expect(await counts()).toEqual({ accounts: 1, users: 1, identities: 1, members: 1 });
  });

  it("takes any other SIGNUP_MODE for by invitation", async () => {
    const vars = { SIGNUP_MODE: "OPEN" };
    expect(await outcome(signUp({ email: newEmail() }, { vars }))).toBe("403 SIGNUP_CLOSED");
  });
});

describe("After the first", () => {
  it("a stranger is refused, and told locally how to open the door", async () => {
    await newOwner();
    const answer = await signUp({ email: newEmail() }, { vars: local });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({
      code: "SIGNUP_CLOSED",
      error: "Sign-up here is by invitation.",
      hint: expect.stringContaining("SIGNUP_MODE=open"),
    });
  });

  it("SIGNUP_MODE open gives everyone a workspace of their own", async () => {
    const [ann, bob] = await Promise.all([newOwner(), newOwner()]);
    expect(ann.accountId).not.toBe(bob.accountId);
    expect(bob.user.account?.roles).toEqual(["owner"]);
  });

  it("an address that is taken is refused, and nothing is left behind, also when both come at once", async () => {
    const email = newEmail();
    const vars = { SIGNUP_MODE: "open" };
    const twice = [signUp({ email }, { vars }), signUp({ email: email.toUpperCase() }, { vars })];
    expect((await Promise.all(twice.map(outcome))).toSorted()).toEqual(["201", "409 EMAIL_TAKEN"]);
    expect(await counts()).toEqual({ accounts: 1, users: 1, identities: 1, members: 1 });
  });

  it("names the field and the rule of what is wrong", async () => {
    const answer = await signUp({ email: "ann", password: "short", colour: "red" });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      code: "INVALID_REQUEST",
      errors: [
        { field: "email", rule: "must be an email address" },
        { field: "password", rule: "must have at least 8 characters" },
        { field: "colour", rule: expect.any(String) },
      ],
    });
  });

  it("another site cannot sign a visitor up, nor in", async () => {
    for (const origin of ["https://evil.example", "null", "http://localhost:9999"])
      for (const path of ["/api/auth/signup", "/api/auth/login"]) {
        const body = { email: newEmail(), password };
        const sent = send("POST", path, { body, origin, vars: local });
        expect(await outcome(sent)).toBe("403 INVALID_ORIGIN");
      }
    expect(await outcome(signUp({ email: newEmail() }, { origin: null, vars: local }))).toBe("201");
  });

  it("keeps no password in plain", async () => {
    await newOwner();
    expect(await tablesHolding(password)).toEqual([]);
  });
});

describe("An invitation", () => {
  const invite = async (cookie: string, email: string, ...roles: string[]) =>
    (
      await json<{ invitation: Invitation }>(
        send("POST", "/api/dashboard/invitations", { cookie, body: { email, roles } }),
        201,
      )
    ).invitation;

  it("lets the invited address in, once, with its roles, and carries a link to hand over", async () => {
    const owner = await newOwner();
    const email = newEmail();
    const invitation = await invite(owner.cookie, email, "approver", "developer");
    expect(invitation).toMatchObject({
      email,
      roles: ["approver", "developer"],
      accountName: owner.user.account?.name,
      link: `${env.PUBLIC_URL}/invitation/${invitation.invitationId}`,
    });
    const { invitationId } = invitation;
    const stranger = { email: newEmail(), invitationId };
    expect(await outcome(signUp(stranger))).toBe("403 SIGNUP_CLOSED");
    const { user } = await json<{ user: User }>(signUp({ email, invitationId }), 201);
    expect(user.account).toEqual({
      accountId: owner.accountId,
      name: owner.user.account?.name,
      roles: ["approver", "developer"],
    });
    expect(await outcome(signUp({ email, invitationId }))).toBe("403 SIGNUP_CLOSED");
    expect(await outcome(send("GET", `/api/invitations/${invitationId}`))).toBe("404 NOT_FOUND");
  });

  it("is spent once by two sign-ups at once", async () => {
    const owner = await newOwner();
    const email = newEmail();
    const { invitationId } = await invite(owner.cookie, email, "viewer");
    const both = [signUp({ email, invitationId }), signUp({ email, invitationId })];
    const outcomes = (await Promise.all(both.map(outcome))).toSorted();
    expect(outcomes[0]).toBe("201");
    expect(outcomes[1]).toMatch(/^4/);
    expect(await count("members")).toBe(2);
  });

  it("opens nothing once it is taken back, replaced or over", async () => {
    const owner = await newOwner();
    const { cookie } = owner;
    const email = newEmail();
    const first = await invite(cookie, email, "admin");
    const second = await invite(cookie, email, "viewer");
    expect(await outcome(signUp({ email, invitationId: first.invitationId }))).toMatch(/^403/);
    expect(
      (await json<{ invitations: Invitation[] }>(send("GET", "/api/dashboard/invitations", { cookie })))
        .invitations,
    ).toEqual([second]);
    const path = `/api/dashboard/invitations/${second.invitationId}`;
    expect(await outcome(send("DELETE", path, { cookie }))).toBe("200");
    expect(await outcome(send("DELETE", path, { cookie }))).toBe("404 NOT_FOUND");
    expect(await outcome(signUp({ email, invitationId: second.invitationId }))).toMatch(/^403/);
    const third = await invite(cookie, email, "viewer");
    const over = env.DB.prepare("UPDATE invitations SET expires_at = ?1 WHERE id = ?2");
    await over.bind(Date.now() - 1, third.invitationId).run();
    expect(await outcome(signUp({ email, invitationId: third.invitationId }))).toMatch(/^403/);
    expect(await count("users")).toBe(1);
  });

  it("dies with its inviter's right to give it: nobody comes back through their own", async () => {
    const owner = await newOwner();
    const admin = await newMember(owner, "admin");
    const email = newEmail();
    const { invitationId } = await invite(admin.cookie, email, "admin");
    const path = `/api/dashboard/members/${admin.userId}`;
    await json(send("DELETE", path, { cookie: owner.cookie }));
    expect(await outcome(signUp({ email, invitationId }))).toBe("403 SIGNUP_CLOSED");
    expect(await count("members")).toBe(1);
    // Nor does it come back to life with them.
    const again = await invite(owner.cookie, admin.email, "admin");
    await json(send("POST", `/api/invitations/${again.invitationId}/accept`, { cookie: admin.cookie }));
    expect(await outcome(signUp({ email, invitationId }))).toBe("403 SIGNUP_CLOSED");
    expect(await count("members")).toBe(2);
  });

  it("gives no role above the inviter's own, and never to a member", async () => {
    const owner = await newOwner();
    const admin = await newMember(owner, "admin");
    const developer = await newMember(owner, "developer", "approver");
    const attempt = (cookie: string, email: string, roles: string[]) =>
      outcome(send("POST", "/api/dashboard/invitations", { cookie, body: { email, roles } }));
    expect(await attempt(admin.cookie, newEmail(), ["viewer", "owner"])).toBe("403 FORBIDDEN");
    expect(await attempt(developer.cookie, newEmail(), ["viewer"])).toBe("403 FORBIDDEN");
    expect(await attempt(admin.cookie, newEmail(), ["admin"])).toBe("201");
    expect(await attempt(owner.cookie, newEmail(), ["owner", "viewer"])).toBe("201");
    // Nor by the way of signing up with somebody else's: whoever has the link of an invitation is who it is for.
    const listed = async ({ cookie }: Someone) =>
      (await json<{ invitations: Invitation[] }>(send("GET", "/api/dashboard/invitations", { cookie })))
        .invitations;
    expect((await listed(owner)).map(({ roles }) => roles)).toEqual([["owner", "viewer"], ["admin"]]);
    expect((await listed(admin)).map(({ roles }) => roles)).toEqual([["admin"]]);
    expect(await attempt(owner.cookie, admin.email, ["viewer"])).toBe("409 CONFLICT");
    for (const roles of [[], ["king"], ["viewer", "viewer"], "viewer"])
      expect(
        await outcome(
          send("POST", "/api/dashboard/invitations", {
            cookie: owner.cookie,
            body: { email: newEmail(), roles },
          }),
        ),
      ).toBe("400 INVALID_REQUEST");
  });

  it("takes someone who has an account into another, and nobody else", async () => {
    const [ann, bob] = await Promise.all([newOwner(), newOwner()]);
    const { invitationId } = await invite(ann.cookie, bob.email, "approver");
    const path = `/api/invitations/${invitationId}`;
    expect(await json(send("GET", path))).toEqual({
      invitation: expect.objectContaining({ email: bob.email, accountName: ann.user.account?.name }),
    });
    expect(await outcome(send("POST", `${path}/accept`, { cookie: ann.cookie }))).toBe("404 NOT_FOUND");
    expect(await outcome(send("POST", `${path}/accept`))).toBe("401 AUTH_REQUIRED");
    const accept = () => send("POST", `${path}/accept`, { cookie: bob.cookie });
    const { user } = await json<{ user: User }>(accept());
    expect(user.account).toMatchObject({ accountId: ann.accountId, roles: ["approver"] });
    expect(await json(send("GET", "/api/auth/me", { cookie: bob.cookie }))).toEqual({ user });
    expect(await outcome(accept())).toBe("404 NOT_FOUND");
  });
});
