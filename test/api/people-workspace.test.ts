import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import type { Member, Session, Settings, Token, User, Workspace } from "../../src/contract/people.ts";
import { removeMember } from "../../src/db/members.ts";
import { heldEnv } from "../model/held-env.ts";
import { present } from "../support/present.ts";
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
  type Someone,
  tablesHolding,
} from "./people-scene.ts";

const setRoles = (by: Someone, { userId }: Someone, ...roles: string[]) =>
  send("PATCH", `/api/dashboard/members/${userId}`, { cookie: by.cookie, body: { roles } });

let owner: Someone;
let other: Someone;
let admin: Someone;
let developer: Someone;

beforeAll(async () => {
  [owner, other] = await Promise.all([newOwner(), newOwner()]);
  [admin, developer] = await Promise.all([newMember(owner, "admin"), newMember(owner, "developer")]);
}, 60_000);

describe("Roles", () => {
  it("grant what their table says, and no more", async () => {
    expect(await manage({ cookie: admin.cookie })).toBe("200");
    expect(await manage({ cookie: developer.cookie })).toBe("403 FORBIDDEN");
    expect(await outcome(send("GET", "/api/dashboard/settings", { cookie: developer.cookie }))).toBe("200");
    expect(await outcome(setRoles(developer, developer, "owner"))).toBe("403 FORBIDDEN");
    expect(await remove(developer, admin)).toBe("403 FORBIDDEN");
  });

  it("count as they are at this moment, for a session and for a token", async () => {
    const member = await newMember(owner, "admin");
    const { token } = await newToken(member);
    expect(await manage({ cookie: member.cookie })).toBe("200");
    expect(await manage({ token })).toBe("200");
    const { member: changed } = await json<{ member: Member }>(setRoles(owner, member, "viewer"));
    expect(changed).toMatchObject({ userId: member.userId, roles: ["viewer"] });
    expect(await manage({ cookie: member.cookie })).toBe("403 FORBIDDEN");
    expect(await manage({ token })).toBe("403 FORBIDDEN");
  });

  it("are gone with the membership: its sessions and tokens open nothing, also after a return", async () => {
    const member = await newMember(owner, "admin");
    const { token } = await newToken(member);
    expect(await remove(owner, member)).toBe("200");
    expect(await me({ cookie: member.cookie })).toBe("403 FORBIDDEN");
    expect(await me({ token })).toBe("401 AUTH_REQUIRED");
    expect(await manage({ cookie: member.cookie })).toBe("403 FORBIDDEN");
    const signedIn = await json<{ user: User }>(login(member.email, password));
    expect(signedIn.user.account).toBeNull();
    const { invitation } = await json<{ invitation: { invitationId: string } }>(
      send("POST", "/api/dashboard/invitations", {
        cookie: owner.cookie,
        body: { email: member.email, roles: ["admin"] },
      }),
      201,
    );
    const accept = `/api/invitations/${invitation.invitationId}/accept`;
    expect(await outcome(send("POST", accept, { cookie: member.cookie }))).toBe("200");
    expect(await me({ cookie: member.cookie })).toBe("200");
    expect(await me({ token })).toBe("401 AUTH_REQUIRED");
  });

  it("of owners are the owners' alone to give and to take", async () => {
    expect(await outcome(setRoles(admin, developer, "owner"))).toBe("403 FORBIDDEN");
    expect(await outcome(setRoles(admin, admin, "owner", "admin"))).toBe("403 FORBIDDEN");
    expect(await outcome(setRoles(admin, owner, "viewer"))).toBe("403 FORBIDDEN");
    expect(await remove(admin, owner)).toBe("403 FORBIDDEN");
  });

  it("leave a workspace its last owner, also when two owners put each other out at once", async () => {
    const first = await newOwner();
    expect(await outcome(setRoles(first, first, "admin"))).toBe("409 CONFLICT");
    expect(await remove(first, first)).toBe("409 CONFLICT");
    const second = await newMember(first, "viewer");
    expect(await outcome(setRoles(first, second, "owner", "developer"))).toBe("200");
    const outcomes = await Promise.all([remove(first, second), remove(second, first)]);
    expect(outcomes).toContain("200");
    const { results } = await env.DB.prepare("SELECT role FROM members WHERE account_id = ?1")
      .bind(first.accountId)
      .all();
    expect(results).toHaveLength(1);
  });

  it.each(["admin", "owner"])("of an %s are not theirs to take back while they lose them", async (role) => {
    for (let step = 1, isAmid = true; isAmid; step += 1) {
      const member = await newMember(owner, "viewer");
      await json(setRoles(owner, member, role));
      isAmid = false;
      let steps = 0;
      const { DB } = heldEnv(env, async (_name, work) => {
        steps += 1;
        if (steps === step) {
          isAmid = true;
          await json(setRoles(owner, member, "viewer"));
        }
        return work();
      });
      const path = `/api/dashboard/members/${member.userId}`;
      const back = send("PATCH", path, { cookie: member.cookie, body: { roles: [role] }, vars: { DB } });
      const answered = await outcome(back);
      // Before their own change they have nothing to change with; after it there is something to take away.
      expect(answered).toBe(isAmid && step <= 2 ? "403 FORBIDDEN" : "200");
      expect(await manage({ cookie: member.cookie })).toBe(isAmid ? "403 FORBIDDEN" : "200");
      if (role === "owner" && !isAmid) await json(setRoles(owner, member, "viewer"));
    }
  });

  it("put nobody out any more once they are lost, in the same moment too", async () => {
    const [lost, kept] = await Promise.all([newMember(owner, "viewer"), newMember(owner, "viewer")]);
    const { accountId } = present(kept.user.account);
    expect(await removeMember(env.DB, accountId, kept.user.userId, lost.user.userId)).toBe(false);
    expect(await me({ cookie: kept.cookie })).toBe("200");
  });

  it("do not keep anyone who wants to leave", async () => {
    const viewer = await newMember(owner, "viewer");
    expect(await remove(viewer, viewer)).toBe("200");
    expect(await me({ cookie: viewer.cookie })).toBe("403 FORBIDDEN");
  });
});

describe("Someone in two workspaces", () => {
  it("goes from one to the other with the session in hand, and nowhere that is not theirs", async () => {
    const [at, host] = await Promise.all([newOwner(), newOwner()]);
    const { invitation } = await json<{ invitation: { invitationId: string } }>(
      send("POST", "/api/dashboard/invitations", {
        cookie: host.cookie,
        body: { email: at.email, roles: ["approver"] },
      }),
      201,
    );
    const { cookie } = at;
    await json(send("POST", `/api/invitations/${invitation.invitationId}/accept`, { cookie }));
    const again = cookieOf(await login(at.email, password));
    const { workspaces } = await json<{ workspaces: Workspace[] }>(
      send("GET", "/api/auth/workspaces", { cookie: again }),
    );
    expect(workspaces.map(({ accountId, roles }) => [accountId, roles])).toEqual([
      [at.accountId, ["owner"]],
      [host.accountId, ["approver"]],
    ]);
    const enter = (accountId: string) =>
      send("POST", `/api/auth/workspaces/${accountId}/enter`, { cookie: again, body: {} });
    const { user } = await json<{ user: User }>(enter(host.accountId));
    expect(user.account).toEqual(workspaces[1]);
    expect(await manage({ cookie: again })).toBe("403 FORBIDDEN");
    expect(await outcome(enter(other.accountId))).toBe("404 NOT_FOUND");
    expect(await json(send("GET", "/api/auth/me", { cookie: again }))).toEqual({ user });
    expect(await remove(host, at)).toBe("200");
    expect(await outcome(enter(host.accountId))).toBe("404 NOT_FOUND");
    expect(await manage({ cookie: again })).toBe("200");
  });
});

describe("Another workspace", () => {
  it("finds nothing of ours by its ids, and changes nothing", async () => {
    const { tokenId, token } = await newToken(owner);
    const { invitation } = await json<{ invitation: { invitationId: string } }>(
      send("POST", "/api/dashboard/invitations", {
        cookie: owner.cookie,
        body: { email: newEmail(), roles: ["viewer"] },
      }),
      201,
    );
    const { sessions } = await json<{ sessions: Session[] }>(
      send("GET", "/api/auth/sessions", { cookie: owner.cookie }),
    );
    const { cookie } = other;
    const attempts = [
      send("DELETE", `/api/dashboard/tokens/${tokenId}`, { cookie }),
      send("PATCH", `/api/dashboard/members/${developer.userId}`, { cookie, body: { roles: ["viewer"] } }),
      send("DELETE", `/api/dashboard/members/${developer.userId}`, { cookie }),
      send("DELETE", `/api/dashboard/members/${owner.userId}`, { cookie }),
      send("DELETE", `/api/dashboard/invitations/${invitation.invitationId}`, { cookie }),
      send("POST", `/api/invitations/${invitation.invitationId}/accept`, { cookie }),
      send("DELETE", `/api/auth/sessions/${sessions[0]?.sessionId}`, { cookie }),
      send("DELETE", "/api/auth/sessions/nonsense", { cookie }),
    ];
    for (const attempt of attempts) expect(await outcome(attempt)).toBe("404 NOT_FOUND");
    expect(await me({ token })).toBe("200");
    expect(await me({ cookie: developer.cookie })).toBe("200");
    const theirs = await Promise.all(
      ["members", "tokens", "invitations", "settings"].map(async (list) =>
        (await send("GET", `/api/dashboard/${list}`, { cookie })).text(),
      ),
    );
    for (const id of [owner.userId, developer.userId, tokenId, owner.accountId])
      expect(theirs.join()).not.toContain(id);
  });
});

describe("Developer tokens", () => {
  const list = async ({ cookie }: Someone) =>
    (await json<{ tokens: Token[] }>(send("GET", "/api/dashboard/tokens", { cookie }))).tokens;

  it("are shown once, and later by a preview", async () => {
    const made = await newToken(developer);
    expect(made).toEqual({
      tokenId: expect.stringMatching(/^tok_[\w-]{21}$/),
      name: "laptop",
      token: expect.stringMatching(/^bhf_dev_[\w-]{43}$/),
      tokenPreview: `bhf_dev_…${made.token.slice(-4)}`,
      userId: developer.userId,
      createdAt: expect.any(String),
      lastUsedAt: null,
    });
    const shown = ["tokenId", "name", "token", "tokenPreview", "createdAt", "lastUsedAt"];
    expect(Object.keys(made).slice(0, shown.length)).toEqual(shown);
    const { token, ...listed } = made;
    expect(await list(developer)).toContainEqual(listed);
    expect(await tablesHolding(token)).toEqual([]);
    expect(await tablesHolding(made.tokenId)).toEqual(["developer_tokens"]);
  });

  it("are their owner's to see and delete, and the owners' and admins' of the workspace", async () => {
    const ofOwner = await newToken(owner);
    const ofDeveloper = await newToken(developer);
    const ids = (tokens: Token[]) => tokens.map(({ tokenId }) => tokenId);
    expect(ids(await list(developer))).not.toContain(ofOwner.tokenId);
    expect(ids(await list(admin))).toEqual(expect.arrayContaining([ofOwner.tokenId, ofDeveloper.tokenId]));
    const del = (by: Someone, id: string) =>
      outcome(send("DELETE", `/api/dashboard/tokens/${id}`, { cookie: by.cookie }));
    expect(await del(developer, ofOwner.tokenId)).toBe("404 NOT_FOUND");
    expect(await del(admin, ofDeveloper.tokenId)).toBe("200");
    expect(await me({ token: ofDeveloper.token })).toBe("401 AUTH_REQUIRED");
    expect(await del(admin, ofDeveloper.tokenId)).toBe("404 NOT_FOUND");
  });

  it("say when they were last used, to the minute", async () => {
    const { token, tokenId } = await newToken(owner);
    const lastUsed = async () => (await list(owner)).find((each) => each.tokenId === tokenId)?.lastUsedAt;
    await me({ token, vars: { ENVIRONMENT: "test" } });
    const first = await lastUsed();
    expect(Date.now() - Date.parse(first ?? "")).toBeLessThan(10_000);
    await me({ token, vars: { ENVIRONMENT: "test" } });
    expect(await lastUsed()).toBe(first);
    const earlier = env.DB.prepare("UPDATE developer_tokens SET last_used_at = ?1 WHERE id = ?2");
    await earlier.bind(Date.now() - 60_000, tokenId).run();
    await me({ token, vars: { ENVIRONMENT: "test" } });
    expect(Date.parse((await lastUsed()) ?? "")).toBeGreaterThanOrEqual(Date.parse(first ?? ""));
  });

  it("cannot do what only a person at a browser may", async () => {
    const { token } = await newToken(owner);
    const attempts = [
      send("GET", "/api/auth/sessions", { token }),
      send("POST", "/api/auth/password", {
        token,
        body: { currentPassword: password, newPassword: password },
      }),
      send("POST", "/api/auth/device/authorize", { token, body: { userCode: "BCDF-GHJK" } }),
    ];
    for (const attempt of attempts) expect(await outcome(attempt)).toBe("401 AUTH_REQUIRED");
    expect(await outcome(send("GET", "/api/auth/sessions", { bearer: agentKey }))).toBe(
      "403 AGENT_KEY_FORBIDDEN",
    );
  });
});

describe("Settings", () => {
  it("change what is named and keep the rest", async () => {
    const { cookie, accountId } = await newOwner();
    const read = async () =>
      (await json<{ settings: Settings }>(send("GET", "/api/dashboard/settings", { cookie }))).settings;
    const before = await read();
    expect(before).toEqual({
      accountId,
      name: expect.any(String),
      denialMemorySeconds: 1800,
      pendingExpirySeconds: 86_400,
    });
    const edit = (body: unknown) => send("PATCH", "/api/dashboard/settings", { cookie, body });
    expect(await json(edit({ denialMemorySeconds: 0 }))).toEqual({
      settings: { ...before, denialMemorySeconds: 0 },
    });
    expect(await json(edit({}))).toEqual({ settings: { ...before, denialMemorySeconds: 0 } });
    for (const body of [
      { pendingExpirySeconds: 59 },
      { denialMemorySeconds: 1.5 },
      { name: " " },
      { slug: "x" },
    ])
      expect(await outcome(edit(body))).toBe("400 INVALID_REQUEST");
    expect(await read()).toEqual({ ...before, denialMemorySeconds: 0 });
  });
});
