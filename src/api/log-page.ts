import { invalidRequest, type Problem } from "./problem.ts";

export function unknownCursor(): Problem {
  return invalidRequest([{ field: "cursor", rule: "must be the nextCursor of an earlier page" }]);
}
