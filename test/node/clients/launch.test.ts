import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkClaudeArguments, checkClaudeVersion } from "../../../src/cli/launch/claude.ts";
import { configuringFlags } from "../../../src/cli/launch/codex-flags.ts";
import { shellCall } from "../hooks/tool-calls.ts";
import { allowed, denied, json, problem, scriptedServer, type Answer } from "../sdk/scripted-server.ts";
import { workplace, type Workplace } from "./workplace.ts";

const at = "2030-01-30T12:00:00.000Z";
const agent = {
  agentId: "agent_1",
  name: "deploy-bot",
  description: null,
  status: "active",
  createdAt: at,
  createdBy: null,
  disabledAt: null,
  keys: [],
};

let answer: Answer = json(200, { agent, permissions: [] });
let server: Awaited<ReturnType<typeof scriptedServer>>;
let place: Workplace;

// Each says how it was started, and ends as it is told.
const says = `printf '%s\\n' "$@" > "$HOME/args"; env > "$HOME/env"; eval "$ENDS"`;
const version = (number: string) => `if [ "$1" = --version ]; then echo "${number}"; exit 0; fi; ${says}`;

beforeAll(async () => {
  server = await scriptedServer((response, seen) => answer(response, seen));
  const apiKey = `bhf_sk_${"k3Y".repeat(14)}k`;
  place = await workplace({ baseUrl: server.url, agentId: "agent_1", apiKey });
  await place.program("claude", { script: version("2.1.295 (Claude Code)") });
  await place.program("codex", { script: says });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
});

describe("behalf claude", () => {
  test("starts nothing and writes nothing where hooks are off", async () => {
    expect(await attempt(["claude", "--bare"])).toEqual(refusalOf("with --bare it runs no hooks"));
    expect(await attempt(["claude"], { CLAUDE_CODE_SIMPLE: "1" })).toEqual(
      refusalOf("with CLAUDE_CODE_SIMPLE set"),
    );
    expect(place.has("project/.mcp.json")).toBe(false);
  });

  test("starts it with its arguments, the hook before every file, and what the agent may do", async () => {
    const typed = ["-p", "a b", "--json", "--help", "--model=x", "--", "--bare"];
    const { status, stderr } = await place.begin(["claude", ...typed], {
      BEHALFID_DEVELOPER_TOKEN: "bhf_dev_x",
      DYLD_LIBRARY_PATH: "/lib/of-the-user",
    }).ended;
    expect(status, stderr).toBe(0);
    const [flag, settings = "", protocol, context, ...others] = (await place.read("home/args"))
      .trimEnd()
      .split("\n");
    expect({ flag, protocol, context, others }).toEqual({
      flag: "--settings",
      protocol: "--append-system-prompt-file",
      context: ".behalf/context.md",
      others: typed,
    });
    const { disableAllHooks, env, hooks } = JSON.parse(settings) as {
      disableAllHooks: boolean;
      env: Record<string, string>;
      hooks: { PreToolUse: { matcher: string; hooks: Record<string, unknown>[] }[] };
    };
    expect(disableAllHooks).toBe(false);
    // What a project's settings name here would end the shell of the hook with 0, as was seen in Claude Code.
    expect(env).toMatchObject({
      CLAUDE_CODE_SHELL_PREFIX: "",
      LD_PRELOAD: "",
      DYLD_LIBRARY_PATH: "/lib/of-the-user",
    });
    expect(hooks.PreToolUse).toMatchObject([
      { matcher: "*", hooks: [{ type: "command", onFailure: "block" }] },
    ]);
    expect(hooks.PreToolUse[0]?.hooks[0]?.["command"]).toMatch(
      / hook claude \|\| \/bin\/sh -c '\/bin\/echo /,
    );
    expect(settings).not.toContain("bhf_sk_");
    expect(await place.read("project/.behalf/context.md")).toContain('"agent_1"');
    expect(await place.read("project/.mcp.json")).toContain("behalfid");
    // With the person's credential, the agent would approve what it asked for.
    expect(await place.read("home/env")).not.toContain("bhf_dev_");
  });

  // A project's settings give variables to the hooks of Claude Code, as it was seen to do with each of these.
  test("installs a hook that no variable leads to another server or to another shell", async () => {
    await using evil = await scriptedServer(json(200, allowed));
    expect((await place.begin(["claude"]).ended).status).toBe(0);
    const [, settings = ""] = (await place.read("home/args")).split("\n");
    const { hooks } = JSON.parse(settings) as { hooks: { PreToolUse: { hooks: { command: string }[] }[] } };
    const command = hooks.PreToolUse[0]?.hooks[0]?.command ?? "exit 1";
    await place.program("sh", { script: "exit 0" });
    await place.write("project/broken.cnf", "openssl_conf = nothing\n[nothing");
    const usual = answer;
    answer = json(200, denied);
    const hook = spawn("/bin/sh", ["-c", command], {
      env: {
        PATH: place.bin,
        BEHALFID_KEYCHAIN: "off",
        BEHALFID_BASE_URL: evil.url,
        NODE_USE_ENV_PROXY: "1",
        HTTP_PROXY: evil.url,
        NO_PROXY: "nothing.example",
        NODE_COMPILE_CACHE: join(place.project, "cache"),
        OPENSSL_CONF: join(place.project, "broken.cnf"),
      },
      stdio: ["pipe", "ignore", "pipe"],
    });
    hook.stdin.end(JSON.stringify(shellCall("claude", "ls")));
    const [[status], told] = await Promise.all([once(hook, "close"), text(hook.stderr)]);
    answer = usual;
    await rm(join(place.bin, "sh"));
    expect({ status, told, asked: evil.seen }).toEqual({
      status: 2,
      told: expect.stringContaining("DENIED — this tool call did not run."),
      asked: [],
    });
    await expect(stat(join(place.project, "cache"))).rejects.toThrow("ENOENT");
    // What these two lead to shows only beside other files and another certificate.
    expect(command).toContain(" NODE_PATH= ");
    expect(command).toContain(" NODE_USE_SYSTEM_CA= ");
  });

  // In a Claude Code that is started without us nothing goes before that file.
  test("has doctor say what a project lets run before the hook", async () => {
    await place.write("project/.claude/settings.json", JSON.stringify({ env: { LD_PRELOAD: "evil.so" } }));
    const { stdout } = await place.begin(["doctor"]).ended;
    await rm(join(place.project, ".claude/settings.json"));
    expect(stdout).toContain("LD_PRELOAD in .claude/settings.json runs before hooks");
  });

  test("gives the hook time to wait for a person, and the client more than that", async () => {
    expect((await place.begin(["claude"], { BEHALFID_HOOK_WAIT: "5m" }).ended).status).toBe(0);
    const [, settings = ""] = (await place.read("home/args")).split("\n");
    expect(settings).toContain("hook claude --wait-for 300s ||");
    const [, timeout] = /"timeout":(\d+)/.exec(settings) ?? [];
    expect(Number(timeout)).toBeGreaterThan(300 + 20);
    const { stdout } = await place.begin(["doctor"]).ended;
    expect(stdout).toContain("settings.local.json holds the tool calls of a plain claude");
    const { status, stderr } = await place.begin(["claude"], { BEHALFID_HOOK_WAIT: "2h" }).ended;
    expect({ status, stderr }).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("from 1s to 60m"),
    });
  });

  test("passes on its exit code, and signals to it", async () => {
    expect((await place.begin(["claude"], { ENDS: "exit 7" }).ended).status).toBe(7);
    const { child, ended } = place.begin(["claude"], {
      ENDS: `trap 'exit 5' TERM; echo ready; while :; do sleep 0.05; done`,
    });
    await new Promise((done) => child.stdout.once("data", done));
    child.kill("SIGTERM");
    expect((await ended).status).toBe(5);
  });

  test.each([
    [["--bare"], "with --bare it runs no hooks"],
    [["-p", "x", "--safe-mode"], "with --safe-mode it runs no hooks"],
    [["--settings", "{}"], "your --settings would take the place"],
    [["--settings={}"], "your --settings would take the place"],
    [["--cloud=x"], "--cloud=x works in a session"],
    [["--bg"], "--bg works in a session"],
    [["attach", "x"], "attach works in a session"],
  ])("is not for %j", (typed, why) => {
    expect(() => checkClaudeArguments(typed)).toThrow(why);
  });

  test.each([
    ["2.1.294", "version 2.1.294 lets a tool run when its hook fails"],
    ["2.0.999", "version 2.0.999 lets a tool run"],
    ["1.9.999", "version 1.9.999 lets a tool run"],
    [undefined, "it does not say which version it is"],
  ])("is not for version %s", (number, why) => {
    expect(() => checkClaudeVersion(number)).toThrow(why);
  });

  test.each(["2.1.295", "2.2.0", "3.0.0-beta.1"])("is for version %s", (number) => {
    expect(() => checkClaudeVersion(number)).not.toThrow();
  });

  test("does not start a version that lets a tool run when its hook fails", async () => {
    await place.program("claude", { script: version("2.1.294 (Claude Code)") });
    expect(await attempt(["claude"])).toEqual(refusalOf("version 2.1.294 lets a tool run"));
    await place.program("claude", { script: version("2.1.295 (Claude Code)") });
  });

  test("does not start it when nobody can say what the agent may do", async () => {
    const usual = answer;
    answer = problem(401, "AGENT_API_KEY_MISMATCH");
    expect(await attempt(["claude"])).toEqual(refusalOf("The sentence of AGENT_API_KEY_MISMATCH."));
    answer = usual;
  });
});

describe("behalf codex", () => {
  test.each([
    [["--disable", "hooks"], "--disable hooks would change which hooks run"],
    [["exec", "--disable=codex_hooks", "x"], "--disable=codex_hooks would change"],
    [["exec", "-c", "features.hooks=false", "x"], "-c features.hooks=false would change"],
    [["-cfeatures={hooks=false}"], "-cfeatures={hooks=false} would change"],
    [["-c=hooks.PreToolUse=[]"], "would change which hooks run"],
    [["--config=hooks.state={}"], "would change which hooks run"],
    [["--enable", "unified_exec_tty"], "would let it type into a program that was allowed"],
    [["-m", "x", "cloud"], "cloud works in a session"],
    [["--remote", "ws://x"], "--remote works in a session"],
  ])("is not for %j", (typed, why) => {
    expect(() => configuringFlags(typed)).toThrow(why);
  });

  test("asks Codex with what changes the configuration, and with nothing else", () => {
    const typed = [
      "-c",
      "a=1",
      "exec",
      "--json",
      "-m",
      "x",
      "--enable=y",
      "what are hooks?",
      "--",
      "-c",
      "b=hooks",
    ];
    expect(configuringFlags(typed)).toEqual(["-c", "a=1", "--enable=y"]);
  });

  test("starts nothing where Codex does not say which hooks it would run", async () => {
    expect(await attempt(["codex", "exec", "x"])).toEqual(
      refusalOf("it does not say which hooks it would run"),
    );
  });
});

test("what launchers write is in place, asks by absolute paths, and goes with behalf mcp remove", async () => {
  await place.program("cursor", { script: says });
  await place.begin(["mcp", "remove"]).ended;
  await place.write("project/.cursor/hooks.json", '{ "version": 1, "hooks": {} }');
  for (const args of [["claude"], ["run", "cursor", ".", "--json"]]) {
    const { status, stderr } = await place.begin(args).ended;
    expect(status, stderr).toBe(0);
  }
  expect(await place.read("home/args")).toBe(".\n--json\n");
  const cursor = JSON.parse(await place.read("project/.cursor/hooks.json")) as {
    hooks: Record<string, { command: string; failClosed: boolean }[]>;
  };
  expect(Object.keys(cursor.hooks)).toContain("beforeShellExecution");
  for (const hooks of Object.values(cursor.hooks))
    expect(hooks).toMatchObject([{ command: expect.stringContaining(" hook cursor || "), failClosed: true }]);
  const claude = await place.read("project/.claude/settings.local.json");
  expect(claude).toContain(`${process.execPath} `);
  expect(claude + JSON.stringify(cursor)).not.toContain("bhf_sk_");

  const { status, stderr } = await place.begin(["mcp", "remove"]).ended;
  expect(status, stderr).toBe(0);
  expect(await place.read("project/.cursor/hooks.json")).toBe('{ "version": 1, "hooks": {} }');
  for (const gone of [".claude", ".mcp.json", ".behalf"])
    expect(place.has(`project/${gone}`), gone).toBe(false);
});

test("what is not installed is said, with how to install it", async () => {
  const { status, stderr } = await place.begin(["codex"], { PATH: "/nowhere" }).ended;
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: expect.stringMatching(
      /Codex is not installed: .*\n.*npm install --global @openai\/codex/,
    ) as string,
  });
});

/** What came of it, and whether the program was run. */
async function attempt(args: string[], env: Record<string, string> = {}) {
  await place.write("home/args", "");
  const { status, stdout, stderr } = await place.begin(args, env).ended;
  const typed = await place.read("home/args");
  // Codex is asked about its hooks before it is started.
  return { status, stdout, stderr, isStarted: typed !== "" && !typed.endsWith("app-server\n") };
}

function refusalOf(why: string) {
  return { status: 1, stdout: "", stderr: expect.stringContaining(why) as string, isStarted: false };
}
