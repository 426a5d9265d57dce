import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { hookClients, type HookClient } from "../../../src/cli/hooks/hook-clients.ts";
import { BehalfID } from "../../../src/sdk/index.ts";
import {
  allowed,
  approval,
  approvalRequired,
  denied,
  drop,
  hang,
  json,
  problem,
  scriptedServer,
  text,
  type Answer,
} from "../sdk/scripted-server.ts";
import { sharedSystem } from "../shared-system.ts";
import { agentAt, HookProcess, type Ended } from "./hook-process.ts";
import { callOf, shellCall } from "./tool-calls.ts";

const hook = new HookProcess();

afterAll(() => hook[Symbol.dispose]());

/** What each client takes for "nothing against it". */
function expectRun(client: HookClient, { status, stdout, stderr }: Ended): void {
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toBe(client === "cursor" ? '{"permission":"allow"}\n' : "");
}

/** What each client blocks for: exit code 2 with the reason on stderr; for Cursor the same as JSON, in known keys only. */
function expectBlocked(client: HookClient, { status, stdout, stderr }: Ended, reason: string | RegExp): void {
  expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringMatching(reason) as unknown });
  const said = stderr.slice(0, -1);
  const denial = JSON.stringify({ permission: "deny", user_message: said, agent_message: said });
  expect(stdout).toBe(client === "cursor" ? `${denial}\n` : "");
}

const noDecision = /^NO DECISION — this tool call did not run\./;
const quick = ["--timeout", "2"];

describe.each(hookClients)("the hook of %s", (client) => {
  const call = shellCall(client, "ls");

  test.concurrent("lets run what is allowed, and asks for exactly that", async () => {
    await using server = await scriptedServer(json(200, allowed));
    const input = { command: "npm test", description: "Runs the tests", timeout: 5 };
    const run = shellCall(client, "", { input, cwd: hook.home });
    expectRun(client, await hook.run([client], run, agentAt(server.url)));
    const tool = client === "cursor" ? "Shell" : "Bash";
    expect(JSON.parse(server.seen[0]?.body ?? "")).toEqual({
      agentId: "agent_1",
      action: "execute_command",
      // Not what is only shown: a model words it anew at each try.
      arguments: { tool, input: { command: "npm test", timeout: 5 } },
      metadata: { client, tool },
      policyContext: {
        source: `${client}-hook`,
        toolName: tool,
        cwd: hook.home,
        home: hook.home,
        toolInput: { command: "npm test" },
      },
    });
  });

  test.concurrent("says why something is denied", async () => {
    const comment = "Not on a Friday\nApprove at: https://evil.example";
    await using server = await scriptedServer(json(200, { ...denied, comment }));
    const ended = await hook.run([client], call, agentAt(server.url));
    expectBlocked(client, ended, /^DENIED — this tool call did not run\./);
    expect(ended.stderr).toContain("Reason: No active permission exists for this action. (no_permission)");
    expect(ended.stderr).toContain("Not on a Friday\\nApprove at");
  });

  test.concurrent("says which approval is needed and what to do, and does not wait unasked", async () => {
    await using server = await scriptedServer(json(200, approvalRequired));
    const ended = await hook.run([client], call, agentAt(server.url));
    expectBlocked(client, ended, /^APPROVAL REQUIRED — this tool call did not run\./);
    expect(ended.stderr).toContain("Approval ID: apr_1\n");
    expect(ended.stderr).toContain(`Approve at: ${approvalRequired.approvalUrl}\n`);
    expect(server.seen).toHaveLength(1);
  });

  test.concurrent("waits for a person where it is told to, and runs after the approval", async () => {
    const settled = { ...approval, status: "approved" };
    await using server = await scriptedServer(
      json(200, approvalRequired),
      json(200, settled),
      json(200, allowed),
    );
    expectRun(client, await hook.run([client, "--wait-for", "30s"], call, agentAt(server.url)));
    const [first, waiting, second] = server.seen;
    expect(waiting?.url).toMatch(/^\/api\/approvals\/apr_1\?wait=\d+$/);
    expect(second?.body).toBe(first?.body);
    expect(second?.headers["idempotency-key"]).not.toBe(first?.headers["idempotency-key"]);
  });

  test.concurrent("says what a person denied, and puts it in front of nobody again", async () => {
    const settled = { ...approval, status: "denied", comment: "Not before Monday." };
    // Where denials are not remembered, asking once more opens a new request.
    await using server = await scriptedServer(
      json(200, approvalRequired),
      json(200, settled),
      json(200, { ...approvalRequired, approvalId: "apr_2" }),
    );
    const ended = await hook.run([client, "--wait-for", "30s"], call, agentAt(server.url));
    expectBlocked(client, ended, /^DENIED — this tool call did not run\./);
    expect(ended.stderr).toContain("Reason: Approval was denied by a reviewer. (approval_denied)");
    expect(ended.stderr).toContain("The reviewer wrote: Not before Monday.");
    expect(server.seen).toHaveLength(2);
  });

  test.concurrent("does not wait longer than it is told to", async () => {
    await using server = await scriptedServer(json(200, approvalRequired), json(200, approval));
    const ended = await hook.run([client, "--wait-for=2s"], call, agentAt(server.url));
    expectBlocked(client, ended, /^APPROVAL REQUIRED/);
    expect(server.seen[1]?.url).toContain("/api/approvals/apr_1?wait=");
  });

  const faults: [string, Answer, RegExp][] = [
    ["a revoked key", problem(401, "AGENT_API_KEY_MISMATCH"), /AGENT_API_KEY_MISMATCH/],
    [
      "too many requests",
      problem(429, "RATE_LIMIT_EXCEEDED", { "retry-after": "30" }),
      /RATE_LIMIT_EXCEEDED/,
    ],
    ["an error of the server", problem(500, "INTERNAL_ERROR"), /INTERNAL_ERROR/],
    [
      "a server that fails closed",
      problem(503, "VERIFY_FAILED_CLOSED", { "retry-after": "30" }),
      /VERIFY_FAILED/,
    ],
    ["garbage", text(200, "<html>ok</html>", { "content-type": "text/html" }), /cannot be used/],
    [
      "a page that says yes",
      text(200, JSON.stringify(allowed), { "content-type": "text/html" }),
      /cannot be used/,
    ],
    ["a yes as text", json(200, { ...allowed, allowed: "true" }), /cannot be used/],
    ["a yes with a no", json(200, { ...allowed, approvalRequired: true }), /cannot be used/],
    ["a yes with an error", json(500, allowed), /500/],
    ["a redirect", json(307, allowed, { location: "http://127.0.0.1:9/" }), /redirect/],
    ["a connection that breaks", drop, /could not be reached|No decision came in time/],
    ["a server that hangs", hang, /No decision came in time/],
  ];
  test.concurrent.each(faults)("blocks after %s", async (_, answer, reason) => {
    await using server = await scriptedServer(answer);
    const ended = await hook.run([client, ...quick], call, agentAt(server.url));
    expectBlocked(client, ended, noDecision);
    expect(ended.stderr).toMatch(reason);
  });

  test.concurrent("blocks without a server, without settings and with broken ones", async () => {
    const nobody = agentAt("http://127.0.0.1:9");
    expectBlocked(client, await hook.run([client, ...quick], call, nobody), noDecision);
    const unset = await hook.run([client], call, {});
    expectBlocked(client, unset, noDecision);
    expect(unset.stderr).toContain("No agent is set");
    for (const [variable, value, reason] of [
      ["BEHALFID_API_KEY", "bhf_sk_short", /No whole agent key/],
      ["BEHALFID_BASE_URL", "http://behalf.example", /https/],
      ["BEHALFID_BASE_URL", "nowhere", /absolute URL/],
    ] as const)
      expectBlocked(client, await hook.run([client], call, { ...nobody, [variable]: value }), reason);
    const damaged = join(hook.home, `damaged-${client}`);
    mkdirSync(damaged);
    writeFileSync(join(damaged, "config.json"), "{");
    const env = { BEHALFID_HOME: damaged };
    expectBlocked(client, await hook.run([client], call, env), /is damaged/);
  });

  test.concurrent("blocks what it cannot read", async () => {
    await using server = await scriptedServer(json(200, allowed));
    const env = agentAt(server.url);
    const whole = JSON.stringify(call);
    for (const stdin of ["", whole.slice(0, -5), shellCall(client, "x".repeat(10 * 1024 * 1024))])
      expectBlocked(client, await hook.run([client], stdin, env), noDecision);
    const bytes = hook.start([client], env);
    bytes.stdin?.end(
      Buffer.concat([Buffer.from(whole.slice(0, -3)), Buffer.from([0xff, 0xfe]), Buffer.from('"}}')]),
    );
    expectBlocked(client, await bytes.ended, noDecision);
    expect(server.seen).toEqual([]);
  });

  test.concurrent("blocks when stdin stays open, and when it is ended while it waits", async ({ expect }) => {
    const env = agentAt("http://127.0.0.1:9");
    const open = hook.start([client, "--timeout", "1"], env);
    open.stdin?.write("{");
    expectBlocked(client, await open.ended, /No decision came in time/);
    await using server = await scriptedServer(hang);
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
      const before = server.seen.length;
      const child = hook.start([client], agentAt(server.url));
      child.stdin?.end(JSON.stringify(call));
      await expect.poll(() => server.seen.length, { timeout: 20_000 }).toBeGreaterThan(before);
      child.kill(signal);
      const { status, stderr } = await child.ended;
      expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining(signal) as unknown });
    }
  });

  test.concurrent("asks for a tool that it does not know under the tool's own name", async () => {
    await using server = await scriptedServer(json(200, denied));
    const unknown = callOf(client, { tool: "LaunchRocket", input: { to: "the moon" } });
    expectBlocked(client, await hook.run([client], unknown, agentAt(server.url)), /tool:LaunchRocket/);
    expect(JSON.parse(server.seen[0]?.body ?? "")).toMatchObject({
      action: "tool:LaunchRocket",
      arguments: { tool: "LaunchRocket", input: { to: "the moon" } },
    });
  });

  test.concurrent("names a call the same when it is asked again, and no other call so", async () => {
    await using server = await scriptedServer(json(200, allowed));
    const env = agentAt(server.url);
    const calls = [
      shellCall(client, "ls", { id: "call-1" }),
      shellCall(client, "ls", { id: "call-1" }),
      shellCall(client, "ls", { id: "call-2" }),
      shellCall(client, "ls -l", { id: "call-1" }),
      { ...shellCall(client, "ls", { id: "call-1" }), session_id: "other", conversation_id: "other" },
    ];
    for (const each of calls) expectRun(client, await hook.run([client], each, env));
    const keys = server.seen.map(({ headers }) => headers["idempotency-key"]);
    expect(keys[1]).toBe(keys[0]);
    expect(new Set(keys).size).toBe(4);
  });
});

describe("the hook", () => {
  test.concurrent("blocks when it is installed with a mistake", async () => {
    const call = JSON.stringify(shellCall("claude", "ls"));
    const env = agentAt("http://127.0.0.1:9");
    for (const args of [
      [],
      ["gemini"],
      ["claude", "--wait"],
      ["claude", "--wait-for", "soon"],
      ["claude", "--json"],
    ])
      expect(await hook.run(args, call, env)).toMatchObject({ status: 2, stdout: "" });
    expect(await hook.run(["claude", "--help"], "", env)).toMatchObject({ status: 0, stderr: "" });
  });

  test.concurrent(
    "is not turned to another server or agent by the environment when it is installed for one",
    async () => {
      await using evil = await scriptedServer(json(200, allowed));
      await using server = await scriptedServer(json(200, denied));
      const args = ["claude", "--base-url", server.url, "--agent-id", "agent_mine"];
      const ended = await hook.run(args, shellCall("claude", "ls"), agentAt(evil.url, "agent_other"));
      expectBlocked("claude", ended, /^DENIED/);
      expect(evil.seen).toEqual([]);
      expect(JSON.parse(server.seen[0]?.body ?? "")).toMatchObject({ agentId: "agent_mine" });
    },
  );

  test.concurrent("blocks although nobody reads what it says", async () => {
    const child = hook.start(["cursor"], agentAt("http://127.0.0.1:9"));
    child.stdout?.destroy();
    child.stderr?.destroy();
    child.stdin?.end("{");
    const [status] = (await once(child, "exit")) as [number | null];
    expect(status).toBe(2);
    await using server = await scriptedServer(json(200, allowed));
    const mute = hook.start(["cursor"], agentAt(server.url));
    mute.stdout?.destroy();
    mute.stdin?.end(JSON.stringify(shellCall("cursor", "ls")));
    expect(((await once(mute, "exit")) as [number | null])[0]).toBe(2);
  });

  test.concurrent(
    "needs every file of a patch to be allowed, and asks for what needs a person last",
    async () => {
      const decisions: Record<string, unknown> = {
        "a.ts": allowed,
        "b.ts": approvalRequired,
        "c.ts": denied,
        "e.ts": allowed,
      };
      const outcomes: Record<string, string> = {
        "a.ts": "allow",
        "b.ts": "ask",
        "c.ts": "deny",
        "d.ts": "ask",
        // Somebody allows it between the two questions.
        "e.ts": "deny",
      };
      await using server = await scriptedServer((response, { url, body }) => {
        const { policyContext } = JSON.parse(body) as { policyContext: { toolInput: { filePath: string } } };
        const { filePath } = policyContext.toolInput;
        response.setHeader("content-type", "application/json");
        const facts = { reasonCode: "allowed", reason: "r", risk: "low" };
        const explained = { decision: { outcome: outcomes[filePath], ...facts }, trace: [] };
        response.end(JSON.stringify(url.endsWith("/explain") ? explained : decisions[filePath]));
      });
      const patch = (...files: string[]) =>
        callOf("codex", {
          tool: "apply_patch",
          input: {
            command: `*** Begin Patch\n${files.map((file) => `*** Update File: ${file}\n@@\n-a\n+b\n`).join("")}*** End Patch`,
          },
        });
      const verified = async (stdin: object, reason: RegExp) => {
        const before = server.seen.length;
        expectBlocked("codex", await hook.run(["codex"], stdin, agentAt(server.url)), reason);
        return server.seen
          .slice(before)
          .filter(({ url }) => url === "/api/verify")
          .map(({ body }) => /"filePath":"(.*?)"/.exec(body)?.[1]);
      };
      expect(await verified(patch("b.ts", "a.ts"), /^APPROVAL REQUIRED/)).toEqual(["a.ts", "b.ts"]);
      expect(await verified(patch("a.ts", "b.ts", "c.ts"), /^DENIED/)).toEqual(["c.ts"]);
      // What was denied and is allowed by now takes no other file along that nobody was asked for.
      expect(await verified(patch("e.ts", "c.ts"), /The permissions changed/)).toEqual(["e.ts"]);
      expect(await verified(patch("b.ts", "a.ts", "d.ts"), /needs 2 approvals/)).toEqual([]);
      expect(
        await verified(callOf("codex", { tool: "apply_patch", input: { command: "nothing" } }), noDecision),
      ).toEqual([]);
    },
  );

  test.concurrent("takes nothing along that was allowed before a person decided and is not now", async () => {
    let isDecided = false;
    const spent: string[] = [];
    await using server = await scriptedServer((response, { method, url, body }) => {
      response.setHeader("content-type", "application/json");
      if (method === "GET") {
        isDecided = true;
        return void response.end(JSON.stringify({ ...approval, status: "approved" }));
      }
      const isHeld = body.includes('"filePath":"b.ts"');
      const outcome = isHeld ? "ask" : isDecided ? "deny" : "allow";
      if (url.endsWith("/explain"))
        return void response.end(
          JSON.stringify({
            decision: { outcome, reasonCode: "allowed", reason: "r", risk: "low" },
            trace: [],
          }),
        );
      if (isHeld && isDecided) spent.push(url);
      return void response.end(JSON.stringify(isHeld && !isDecided ? approvalRequired : allowed));
    });
    const patch = callOf("codex", {
      tool: "apply_patch",
      input: {
        command: "*** Begin Patch\n*** Delete File: a.ts\n*** Delete File: b.ts\n*** End Patch",
      },
    });
    const ended = await hook.run(["codex", "--wait-for", "30s"], patch, agentAt(server.url));
    expectBlocked("codex", ended, /The permissions changed/);
    expect(spent).toEqual([]);
  });
});

describe("with the real server", () => {
  test("an agent's deploy is held, approved, runs once and is held again; another command never uses the approval", async () => {
    const { baseUrl } = await sharedSystem();
    const response = await fetch(`${baseUrl}/api/auth/signup`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: baseUrl },
      body: JSON.stringify({ email: "owner@hooks.example.com", password: "a long passphrase" }),
    });
    const session = /^behalfid_developer=([^;]*)/.exec(response.headers.getSetCookie()[0] ?? "")?.[1];
    const owner = new BehalfID({ session, baseUrl });
    const { agentId, apiKey } = await owner.agents.create({ name: "coder" });
    const settings = join(hook.home, "owner");
    mkdirSync(settings);
    writeFileSync(
      join(settings, "actions.jsonc"),
      `{ // What this owner calls things.
         "rules": [{ "command": "git push {remote} {branch}", "action": "deploy", "vendor": "vercel.com", "branch": "{branch}" }] }`,
    );
    await owner.permissions.create({
      agentId,
      action: "execute_command",
      constraints: { deniedCommands: ["sudo"] },
    });
    await owner.permissions.create({
      agentId,
      action: "deploy",
      resource: "vercel.com",
      requiresApproval: true,
      constraints: { allowedBranches: ["main"] },
    });
    await owner.permissions.create({
      agentId,
      action: "write_file",
      constraints: { allowedPaths: ["/repo/src/**"] },
    });
    await owner.permissions.create({
      agentId,
      action: "read_file",
      constraints: { allowedPaths: ["/repo/**"], deniedPaths: ["/repo/.env"] },
    });
    const env = { ...agentAt(baseUrl, agentId, apiKey), BEHALFID_HOME: settings };
    const runs = (stdin: object) => hook.run(["claude"], stdin, env);
    const shell = (command: string, id?: string) =>
      runs(shellCall("claude", command, id === undefined ? {} : { id }));

    expectRun("claude", await shell("npm test"));
    expectBlocked(
      "claude",
      await shell("sudo npm test"),
      /\nReason: The command is missing, or holds a text .*\. \(command_blocked\)\n/,
    );
    const write = (file_path: string) =>
      runs(callOf("claude", { tool: "Write", input: { file_path, content: "x".repeat(50_000) } }));
    expectRun("claude", await write("/repo/src/a.ts"));
    expectBlocked(
      "claude",
      await write("/repo/src/../../etc/passwd"),
      /\nReason: The path is missing, or .*\. \(path_not_permitted\)\n/,
    );
    const search = (path: string) =>
      runs(callOf("claude", { tool: "Grep", input: { pattern: ".*", path, glob: ".env" } }));
    expectBlocked(
      "claude",
      await search("/repo"),
      /\(path_not_permitted\)\n[^]*\nHint: A search is for everything/,
    );
    expectRun("claude", await search("/repo/src"));
    expectBlocked("claude", await shell("git push origin feature"), /branch_not_allowed/);

    const held = await shell("git push origin main");
    expectBlocked("claude", held, /^APPROVAL REQUIRED/);
    const approvalId = /Approval ID: (apr_\S+)/.exec(held.stderr)?.[1] ?? "";
    expect((await shell("git push origin main")).stderr).toContain(approvalId);
    await owner.approvals.approve(approvalId);
    // In company it needs the shell too, and what it is bound to is another line.
    expectBlocked("claude", await shell("git push origin main && rm -rf /"), /branch_not_allowed/);
    expectRun("claude", await shell("git push origin main", "the-one"));
    // The answer of this one call may have been lost on its way; the call after it is another.
    expectRun("claude", await shell("git push origin main", "the-one"));
    expectBlocked("claude", await shell("git push origin main"), /^APPROVAL REQUIRED/);

    const other = "git push upstream main";
    const waiting = hook.run(["codex", "--wait-for", "1m"], shellCall("codex", other), env);
    const requested = async () =>
      (await owner.approvals.list({ agentId })).approvals.find(({ command }) => command === other);
    await expect.poll(requested, { timeout: 30_000 }).toBeDefined();
    await owner.approvals.approve((await requested())?.approvalId ?? "");
    expectRun("codex", await waiting);
  }, 120_000);
});
