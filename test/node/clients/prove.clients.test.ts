import { afterAll, beforeAll, expect, test } from "vitest";
import type { Finding } from "../../../src/cli/doctor/finding.ts";
import { problem, scriptedServer } from "../sdk/scripted-server.ts";
import { realClients } from "./real-clients.ts";
import { workplace, type Workplace } from "./workplace.ts";

let server: Awaited<ReturnType<typeof scriptedServer>>;
let place: Workplace;

beforeAll(async () => {
  server = await scriptedServer(problem(401, "AGENT_API_KEY_MISMATCH"));
  const apiKey = `bhf_sk_${"k3Y".repeat(14)}k`;
  place = await workplace({ baseUrl: server.url, agentId: "agent_1", apiKey });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
});

const fileOf = (wanted: string) => realClients.find(({ name }) => name === wanted)?.file;
const [claude, codex] = [fileOf("claude"), fileOf("codex")];

async function proved() {
  const { status, stdout, stderr } = await place.begin(["doctor", "--prove", "--json"]).ended;
  const { findings } = JSON.parse(stdout || "{}") as { findings?: Finding[] };
  const about = (check: string) =>
    (findings ?? []).flatMap((each) => (each.check === check ? [`${each.status}: ${each.detail}`] : []));
  return { status, stderr, about };
}

const patient = { timeout: 240_000 };

test.skipIf(claude === undefined || codex === undefined)(
  "every kind of tool is really blocked in the real clients, with a key that opens nothing and no record",
  patient,
  async () => {
    await place.program("claude", { file: claude ?? "" });
    await place.program("codex", { file: codex ?? "" });
    const { about, stderr } = await proved();
    expect(about("prove claude"), stderr).toEqual([
      "ok: Claude Code is really blocked: shell, file writes, file reads, web, sub-agents, MCP tools",
    ]);
    expect(about("prove codex")).toEqual([
      "ok: Codex is really blocked: shell, file writes, file reads, sub-agents, MCP tools",
    ]);
    expect(about("prove cursor")).toEqual(["skipped: the project has no hooks of Cursor"]);
    // The agent's own key was sent to find out who it is, and for nothing that a tool was called for.
    const asked = server.seen.filter(({ url }) => url.startsWith("/api/verify"));
    expect(asked.length).toBeGreaterThanOrEqual(11);
    for (const { headers } of asked) expect(headers.authorization).not.toContain("k3Y");
  },
);

test.skipIf(claude === undefined)(
  "a client that is started without the hook is found out, and so is what the files say",
  patient,
  async () => {
    // As an alias or a wrapper would that leaves out what it does not know.
    const dropping = `[ "$1" = --settings ] && shift 2\nexec "${claude ?? ""}" "$@"`;
    await place.program("claude", { script: dropping });
    await place.program("codex", { script: "exit 1" });
    const other = [{ matcher: "Bash", hooks: [{ type: "command", command: "lint" }] }];
    const settings = { disableAllHooks: true, hooks: { PreToolUse: other } };
    await place.write("project/.claude/settings.json", JSON.stringify(settings));
    await place.write("project/.claude/settings.local.json", "{ // mine\n}");
    const { status, about } = await proved();
    expect(status).toBe(1);
    const [first = ""] = about("prove claude");
    expect(first).toMatch(/^broken: Claude Code ran without asking: shell, .*file reads/);
    const refused = "Codex was not started: it does not say which hooks it would run.";
    expect(about("prove codex")).toEqual([`broken: ${refused}`]);
    expect(about("codex hook")).toEqual([`warning: ${refused}`]);
    expect(about("claude hook")).toEqual(["ok: behalf claude holds its tool calls"]);
    expect(about("claude files")).toEqual([
      "warning: .claude/settings.json has another hook before tools, which could change a call after it was allowed.",
      "warning: disableAllHooks in .claude/settings.json keeps hooks from running in a plain claude.",
      "warning: .claude/settings.local.json is not plain JSON, so its hooks are ignored.",
    ]);
  },
);
