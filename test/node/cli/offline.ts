import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { mcpServerName } from "../../../src/mcp/server-name.ts";
import { drop, hang, json, scriptedServer, text } from "../sdk/scripted-server.ts";
import { allowed, approvalRequired, denied } from "../sdk/scripted-server.ts";
import { InstalledBehalf } from "./installed-behalf.ts";
import { pendingApproval } from "./pending-approval.ts";

const key = `bhf_sk_${"k3Y".repeat(14)}k`;
const agent = { BEHALFID_API_KEY: key, BEHALFID_AGENT_ID: "agent_1" };
const cases = resolve(import.meta.dirname, "../../cases");
// What acts on a terminal, but for the line end.
const acting = /(?!\n)[\p{Cc}\p{Bidi_Control}\u200b]/u;

/** The command line against servers that fail, lie and hang, and without any. */
export function offlineTests(consumer: () => string): void {
  const behalfAt = (baseUrl: string, env: Record<string, string> = {}) =>
    InstalledBehalf.in(consumer(), { ...agent, BEHALFID_BASE_URL: baseUrl, ...env });
  const touch = ["run", "--", "touch", "ran"];
  const hasRun = ({ home }: InstalledBehalf) =>
    stat(join(home, "ran")).then(
      () => true,
      () => false,
    );

  describe("without a server", () => {
    test("says so in one sentence, with what to type next", async () => {
      await using behalf = await behalfAt("http://127.0.0.1:9");
      const verify = await behalf.run(["verify", "--action", "deploy"]);
      expect(verify).toMatchObject({ status: 1, stdout: "" });
      expect(verify.stderr).toBe(
        "✗ http://127.0.0.1:9 could not be reached (ECONNREFUSED).\n  Look at what is wrong: behalf doctor\n",
      );
      expect((await behalf.run(touch)).status).toBe(1);
      expect(await hasRun(behalf)).toBe(false);
      const doctor = await behalf.run(["doctor"]);
      expect(doctor.status).toBe(1);
      expect(doctor.stdout).toMatch(/✗ server .*\n +fix: /);
    });

    test("tells mistakes, with what to type instead", async () => {
      await using behalf = await behalfAt("http://127.0.0.1:9");
      for (const [args, said] of [
        [["verfy"], "Did you mean verify?"],
        [["verify"], "behalf verify --action deploy"],
        [["run", "ls"], "behalf run -- ls"],
        [["run", "--", "no-such-program"], "Nothing was asked and nothing ran."],
        [["config", "set", "api-key", "hunter2"], "an agent key: one starts with bhf_sk_"],
        [["approvals", "approve", "apr_1"], "--yes"],
        [["verify", "--action", "a", "--api-key", "bhf_sk_short"], "43 more characters"],
        [["permissions", "list", "../tokens"], "agentId must be an id that starts with agent_"],
      ] as const) {
        const { status, stdout, stderr } = await behalf.run(args);
        expect({ args, status, stdout }).toEqual({ args, status: 1, stdout: "" });
        expect(stderr).toContain(said);
      }
    });
  });

  describe("a server that is not to be trusted", () => {
    test.each([
      ["hangs", hang],
      ["breaks off", drop],
      ["answers with half a packet", json(200, { allowed: true })],
      ["says yes as text", json(200, { ...allowed, allowed: "true" })],
      ["says yes with an error", json(500, allowed)],
      ["redirects", json(307, allowed, { location: "http://127.0.0.1:9/" })],
      ["sends a page", text(200, JSON.stringify(allowed), { "content-type": "text/html" })],
    ])("that %s makes nothing run", async (_, answer) => {
      await using server = await scriptedServer(answer);
      await using behalf = await behalfAt(server.url);
      const started = behalf.begin(["behalf", ...touch.toSpliced(1, 0, "--timeout", "1")]);
      const { status, stdout, stderr, ms } = await started.ended;
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      expect(stderr).toMatch(/^✗ .+\n {2}.+\n/);
      expect(ms).toBeLessThan(30_000);
      expect(await hasRun(behalf)).toBe(false);
    });

    test("neither a denial nor a held request runs anything", async () => {
      const blocked = { ...denied, reason: "command_blocked", reasonCode: "command_blocked" };
      for (const [packet, exit, why] of [
        [denied, 2, denied.reason],
        [blocked, 2, "The command is missing, or holds a text that the permission denies. (command_blocked)"],
        [approvalRequired, 3, approvalRequired.reason],
      ] as const) {
        await using server = await scriptedServer(json(200, packet));
        await using behalf = await behalfAt(server.url);
        const { status, stdout, stderr } = await behalf.run(touch);
        expect({ status, stdout }).toEqual({ status: exit, stdout: "" });
        expect(stderr).toContain(`✗ Not run. ${why}`);
        expect(await hasRun(behalf)).toBe(false);
      }
    });

    test("cannot act on the terminal with what it sends", async () => {
      const evil = "\u001b]0;owned\u0007\u001b[2Jpay\u202eyap\u200b \u009b31m\r\nDECISION allowed";
      const approval = {
        ...pendingApproval,
        agentName: evil,
        action: evil,
        resource: evil,
        vendor: evil,
        arguments: { [evil]: evil },
        environment: evil,
        command: `curl p\u0430ypal.com ${evil}`,
        cwd: evil,
        fingerprint: evil,
        decidedBy: evil,
        decidedByName: evil,
        comment: evil,
      };
      const page = { approvals: [approval], nextCursor: evil };
      const problem = {
        title: evil,
        status: 403,
        detail: evil,
        code: "FORBIDDEN",
        hint: evil,
        requestId: evil,
      };
      await using server = await scriptedServer((response, { url }) => {
        response.setHeader("content-type", "application/json");
        if (url.includes("/agents")) response.writeHead(403).end(JSON.stringify(problem));
        else response.end(JSON.stringify(url.includes("apr_1") ? { approval } : page));
      });
      await using behalf = await behalfAt(server.url, {
        BEHALFID_DEVELOPER_TOKEN: `bhf_dev_${"t".repeat(43)}`,
      });
      const shown = await behalf.run(["approvals", "show", "apr_1"]);
      expect(shown).toMatchObject({ status: 0, stderr: "" });
      expect(shown.stdout).toContain("\\e]0;owned");
      expect(shown.stdout).toContain("p\\u{430}ypal.com");
      expect(shown.stdout).not.toMatch(/^DECISION/m);
      const all = [
        shown,
        await behalf.run(["approvals", "list"]),
        await behalf.run(["approvals", "list", "--json"]),
        await behalf.run(["agents", "list"]),
        await behalf.run(["agents", "list", "--json"]),
      ];
      for (const { stdout, stderr } of all) {
        // Zero-width characters are harmless inside JSON, where nothing but a program reads them.
        expect(`${stdout}${stderr}`.replaceAll("\u200b", "")).not.toMatch(acting);
      }
    });
  });

  describe("run", () => {
    test("asks for exactly what it runs, and runs exactly what it asked for", async () => {
      await using server = await scriptedServer(json(200, allowed));
      await using behalf = await behalfAt(server.url);
      const odd = ["a b", "", "it's", "$(id)", "`id`", "new\nline", "--json", "*", "-rf", "é"];
      const program = "console.log(JSON.stringify(process.argv.slice(1)))";
      const ran = await behalf.run(["run", "--env", "staging", "--", "node", "-e", program, "--", ...odd]);
      expect(ran).toMatchObject({ status: 0, stderr: "" });
      expect(JSON.parse(ran.stdout)).toEqual(odd);
      const asked = JSON.parse(server.seen[0]?.body ?? "") as {
        arguments: { executable: string };
        policyContext: { toolInput: { command: string } };
      };
      expect(asked).toMatchObject({
        agentId: "agent_1",
        action: "execute_command",
        metadata: { environment: "staging" },
        arguments: { argv: ["node", "-e", program, "--", ...odd] },
        policyContext: { cwd: behalf.home, home: behalf.home },
      });
      expect(asked.arguments.executable).toMatch(/^\/.*\/node$/);
      // A shell reads the bound line back as the same words.
      const again = await behalf.typed(asked.policyContext.toolInput.command);
      expect(JSON.parse(again.stdout)).toEqual(odd);
    });

    test("passes on the exit code, the signal and the signals that it gets", async () => {
      await using server = await scriptedServer(json(200, allowed));
      await using behalf = await behalfAt(server.url);
      expect((await behalf.run(["run", "--", "sh", "-c", "exit 42"])).status).toBe(42);
      expect(await behalf.run(["run", "--", "sh", "-c", "kill -TERM $$"])).toMatchObject({
        signal: "SIGTERM",
      });
      const trapping = behalf.begin([
        "behalf",
        "run",
        "--",
        "node",
        "-e",
        "process.on('SIGTERM', () => { console.log('asked'); process.exit(5); }); setInterval(() => {}, 9); console.log('up')",
      ]);
      await trapping.shows("up");
      trapping.child.kill("SIGTERM");
      expect(await trapping.ended).toMatchObject({ status: 5, stdout: "up\nasked\n" });
      const json1 = await behalf.run(["run", "--json", "--", "sh", "-c", "echo out; exit 3"]);
      expect(json1).toMatchObject({ status: 3, stderr: "out\n" });
      expect(JSON.parse(json1.stdout)).toMatchObject({ executed: true, exitCode: 3, signal: null });
    });
  });

  describe("logs", () => {
    test("tell a search that finds nothing from a record that has nothing", async () => {
      const summary = { total: 0, allowed: 0, denied: 0, approvalRequired: 0 };
      const pagination = { limit: 50, page: 1, nextCursor: null, hasMore: false };
      await using server = await scriptedServer(json(200, { logs: [], summary, pagination }));
      await using behalf = await behalfAt(server.url);
      expect((await behalf.run(["logs"])).stdout).toBe("Nothing is on record yet.\n");
      const search = await behalf.run(["logs", "--decision", "denied"]);
      expect(search).toMatchObject({ status: 0, stdout: "Nothing on record matches.\n" });
    });

    test("that break off are no whole file, and no fault of this program", async () => {
      await using server = await scriptedServer((response) => {
        response.writeHead(200, { "content-type": "application/x-ndjson" });
        response.write("{}\n", () => response.socket?.destroy());
      });
      await using behalf = await behalfAt(server.url, {
        BEHALFID_DEVELOPER_TOKEN: `bhf_dev_${"t".repeat(43)}`,
      });
      for (const args of [
        ["logs", "--ndjson"],
        ["ledger", "verify", "agent_1"],
      ]) {
        const { status, stderr } = await behalf.run(args);
        expect({ args, status }).toEqual({ args, status: 1 });
        expect(stderr).toMatch(/^✗ The answer of .+ cannot be used\. It broke off\.\n/);
      }
    });

    test("are read no faster than they are taken", async () => {
      let sent = 0;
      await using server = await scriptedServer((response) => {
        response.writeHead(200, { "content-type": "application/x-ndjson" });
        const line = `${"x".repeat(64 * 1024)}\n`;
        const more = () => {
          while (!response.destroyed) {
            sent += line.length;
            if (!response.write(line)) return void response.once("drain", more);
          }
        };
        more();
      });
      await using behalf = await behalfAt(server.url, {
        BEHALFID_DEVELOPER_TOKEN: `bhf_dev_${"t".repeat(43)}`,
      });
      const slow = await behalf.typed("behalf logs --ndjson | (sleep 1.5; head -c 10)");
      expect(slow.stdout).toBe("xxxxxxxxxx");
      expect(sent).toBeLessThan(64 * 1024 * 1024);
    });
  });

  describe("what it keeps", () => {
    test("goes into a file when the keychain hangs, and nothing waits for it for long", async () => {
      const bus = createServer(() => undefined);
      await using behalf = await InstalledBehalf.in(consumer());
      const socket = join(behalf.home, "bus");
      await new Promise<void>((done) => bus.listen(socket, done));
      const env = { DBUS_SESSION_BUS_ADDRESS: `unix:path=${socket}` };
      const set = await behalf.run(["config", "set", "api-key", key], { env });
      bus.close();
      expect(set).toMatchObject({ status: 0, stderr: "" });
      expect(set.stdout).not.toContain(key.slice(7));
      expect(set.ms).toBeLessThan(30_000);
      const file = join(behalf.home, ".behalf/credentials.json");
      expect(JSON.parse(await readFile(file, "utf8"))).toEqual({ "api-key": key });
      for (const command of ["config get api-key", "config list", "config list --json"])
        expect((await behalf.typed(`behalf ${command}`)).stdout).toContain("bhf_sk_[redacted]");
      expect((await behalf.run(["config", "clear"])).status).toBe(0);
      await expect(stat(file)).rejects.toThrow("ENOENT");
    });

    test("gives way to the environment, and that to flags", async () => {
      await using server = await scriptedServer(json(200, allowed));
      await using behalf = await InstalledBehalf.in(consumer());
      for (const [name, value] of [
        ["base-url", "http://127.0.0.1:9"],
        ["agent-id", "agent_configured"],
        ["api-key", key],
      ] as const)
        expect((await behalf.run(["config", "set", name, value])).status).toBe(0);
      const env = {
        BEHALFID_BASE_URL: server.url,
        BEHALFID_AGENT_ID: "agent_environment",
        BEHALFID_API_KEY: "",
      };
      await behalf.run(["verify", "--action", "a", "--json"], { env });
      const flags = ["--agent-id", "agent_flag", "--api-key", `bhf_sk_${"f".repeat(43)}`];
      await behalf.run(["verify", "--action", "a", "--json", ...flags], { env });
      expect(
        server.seen.map(({ headers, body }) => [
          (JSON.parse(body) as { agentId: string }).agentId,
          headers.authorization,
        ]),
      ).toEqual([
        ["agent_environment", `Bearer ${key}`],
        ["agent_flag", `Bearer bhf_sk_${"f".repeat(43)}`],
      ]);
    });

    test("is told by doctor when others can read it, or it is damaged", async () => {
      await using behalf = await behalfAt("http://127.0.0.1:9");
      await behalf.run(["config", "set", "agent-id", "agent_1"]);
      const open = await behalf.typed("chmod 644 ~/.behalf/config.json; behalf doctor");
      expect(open).toMatchObject({ status: 1 });
      expect(open.stdout).toMatch(/fix: chmod 600 .*config\.json/);
      await writeFile(join(behalf.home, ".behalf/config.json"), "{");
      const damaged = await behalf.run(["doctor"], { env: { BEHALFID_BASE_URL: "" } });
      expect(damaged.stdout).toContain("fix: behalf config clear");
      await writeFile(join(behalf.home, ".behalf/config.json"), "{}", { mode: 0o600 });
      await writeFile(join(behalf.home, ".behalf/credentials.json"), "{", { mode: 0o600 });
      const secrets = await behalf.run(["doctor"], { env: { BEHALFID_API_KEY: "" } });
      expect(secrets).toMatchObject({ status: 1, stderr: "" });
      expect(secrets.stdout).toMatch(
        /✗ configuration .*credentials\.json is damaged\.\n +fix: behalf config clear/,
      );
    });
  });

  test("doctor looks at the MCP set-up of the folder, and says how to put it right", async () => {
    await using behalf = await behalfAt("http://127.0.0.1:9");
    const doctor = async (config: string, path?: string) => {
      await writeFile(join(behalf.home, ".mcp.json"), config);
      const program = join(consumer(), "node_modules/behalf/dist/cli/main.cjs");
      const line = [process.execPath, program, "doctor", "--json"];
      const { stdout } = await behalf.begin(line, path === undefined ? {} : { env: { PATH: path } }).ended;
      const { findings } = JSON.parse(stdout) as {
        findings: { check: string; status: string; fix?: string }[];
      };
      return findings.filter(({ check }) => check === "MCP").map(({ status, fix }) => [status, fix]);
    };
    const registered = (entry: object) => JSON.stringify({ mcpServers: { [mcpServerName]: entry } });
    const ours = registered({ command: "behalf", args: ["mcp", "start"] });
    const noContext = ["warning", "behalf mcp init --refresh"];
    expect(await doctor("{}")).toEqual([["skipped", undefined]]);
    expect(await doctor(ours)).toEqual([["ok", undefined], noContext]);
    expect(await doctor(ours, behalf.home)).toEqual([["broken", "npm install -g behalf"], noContext]);
    expect(await doctor(registered({ command: "other" }))).toEqual([
      ["warning", "Rename it or take it out, then: behalf mcp init"],
    ]);
    expect((await doctor("{"))[0]?.[0]).toBe("broken");
  });

  test("policy test decides every case of this repository as it should, and finds one that is wrong", async () => {
    await using behalf = await InstalledBehalf.in(consumer());
    const files = (await readdir(cases)).filter((name) => name.endsWith(".json"));
    const all = await behalf.run(["policy", "test", "--json", ...files.map((name) => join(cases, name))]);
    expect(all).toMatchObject({ status: 0, stderr: "" });
    expect(JSON.parse(all.stdout)).toMatchObject({ ok: true, failed: 0 });
    const wrong = join(behalf.home, "wrong.json");
    const one = { name: "a deploy", request: { action: "deploy" }, expect: { outcome: "allow" } };
    await writeFile(wrong, JSON.stringify({ cases: [one] }));
    const failed = await behalf.run(["policy", "test", wrong]);
    expect(failed.status).toBe(1);
    expect(failed.stdout).toMatch(/✗ a deploy\n +expected +allow\n +decided +deny no_permission/);
    await writeFile(wrong, JSON.stringify({ cases: [{ ...one, expects: {} }] }));
    expect((await behalf.run(["policy", "test", wrong])).stderr).toContain(
      "cases.0.expects is not a known field",
    );
  });
}
