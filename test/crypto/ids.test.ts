import { expect, test } from "vitest";
import { idForm, type IdKind, idPrefixes } from "../../src/contract/id-forms.ts";
import { newId, newRequestId } from "../../src/crypto/ids.ts";

const kinds = Object.keys(idPrefixes) as IdKind[];

test.each(kinds)("an id of kind %s has its prefix and 21 unguessable characters", (kind) => {
  const ids = Array.from({ length: 200 }, () => newId(kind));
  expect(new Set(ids).size).toBe(200);
  for (const id of ids) expect(id).toMatch(new RegExp(`^${idPrefixes[kind]}_[A-Za-z0-9_-]{21}$`));
});

test("a request's id has the form of every id, and is another each time", () => {
  const now = Date.parse("2030-01-31T12:00:00Z");
  const ids = Array.from({ length: 1000 }, () => newRequestId(now));
  expect(new Set(ids).size).toBe(1000);
  for (const id of ids) {
    expect(id).toMatch(idForm("request"));
    expect(id).toHaveLength(newId("request").length);
  }
});

test("ids of requests sort as their times do", () => {
  const start = Date.parse("2026-11-22T00:00:00Z");
  const steps = [0, 1, 62, 63, 64, 65, 4095, 4096, 86_400_000, 64 ** 5, 20 * 365 * 86_400_000];
  const ids = steps.map((step) => newRequestId(start + step));
  expect(ids.toSorted()).toEqual(ids);
});
