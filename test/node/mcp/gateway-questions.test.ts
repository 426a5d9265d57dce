import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { allowed, denied, json, scriptedServer, type Answer as Scripted } from "../sdk/scripted-server.ts";
import { textOf, wrapped } from "./wrapped.ts";

// In the newer protocol a server may end a call with a question, and the client makes the call again with the answer.
// The second goes under the allow of the first, so it must be the same call, once.

let base: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "behalf-questions-"));
});
afterAll(() => rm(base, { recursive: true, force: true }));

const _meta = { "io.modelcontextprotocol/protocolVersion": "2026-07-28" };
const call = (id: number, name: string, more: Record<string, unknown> = {}) =>
  JSON.stringify({
    jsonrpc: "2.0",
    id,
    method: "tools/call",
    params: { name, arguments: { what: "door" }, _meta, ...more },
  });
const answering = { inputResponses: { color: { action: "accept" } }, requestState: "s1" };

test("an answer continues the call that was asked, and nothing else", async () => {
  let scripted: Scripted = json(200, allowed);
  await using behalf = await scriptedServer((response, seen) => scripted(response, seen));
  await using gateway = wrapped({ base, url: behalf.url });
  const asked = () => behalf.seen.map(({ headers }) => headers["idempotency-key"]);
  const calls = () => gateway.received().split("tools/call").length - 1;
  const refused = async (id: number, line: string) => {
    gateway.send(line);
    const told = await gateway.answer(id);
    expect(told.result, textOf(told)).toMatchObject({ isError: true, resultType: "complete" });
  };

  gateway.send(call(1, "ask"));
  expect((await gateway.answer(1)).result?.resultType).toBe("input_required");
  await refused(2, call(2, "ask", { ...answering, arguments: { what: "house" } }));
  await refused(3, call(3, "delete_all", answering));
  await refused(4, call(4, "ask", { ...answering, requestState: "s2" }));
  await refused(5, call(5, "ask", { inputResponses: answering.inputResponses }));
  await refused(6, call(6, "ask", { ...answering, inputResponses: { color: {}, force: {} } }));
  expect([calls(), asked().length]).toEqual([1, 1]);

  gateway.send(call(7, "ask", answering));
  expect((await gateway.answer(7)).result).toEqual({ did: "ask" });
  expect(asked()).toEqual([asked()[0], asked()[0]]);
  expect(behalf.seen[1]?.body).toBe(behalf.seen[0]?.body);
  await refused(8, call(8, "ask", answering));
  expect([calls(), asked().length]).toEqual([2, 2]);

  // What became of the permission in between counts.
  gateway.send(call(9, "ask"));
  expect((await gateway.answer(9)).result?.resultType).toBe("input_required");
  scripted = json(200, denied);
  await refused(10, call(10, "ask", answering));
  scripted = json(200, allowed);
  await refused(11, call(11, "ask", answering));
  expect(calls()).toBe(3);
});

test("no call takes the place of another by its id", async () => {
  await using behalf = await scriptedServer(json(200, allowed));
  await using gateway = wrapped({ base, url: behalf.url });
  gateway.send(call(1, "silent"));
  await expect.poll(() => gateway.received(), { timeout: 50_000 }).toContain("silent");
  gateway.send(call(1, "ask"));
  expect((await gateway.answer(1)).error?.message).toContain("This id is in use.");
  // Cancelled is not answered: the server may still have something to say under this id.
  const cancelled = { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } };
  gateway.send(JSON.stringify(cancelled), call(1, "ask"));
  await gateway.settled();
  expect(gateway.answers().filter(({ id }) => id === 1)).toHaveLength(2);
  expect(gateway.received()).not.toContain('"ask"');
});
