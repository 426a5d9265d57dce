import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readPacket } from "../../../src/contract/read-packet.ts";
import { packetSchema } from "../../../src/contract/verify.ts";
import { allowed, approvalRequired, denied } from "./scripted-server.ts";

// What a value may be exchanged for: the values of every packet, near misses of them, and anything that JSON can hold.
const packets: readonly Record<string, unknown>[] = [allowed, denied, approvalRequired];
const names = [
  ...new Set([...packets.flatMap((packet) => Object.keys(packet)), "comment", "replayed", "more"]),
];
const moment = fc
  .tuple(
    fc.constantFrom("2030", "2028", "2100", "0000", "230"),
    fc.constantFrom("02", "01", "12", "13", "00"),
    fc.constantFrom("28", "29", "30", "31", "32", "00"),
    fc.constantFrom("T", " ", "t"),
    fc.constantFrom("00:00", "23:59", "24:00", "12:60"),
    fc.constantFrom(":00", ":59.5", ":60", ":00.", ""),
    fc.constantFrom("Z", "z", "+00:00", "-23:59", "+24:00", "+0100", ""),
  )
  .map(([year, month, day, t, time, seconds, zone]) => `${year}-${month}-${day}${t}${time}${seconds}${zone}`);
const value = fc.oneof(
  fc.constantFrom(...packets.flatMap((packet) => Object.values(packet)), ...names),
  fc.constantFrom(
    true,
    false,
    "true",
    1,
    0,
    null,
    undefined,
    "",
    "req_",
    "perm_a b",
    "apr_1\n",
    ["proceed"],
    {},
  ),
  fc.constantFrom("high", "low", "medium", "no_permission", "toString", "__proto__", "allowed_by_grant"),
  moment,
  fc.jsonValue(),
);
const packet = fc
  .tuple(
    fc.constantFrom(...packets),
    fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 3 }),
    fc.oneof({ weight: 3, arbitrary: fc.constant<string[]>([]) }, fc.subarray(names, { maxLength: 2 })),
  )
  .map(([base, changes, gone]) =>
    Object.fromEntries([...Object.entries(base), ...changes].filter(([name]) => !gone.includes(name))),
  );

describe("a packet that is read by hand", () => {
  test("is one that the schema takes, and the other way round", () => {
    let taken = 0;
    fc.assert(
      fc.property(
        fc.oneof({ weight: 20, arbitrary: packet }, { weight: 1, arbitrary: fc.jsonValue() }),
        (given) => {
          const bySchema = packetSchema.safeParse(given);
          const read = readPacket(given);
          expect(read, JSON.stringify(given)).toEqual(bySchema.data);
          if (bySchema.success) taken += 1;
        },
      ),
      { numRuns: 5_000 },
    );
    // Neither almost all nor almost none, or nothing was compared.
    expect(taken).toBeGreaterThan(500);
    expect(taken).toBeLessThan(4_500);
  });

  test("says that the action is allowed in one way only", () => {
    for (const [name, wrong] of [
      ["allowed", "true"],
      ["allowed", 1],
      ["approvalRequired", true],
      ["nextAction", "stop"],
      ["reasonCode", "requires_approval"],
      ["permissionId", undefined],
      ["requestId", "req_"],
    ] as const)
      expect(readPacket({ ...allowed, [name]: wrong }), name).toBeUndefined();
    expect(readPacket([allowed])).toBeUndefined();
  });
});
