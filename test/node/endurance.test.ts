import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hold } from "../load/hold.ts";
import { type LoadedSystem, startLoadedSystem } from "../load/loaded-system.ts";
import { crowd, floodOf, guesses } from "../load/overload.ts";
import { newTenant, type Tenant } from "../load/tenant.ts";

// Half an hour of it is `npm run test:load`.
const seconds = Number(process.env.LOAD_SECONDS ?? 60);

let system: LoadedSystem;
let tenant: Tenant;

beforeAll(async () => {
  system = await startLoadedSystem();
  tenant = await newTenant(system.baseUrl, 3);
}, 300_000);
afterAll(() => system.stop());

describe("a system", { timeout: 300_000 }, () => {
  it("holds mixed traffic without an error, in the memory that it had", async () => {
    const memoryMb = () => system.memoryMb();
    const { errors, calls, memory } = await hold(tenant, { seconds, clients: 4, restMs: 200, memoryMb });
    expect(errors).toEqual([]);
    expect(Object.keys(calls)).toEqual(
      expect.arrayContaining(["verify allowed", "verify spent", "agent's logs"]),
    );
    expect(memory.firstMb).toBeGreaterThan(10);
    expect(memory).toMatchObject({ isFlat: true });
  });

  it("lets no more requests wait for a person than a person can read", async () => {
    const { statuses, errors } = await crowd(tenant, 130);
    expect(errors).toEqual([]);
    // Those that the mixed traffic left behind wait too.
    expect(statuses["200"]).toBeLessThanOrEqual(100);
    expect(statuses["429"]).toBeGreaterThan(0);
  });

  it("lets nobody guess at keys without end, and whoever has one in meanwhile", async () => {
    // More than two of the limit's minutes hold, wherever in one of them this begins.
    const { statuses, errors } = await guesses(tenant, 1300);
    expect(errors).toEqual([]);
    expect(statuses["429"]).toBeGreaterThan(0);
    expect(statuses["401"]).toBeLessThanOrEqual(1200);
    expect((await tenant.verify(tenant.agents[1] ?? tenant.agents[0], { action: "read" })).status).toBe(200);
  });

  it("answers a flood in time: with decisions until it stays, then with refusals that say when to come back", async () => {
    const { errors, statuses, slowestMs } = await floodOf(tenant, 3);
    expect(errors).toEqual([]);
    // No verify of it was let in to wait for all of the others.
    expect(statuses["200"]).toBeGreaterThan(0);
    expect(statuses["503"]).toBeGreaterThan(0);
    expect(slowestMs).toBeLessThan(45_000);
    const [agent] = tenant.agents;
    const path = `/api/dashboard/agents/${agent.agentId}/ledger/verify`;
    const verified = await tenant.send("GET", path, tenant.asPerson);
    expect(await verified.json()).toMatchObject({ ok: true });
  });
});

describe("bytes that are no request", () => {
  const line = "POST /api/verify HTTP/1.1\r\nHost: localhost\r\n";
  const shapes = {
    "two lengths": `${line}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x`,
    "a length that is none": `${line}Content-Length: +2\r\n\r\n{}`,
    "a negative length": `${line}Content-Length: -1\r\n\r\n{}`,
    "a chunk that is none": `${line}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
    "an endless chunk": `${line}Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}\r\n0\r\n\r\n`,
    "an encoding that nobody knows": `${line}Transfer-Encoding: xchunked\r\n\r\n{}`,
    "a NUL in a header": `${line}X-A: a\0b\r\n\r\n`,
    "a header without a name": `${line}: x\r\n\r\n`,
    "no method": "\r\n\r\n",
    "no version": "GET /api/health\r\n\r\n",
    "a very long header": `${line}X-A: ${"a".repeat(300_000)}\r\n\r\n`,
    "a very long address": `GET /${"a".repeat(300_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
  };

  it.each(Object.entries(shapes))("are refused, and hurt nobody: %s", async (_, bytes) => {
    const answer = await exchange(system.port, bytes);
    expect(answer).toMatch(/^$|^HTTP\/1\.1 [45]\d\d /);
    expect(answer).not.toContain('"allowed":true');
    expect((await fetch(`${system.baseUrl}/api/health`)).status).toBe(200);
  });
});

/** What comes back on a connection until it is closed, or nothing more comes. */
function exchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1");
    socket.setTimeout(2000, () => socket.destroy());
    socket.on("data", (chunk) => (answer += chunk.toString("latin1")));
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(answer));
    socket.end(Buffer.from(bytes, "latin1"));
  });
}
