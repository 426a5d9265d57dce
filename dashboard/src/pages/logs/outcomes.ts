import type { DecisionKind } from "../../../../src/contract/log.ts";

type Outcome = {
  kind: DecisionKind;
  /** Its name in a series' counts. */
  count: "allowed" | "approvalRequired" | "denied";
  word: string;
  colour: string;
  dotClass: string;
};

/** The three outcomes in the order in which a chart stacks them, from the bottom. */
export const outcomes: readonly Outcome[] = [
  { kind: "allowed", count: "allowed", word: "Allowed", colour: "var(--allowed)", dotClass: "bg-allowed" },
  {
    kind: "approval_required",
    count: "approvalRequired",
    word: "Approval required",
    colour: "var(--waiting)",
    dotClass: "bg-waiting",
  },
  { kind: "denied", count: "denied", word: "Denied", colour: "var(--denied)", dotClass: "bg-denied" },
];
