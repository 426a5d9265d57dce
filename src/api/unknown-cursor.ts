import { invalidRequest, type Problem } from "./problem.ts";

/** The refusal of a cursor that no page gave. */
export function unknownCursor(): Problem {
  return invalidRequest([{ field: "cursor", rule: "must be the nextCursor of an earlier page" }]);
}
