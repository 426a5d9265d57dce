import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LiveNews } from "../../../src/cli/live-news.ts";
import { hasTerminal } from "./installed-behalf.ts";
import { runningServer, type RunningServer } from "./running-server.ts";
import { behalfWithAgent, signedInBehalf } from "./signed-in-behalf.ts";

type Json = Record<string, unknown>;

// As the walkthrough has them, with the agent's id in the place of agent_xxx.
const stagingLine = `behalf permissions create agent_xxx \\
  --action deploy \\
  --resource vercel.com \\
  --allowed "deploy to staging,create preview deployment,update environment variables on staging" \\
  --blocked "deploy to production,promote to production,delete production deployment"`;
const productionLine = `behalf permissions create agent_xxx \\
  --action deploy_production \\
  --resource vercel.com \\
  --allowed "promote staging to production" \\
  --blocked "rollback without approval,delete production deployment" \\
  --requires-approval`;

/** The command line against a real server. `consumer` is where the package is installed. */
export function walkthroughTests(consumer: () => string): void {
  let server: RunningServer;
  let work: string;

  beforeAll(async () => {
    [server, work] = await Promise.all([runningServer(), mkdtemp(join(tmpdir(), "behalf-cli-work-"))]);
  }, 180_000);
  afterAll(() => rm(work, { recursive: true, force: true }));

  const signedIn = (name: string) => signedInBehalf(consumer(), server, name);
  const withAgent = (name: string) => behalfWithAgent(consumer(), server, name);

  test("the walkthrough goes as it is written", async () => {
    const { behalf } = await signedIn("walkthrough");
    await using _ = behalf;
    const created = await behalf.run(["agents", "create", "Coding agent", "--json"]);
    const { agentId, apiKey } = JSON.parse(created.stdout) as { agentId: string; apiKey: string };
    const asTyped = (line: string) => behalf.typed(line.replaceAll("agent_xxx", agentId));

    for (const line of [stagingLine, productionLine]) {
      const { status, stdout, stderr } = await asTyped(line);
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      expect(stdout).toMatch(/^✓ perm_\S+ is active\.$/m);
    }

    const configured = await asTyped(
      `behalf config set agent-id agent_xxx && behalf config set api-key ${apiKey} && behalf config list`,
    );
    expect(configured).toMatchObject({ status: 0, stderr: "" });
    expect(configured.stdout).toContain("bhf_sk_[redacted]");
    expect(configured.stdout).not.toContain(apiKey.slice(7));
    const kept = join(behalf.home, ".behalf");
    expect((await stat(kept)).mode & 0o777).toBe(0o700);
    for (const file of ["config.json", "credentials.json"])
      expect((await stat(join(kept, file))).mode & 0o777).toBe(0o600);

    const staging = await asTyped("behalf verify --action deploy --vendor vercel.com --env staging");
    expect(staging.status).toBe(0);
    const held = await asTyped(
      "behalf verify agent_xxx --action deploy_production --vendor vercel.com --env production",
    );
    expect(held.status).toBe(3);
    const requestId = /requestId\s+(req_\S+)/.exec(held.stdout)?.[1] ?? "";
    const approvalId = /approvalId\s+(apr_\S+)/.exec(held.stdout)?.[1] ?? "";
    expect(held.stdout.replaceAll(/ {2,}/g, " ")).toMatch(
      new RegExp(
        [
          `^ agent ${agentId}\n action deploy_production\n vendor vercel.com\n env production\n\n`,
          ` checking Coding agent\\.\\.\\.\n 2 permissions active\n\n`,
          ` DECISION denied\n reason requires_approval\n executed false\n requestId ${requestId}\n`,
        ].join(""),
      ),
    );

    const shown = await asTyped("behalf approvals list");
    for (const what of ["Coding agent", "deploy_production", "vercel.com", approvalId])
      expect(shown.stdout).toContain(what);
    const approved = await asTyped(`behalf approvals approve ${approvalId} --yes --json`);
    expect(JSON.parse(approved.stdout)).toMatchObject({ approvalId, approved: true });

    const retry = "behalf verify --action deploy_production --vendor vercel.com --env production --json";
    const allowed = await asTyped(retry);
    expect(allowed.status).toBe(0);
    const packet = JSON.parse(allowed.stdout) as Json;
    expect(packet).toMatchObject({
      allowed: true,
      approvalRequired: false,
      reason: "Action allowed by approved permission grant.",
      risk: "low",
    });
    expect((await asTyped(retry)).status).toBe(3);

    const logs = await asTyped("behalf logs agent_xxx");
    const lines = logs.stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(4);
    expect(lines[1]).toMatch(new RegExp(`^${requestId} → denied \\(approvalRequired\\)`));
    expect(lines[2]).toMatch(new RegExp(`^${String(packet["requestId"])} → allowed`));
  });

  test("a denial exits with 2 and says why; explain says which check failed", async () => {
    const { behalf, create } = await withAgent("denied");
    await using _ = behalf;
    await create("--action deploy --resource vercel.com --max-amount 10");
    const denied = await behalf.run(["verify", "--action", "deploy", "--vendor", "other.com", "--json"]);
    expect(denied.status).toBe(2);
    expect(JSON.parse(denied.stdout)).toMatchObject({ allowed: false, reasonCode: "resource_mismatch" });
    const explained = await behalf.run(["explain", "--action", "deploy", "--vendor", "vercel.com"]);
    expect(explained.status).toBe(0);
    expect(explained.stdout).toContain("failed amount: amount is required");
    const logs = await behalf.run(["logs", "--json"]);
    expect((JSON.parse(logs.stdout) as { logs: unknown[] }).logs).toHaveLength(1);
  });

  test("replacing a permission keeps what is not named, and takes away what is", async () => {
    const { behalf, create, agentId } = await withAgent("replacing");
    await using _ = behalf;
    const made = await create(
      "--action buy --max-amount 10 --vendors a.com,b.com --requires-approval --expires 30d --json",
    );
    const { permissionId } = JSON.parse(made.stdout) as { permissionId: string };
    const replaced = await behalf.typed(
      `behalf permissions replace ${permissionId} --max-amount 20 --clear vendors --json`,
    );
    const next = JSON.parse(replaced.stdout) as { permissionId: string; replaces: string };
    expect(next.replaces).toBe(permissionId);
    const shown = await behalf.run(["permissions", "show", agentId, next.permissionId, "--json"]);
    const { permission } = JSON.parse(shown.stdout) as { permission: Json & { constraints: Json } };
    expect(permission).toMatchObject({
      action: "buy",
      requiresApproval: true,
      constraints: { maxAmount: 20 },
    });
    expect(permission.constraints).toHaveProperty("expiresAt");
    expect(permission.constraints).not.toHaveProperty("allowedVendors");
    const revoked = await behalf.run(["permissions", "revoke", next.permissionId]);
    expect(revoked.status).toBe(0);
    expect((await behalf.run(["permissions", "list"])).stdout).toContain("may do nothing yet");
  });

  test("run waits for a person, runs exactly what was approved, and only once", async () => {
    const { behalf, create } = await withAgent("running");
    await using _ = behalf;
    await create("--action execute_command --requires-approval --deny-commands 'rm -rf'");
    const marker = join(work, "deployed");
    const deploy = ["bash", "-c", `echo "$1" >> ${marker}; exit 7`, "deploy", "v1 'quoted' $(id)"];

    const waiting = behalf.begin(["behalf", "run", "--wait", "--", ...deploy]);
    const shown = await waiting.shows(/Waiting for a person: apr_\S+/);
    const approvalId = /apr_[A-Za-z0-9_-]+/.exec(shown)?.[0] ?? "";
    const other = await behalf.run(["run", "--", ...deploy.slice(0, -1), "v2"]);
    expect(other).toMatchObject({ status: 3, stdout: "" });
    const card = await behalf.run(["approvals", "show", approvalId]);
    expect(card.stdout).toContain(`deploy 'v1 '\\''quoted'\\'' $(id)'`);
    expect(card.stdout).toContain(`"v1 'quoted' $(id)"`);
    await expect(stat(marker)).rejects.toThrow("ENOENT");
    expect((await behalf.run(["approvals", "approve", approvalId, "--yes"])).status).toBe(0);
    expect(await waiting.ended).toMatchObject({ status: 7 });
    expect(await readFile(marker, "utf8")).toBe("v1 'quoted' $(id)\n");
    expect((await behalf.run(["run", "--", ...deploy])).status).toBe(3);
    expect((await behalf.run(["run", "--", "rm", "-rf", work])).status).toBe(2);
    expect(await readFile(marker, "utf8")).toBe("v1 'quoted' $(id)\n");
  });

  test("an approver who watches sees a request when it is made, and decides it there", async () => {
    const { behalf, create } = await withAgent("watching");
    await using _ = behalf;
    await create("--action deploy_production --requires-approval");
    const credentials = await readFile(join(behalf.home, ".behalf/credentials.json"), "utf8");
    const session = (JSON.parse(credentials) as Record<string, string>)[`session ${server.url}`];
    const ending = new AbortController();
    const news = new LiveNews({
      baseUrl: server.url,
      credentials: { session },
      about: "approval",
      signal: ending.signal,
    });
    while (!news.isOpen) await news.next();
    const rung = news.next();
    const watching = behalf.begin(["behalf", "approvals", "watch", "--ndjson"]);
    await behalf.run(["verify", "--action", "deploy_production", "--arg", "ref=v1"]);
    await watching.shows(`"ref":"v1"`);
    await rung;
    expect(news.isOpen).toBe(true);
    ending.abort();
    watching.child.kill("SIGINT");
    expect(await watching.ended).toMatchObject({ status: 130, stderr: "" });

    if (!(await hasTerminal())) return;
    const person = behalf.onTerminal("behalf approvals watch");
    await person.shows("deploy_production: what now?");
    // Down once: from leaving it for later to approving.
    person.type("\u001b[B\r");
    await person.shows("Approved once");
    person.type("\u0003");
    expect(await person.ended).toMatchObject({ status: 130 });
    expect((await behalf.run(["verify", "--action", "deploy_production", "--arg", "ref=v1"])).status).toBe(0);
  });

  test("a wrong key decides nothing", async () => {
    const { behalf, agentId } = await withAgent("wrong-key");
    await using _ = behalf;
    const wrong = { BEHALFID_API_KEY: `bhf_sk_${"x".repeat(43)}` };
    const verify = await behalf.run(["verify", agentId, "--action", "deploy"], { env: wrong });
    expect(verify).toMatchObject({ status: 1, stdout: "" });
    expect(verify.stderr).toMatch(/^✗ This API key does not open this agent\.\n {2}See which/);
    const json = await behalf.run(["verify", agentId, "--action", "deploy", "--json"], { env: wrong });
    expect(json).toMatchObject({ status: 1, stdout: "" });
    expect(JSON.parse(json.stderr)).toMatchObject({ code: "AGENT_API_KEY_MISMATCH", status: 401 });
    const doctor = await behalf.run(["doctor", "--json"], { env: wrong });
    expect(doctor.status).toBe(1);
    expect(JSON.parse(doctor.stdout)).toMatchObject({
      ok: false,
      findings: expect.arrayContaining([
        expect.objectContaining({ check: "server", status: "ok" }),
        expect.objectContaining({ check: "agent key", status: "broken" }),
      ]) as unknown,
    });
  });

  describe("the record", () => {
    test("is followed as it grows, exported, and checked offline", async () => {
      const { behalf, agentId, create } = await withAgent("record");
      await using _ = behalf;
      await create("--action deploy");
      const verify = (action: string) => behalf.run(["verify", "--action", action]);
      await verify("deploy");
      const following = behalf.begin(["behalf", "logs", "--follow", "--ndjson"]);
      await following.shows(`"action":"deploy"`);
      await verify("sleep");
      await following.shows(`"action":"sleep"`);
      following.child.kill("SIGINT");
      const followed = await following.ended;
      expect(followed).toMatchObject({ status: 130, stderr: "" });
      expect(followed.stdout.trimEnd().split("\n")).toHaveLength(2);

      const csv = await behalf.run(["logs", agentId, "--csv"]);
      expect(csv.stdout).toMatch(/^createdAt,decision,approvalRequired,risk,agentId/);
      const ndjson = await behalf.run(["logs", agentId, "--ndjson"]);
      const [newest = "", oldest = ""] = ndjson.stdout.trimEnd().split("\n");

      const offline = { env: { BEHALFID_BASE_URL: "http://127.0.0.1:9" } };
      const check = (text: string, ...options: string[]) =>
        behalf.run(["ledger", "verify", "-", "--json", ...options], { ...offline, stdin: text });
      const whole = await check(ndjson.stdout);
      expect(whole.status).toBe(0);
      const { ledgers } = JSON.parse(whole.stdout) as { ledgers: { head: { seq: number; hash: string } }[] };
      const head = ledgers[0]?.head;
      expect(head?.seq).toBe(2);
      expect((await check(`${oldest}\n${newest}\n`)).status).toBe(0);

      const wrong = async (text: string, ...options: string[]) => {
        const { status, stdout } = await check(text, ...options);
        expect(status).toBe(1);
        return stdout;
      };
      expect(await wrong(newest)).toContain(`"seq": 1`);
      expect(await wrong(`${newest}\n${oldest.replace('"allowed":true', '"allowed":false')}`)).toContain(
        "allowed on the line is not what the entry says",
      );
      expect(await wrong(`${newest}\n${oldest.replaceAll("deploy", "deplox")}`)).toContain("hash_mismatch");
      expect(await wrong(`${newest}\nnonsense`)).toContain("not_an_entry");
      expect(await wrong(oldest, "--head", `2:${head?.hash ?? ""}`)).toContain("cut off");
      expect((await check(ndjson.stdout, "--head", `2:${head?.hash ?? ""}`)).status).toBe(0);

      const online = await behalf.run(["ledger", "verify", agentId]);
      expect(online).toMatchObject({ status: 0 });
      expect(online.stdout).toContain(`head 2:${head?.hash ?? ""}`);
    });
  });

  test("a webhook's events reach a program on this machine, signed", async () => {
    const { behalf } = await withAgent("listening");
    await using _ = behalf;
    const { createServer } = await import("node:http");
    const { text } = await import("node:stream/consumers");
    const { verifyWebhookSignature } = await import("../../../src/sdk/index.ts");
    const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
    const received: unknown[] = [];
    const receiver = createServer((request, response) => {
      void text(request)
        .then((payload) => verifyWebhookSignature({ payload, headers: request.headers, secret }))
        .then((event) => received.push(event.type))
        .finally(() => response.end());
    }).listen(0, "127.0.0.1");
    await new Promise((done) => receiver.once("listening", done));
    const address = receiver.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const listening = behalf.begin(
      ["behalf", "webhooks", "listen", "--forward-to", `http://127.0.0.1:${port}/hooks`],
      { env: { BEHALFID_WEBHOOK_SECRET: secret } },
    );
    await listening.shows("Signed with BEHALFID_WEBHOOK_SECRET");
    await behalf.run(["verify", "--action", "deploy"]);
    await listening.shows(/verification\.denied → 200/);
    listening.child.kill("SIGINT");
    expect((await listening.ended).status).toBe(130);
    receiver.close();
    expect(received).toContain("verification.denied");
  });

  test("a webhook and a passport are made, shown once, and ended", async () => {
    const { behalf, agentId } = await withAgent("passport");
    await using _ = behalf;
    const refused = await behalf.run(["webhooks", "create", "http://169.254.169.254/"]);
    expect(refused).toMatchObject({ status: 1, stdout: "" });
    const passport = await behalf.run(["passport", "create"]);
    expect(passport.stdout).toMatch(new RegExp(`link +${server.url}/passport/${agentId}#bhf_pass_\\S+`));
    expect((await behalf.run(["passport", "revoke", agentId])).status).toBe(0);
    expect((await behalf.run(["passport", "revoke", agentId])).status).toBe(1);
    const made = await behalf.run(["webhooks", "create", "https://example.com/hooks", "--json"]);
    const { webhook, secret } = JSON.parse(made.stdout) as { webhook: { webhookId: string }; secret: string };
    const list = await behalf.run(["webhooks", "list"]);
    expect(list.stdout).toContain(webhook.webhookId);
    expect(list.stdout).not.toContain(secret);
    const kept = await behalf.run(["webhooks", "delete", webhook.webhookId]);
    expect(kept).toMatchObject({ status: 1, stdout: "" });
    expect((await behalf.run(["webhooks", "delete", webhook.webhookId, "--yes"])).status).toBe(0);
  });
}
