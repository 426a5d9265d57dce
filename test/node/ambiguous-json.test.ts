import { expect, it } from "vitest";
import { ambiguityIn } from "../../src/contract/ambiguous-json.ts";

it.each([
  "0",
  "-0",
  "0.1",
  "1e21",
  "0.30000000000000004",
  "9007199254740992",
  "1.7976931348623157e308",
  "5e-324",
])("takes %s, which a double keeps as it is written", (number) =>
  expect(ambiguityIn(`{"amount":${number}}`)).toBeUndefined(),
);

it.each(["9007199254740993", "0.30000000000000005", "1e309", "4e-324", "1e-400", "2.5e-324"])(
  "refuses %s, which another reader may take for another number",
  (number) => expect(ambiguityIn(`{"amount":${number}}`)).toMatchObject({ field: number }),
);
