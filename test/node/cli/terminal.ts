import { stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { allowed, denied, hang, json, scriptedServer } from "../sdk/scripted-server.ts";
import { hasTerminal, InstalledBehalf } from "./installed-behalf.ts";
import { pendingApproval as approval } from "./pending-approval.ts";

const agent = { BEHALFID_API_KEY: `bhf_sk_${"k3Y".repeat(14)}k`, BEHALFID_AGENT_ID: "agent_1" };
const escape = "\u001b[";
/** The command line on a terminal, where there is a person to ask. */
export async function terminalTests(consumer: () => string): Promise<void> {
  const behalfAt = (baseUrl: string, env: Record<string, string> = {}) =>
    InstalledBehalf.in(consumer(), { ...agent, BEHALFID_BASE_URL: baseUrl, ...env });

  describe.skipIf(!(await hasTerminal()))("on a terminal", () => {
    test("state has a colour, unless NO_COLOR says otherwise", async () => {
      await using server = await scriptedServer(json(200, denied));
      await using behalf = await behalfAt(server.url);
      const line = "behalf verify --action deploy";
      const coloured = await behalf.onTerminal(line).ended;
      expect(coloured).toMatchObject({ status: 2 });
      expect(coloured.stdout).toContain(`${escape}31mdenied`);
      const plain = await behalf.onTerminal(line, { env: { NO_COLOR: "1" } }).ended;
      expect(plain.stdout).not.toContain(escape);
      expect(plain.stdout).toMatch(/DECISION +denied/);
      expect((await behalf.typed(line)).stdout).not.toContain(escape);
    });

    test("what is missing is asked for", async () => {
      await using server = await scriptedServer(json(200, allowed));
      await using behalf = await behalfAt(server.url);
      const started = behalf.onTerminal("behalf verify");
      await started.shows("Which action?");
      started.type("deploy\r");
      await started.shows("On what or whom?");
      started.type("vercel.com\r");
      expect(await started.ended).toMatchObject({ status: 0 });
      const bodies = server.seen.filter(({ method }) => method === "POST").map(({ body }) => body);
      expect(bodies.map((body) => JSON.parse(body) as unknown)).toEqual([
        { agentId: "agent_1", action: "deploy", vendor: "vercel.com" },
      ]);
    });

    test("approving shows what is bound and asks; Enter alone is no, and so is Ctrl-C", async () => {
      await using server = await scriptedServer((response, { method, url }) => {
        response.setHeader("content-type", "application/json");
        const approved = { approved: true, grantExpiresAt: "2030-01-30T12:30:00Z" };
        response.end(
          JSON.stringify(method === "POST" ? approved : url.includes("apr_1") ? { approval } : {}),
        );
      });
      await using behalf = await behalfAt(server.url, {
        BEHALFID_DEVELOPER_TOKEN: `bhf_dev_${"t".repeat(43)}`,
      });
      const posts = () => server.seen.filter(({ method }) => method === "POST");
      const no = behalf.onTerminal("behalf approvals approve apr_1");
      expect(await no.shows("Approve deploy_production once?")).toContain(`"ref": "v1"`);
      no.type("\r");
      expect(await no.ended).toMatchObject({ status: 1 });
      const stopped = behalf.onTerminal("behalf approvals approve apr_1");
      await stopped.shows("Approve deploy_production once?");
      stopped.type("\u0003");
      expect(await stopped.ended).toMatchObject({ status: 130 });
      expect(posts()).toEqual([]);
      const yes = behalf.onTerminal("behalf approvals approve apr_1");
      await yes.shows("Approve deploy_production once?");
      yes.type("y");
      expect(await yes.ended).toMatchObject({ status: 0 });
      expect(posts()).toHaveLength(1);
    });

    test("waiting is shown after a second, and Ctrl-C ends it with nothing done", async () => {
      await using server = await scriptedServer(hang);
      await using behalf = await behalfAt(server.url);
      const started = behalf.onTerminal("behalf run -- touch ran");
      await started.shows("Waiting for 127.0.0.1");
      started.type("\u0003");
      expect(await started.ended).toMatchObject({ status: 130 });
      await expect(stat(join(behalf.home, "ran"))).rejects.toThrow("ENOENT");
    });

    test("Ctrl-C while signing in keeps nothing", async () => {
      const codes = {
        deviceCode: "d",
        userCode: "BCDF-GHJK",
        verificationUri: "http://127.0.0.1/device",
        verificationUriComplete: "http://127.0.0.1/device?userCode=BCDF-GHJK",
        expiresIn: 600,
        interval: 1,
      };
      await using server = await scriptedServer(json(200, codes), json(200, { status: "pending" }));
      await using behalf = await behalfAt(server.url);
      const started = behalf.onTerminal("behalf login");
      await started.shows("BCDF-GHJK");
      await started.shows("Waiting for you to confirm");
      started.type("\u0003");
      expect(await started.ended).toMatchObject({ status: 130 });
      const polls = server.seen.length;
      await expect(stat(join(behalf.home, ".behalf"))).rejects.toThrow("ENOENT");
      await new Promise((done) => {
        setTimeout(done, 1200);
      });
      expect(server.seen.length).toBe(polls);
    });
  });
}
