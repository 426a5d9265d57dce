import { targetedActions } from "../contract/verify.ts";
import type { Carried } from "./carried.ts";

const targets = {
  execute_command: "command",
  read_file: "filePath",
  write_file: "filePath",
} as const satisfies Record<(typeof targetedActions)[number], keyof Carried>;

/**
 * Whether a request for approval says what it is for. An approval of "a command" without the command would let
 * any command run, so these actions need their command or file, and a blank one is none.
 */
export function hasApprovalTarget(action: string, carried: Carried): boolean {
  const targeted = targetedActions.find((name) => name === action);
  return targeted === undefined || carried[targets[targeted]] !== undefined;
}
