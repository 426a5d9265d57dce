import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { BehalfID } from "../../../src/sdk/index.ts";
import { allowed, json, scriptedServer } from "../sdk/scripted-server.ts";
import { sharedSystem, type SharedSystem } from "../shared-system.ts";
import { scriptedModel, type Step, type Turn } from "../../../src/cli/prove/scripted-model.ts";
import { front, type Weather } from "./front.ts";
import { realClients, scriptingCodex, type RealClient } from "./real-clients.ts";
import { workplace } from "./workplace.ts";

let system: SharedSystem;
let owner: BehalfID;

beforeAll(async () => {
  system = await sharedSystem();
  const { baseUrl } = system;
  const response = await fetch(`${baseUrl}/api/auth/signup`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: baseUrl },
    body: JSON.stringify({ email: "owner@clients.example.com", password: "a long passphrase" }),
  });
  const [cookie = ""] = response.headers.getSetCookie();
  const session = /^behalfid_developer=([^;]*)/.exec(cookie)?.[1];
  owner = new BehalfID({ session, baseUrl });
});

const patient = { timeout: 240_000 };

const codex = realClients.find(({ title }) => title === "Codex");

/** A client at work for an agent that may type commands into a shell, with a person's approval or without. */
async function atWork(client: RealClient, requiresApproval: boolean) {
  const stack = new AsyncDisposableStack();
  const network = stack.use(await front(system.baseUrl));
  const model = stack.use(await scriptedModel());
  const { agentId, apiKey } = await owner.agents.create({ name: `deploy-bot in ${client.name}` });
  await owner.permissions.create({ agentId, action: "execute_command", requiresApproval });
  const env = client.env(model);
  const place = stack.use(await workplace({ baseUrl: network.url, agentId, apiKey, env }));
  await place.program(client.name, { file: client.file ?? "" });
  for (const [path, content] of Object.entries(client.home(model)))
    await place.write(join("home", path), content);
  return {
    agentId,
    place,
    network,
    /** The turn in which the model deploys, which leaves one line for each time it did. */
    deploy: (what = "deployed") => client.shell(`echo once >> ${join(place.folder, what)}`),
    sabotage: async (server: string) => {
      const files = client.sabotage(model, place, server);
      for (const [path, content] of Object.entries(files)) await place.write(path, content);
    },
    heard: () => model.heard,
    times: async (what = "deployed") =>
      place.has(what) ? (await place.read(what)).trimEnd().split("\n").length : 0,
    run: async (...steps: Step[]) => {
      model.play(...steps);
      const { status, stderr, stdout } = await place.begin([client.name, ...client.args]).ended;
      // A test in which the model never got to its turns would prove nothing.
      expect(model.heard, stderr + stdout).toHaveLength(steps.length);
      return { status, heard: model.heard };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

describe.concurrent.each([...realClients, scriptingCodex])("in the real $title", (client) => {
  const isMissing = client.file === undefined;

  test.skipIf(isMissing)("a deploy waits for a person, runs once and is held again", patient, async () => {
    await using work = await atWork(client, true);
    const ran: number[] = [];
    const approve = async () => {
      ran.push(await work.times());
      const { approvals } = await owner.approvals.list({ status: "pending" });
      const asked = approvals.filter(({ agentId }) => agentId === work.agentId);
      expect(asked).toMatchObject([
        { action: "execute_command", command: expect.stringContaining("echo once") },
      ]);
      await owner.approvals.approve(asked[0]?.approvalId ?? "");
      return work.deploy();
    };
    const again = async () => {
      ran.push(await work.times());
      return work.deploy();
    };
    const { status, heard } = await work.run(work.deploy(), approve, again);
    expect(status).toBe(0);
    expect(ran).toEqual([0, 1]);
    expect(await work.times()).toBe(1);
    const [held = "", , heldAgain = ""] = heard;
    for (const told of [held, heldAgain]) expect(told).toMatch(/apr_[\w-]{16}/);
  });
});

describe.concurrent.each(realClients)("in the real $title", (client) => {
  const isMissing = client.file === undefined;

  test.skipIf(isMissing)(
    "nothing runs without a decision: server killed, slow, garbage, key revoked",
    patient,
    async () => {
      await using work = await atWork(client, false);
      const { agentId, network, place } = work;
      const on = (weather: Weather) => async () => {
        network.turn(weather);
        return work.deploy(weather);
      };
      const revoked = async () => {
        network.turn("well");
        await owner.agents.rotateKey(agentId);
        return work.deploy("revoked");
      };
      // In good weather it does run: what does not run below is stopped by nothing else.
      await work.run(work.deploy("well"), on("killed"), on("garbage"), on("moved"), on("slow"), revoked);
      expect(await work.times("well")).toBe(1);
      for (const what of ["killed", "garbage", "moved", "slow", "revoked"])
        expect(place.has(what), what).toBe(false);
    },
  );

  test.skipIf(isMissing)(
    "files that switch hooks off, or send them elsewhere, change nothing",
    patient,
    async () => {
      await using evil = await scriptedServer(json(200, allowed));
      await using work = await atWork(client, true);
      await work.sabotage(evil.url);
      const [told = ""] = (await work.run(work.deploy())).heard;
      expect(told).toMatch(/apr_[\w-]{16}/);
      expect(await work.times()).toBe(0);
      expect(evil.seen).toEqual([]);
    },
  );
});

test.skipIf(codex?.file === undefined)(
  "what Codex would type into a shell that was allowed is typed nowhere",
  patient,
  async () => {
    if (codex === undefined) return;
    await using work = await atWork(codex, false);
    const inside = { cmd: 'sleep 1; read line; eval "$line"; sleep 1', yield_time_ms: 300 };
    const typeInto = async (): Promise<Turn> => {
      const [, session = "0"] = /session ID (\d+)/.exec(work.heard().at(-1) ?? "") ?? [];
      const chars = `echo once >> ${join(work.place.folder, "typed")}\n`;
      return { tool: "write_stdin", input: { session_id: Number(session), chars, yield_time_ms: 1500 } };
    };
    const { heard } = await work.run(
      { tool: "exec_command", input: { ...inside, tty: true } },
      { tool: "exec_command", input: inside },
      typeInto,
    );
    expect(heard[0]).toContain("TTY execution is disabled");
    expect(heard[1]).toContain("session ID");
    expect(work.place.has("typed")).toBe(false);
  },
);
