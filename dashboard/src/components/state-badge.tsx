import {
  Ban,
  CheckCheck,
  CircleCheck,
  CircleDot,
  CirclePause,
  CircleSlash,
  OctagonX,
  TimerOff,
} from "lucide-react";
import type { ComponentType } from "react";
import { cx } from "../lib/cx.ts";

// One colour, one word and one shape for each state, the same everywhere: a state is never told by colour alone.
const states = {
  allowed: { word: "Allowed", shape: CircleCheck, tone: "allowed" },
  denied: { word: "Denied", shape: OctagonX, tone: "denied" },
  approval_required: { word: "Approval required", shape: CirclePause, tone: "waiting" },
  pending: { word: "Pending", shape: CirclePause, tone: "waiting" },
  approved: { word: "Approved", shape: CircleCheck, tone: "allowed" },
  used: { word: "Used", shape: CheckCheck, tone: "used" },
  expired: { word: "Expired", shape: TimerOff, tone: "over" },
  void: { word: "Void", shape: CircleSlash, tone: "over" },
  active: { word: "Active", shape: CircleDot, tone: "allowed" },
  disabled: { word: "Disabled", shape: Ban, tone: "denied" },
  revoked: { word: "Revoked", shape: CircleSlash, tone: "over" },
  replaced: { word: "Replaced", shape: CircleSlash, tone: "over" },
  delivered: { word: "Delivered", shape: CircleCheck, tone: "allowed" },
  failed: { word: "Failed", shape: OctagonX, tone: "denied" },
  dead: { word: "Dead letter", shape: OctagonX, tone: "denied" },
} as const satisfies Record<
  string,
  { word: string; shape: ComponentType<{ className?: string }>; tone: keyof typeof tones }
>;

const tones = {
  allowed: "border-allowed-line bg-allowed-soft text-allowed",
  denied: "border-denied-line bg-denied-soft text-denied",
  waiting: "border-waiting-line bg-waiting-soft text-waiting",
  used: "border-used-line bg-used-soft text-used",
  over: "border-line bg-transparent text-faint",
};

export type State = keyof typeof states;

/** A state with its colour, its shape and its word. `word` says it differently where another one fits better. */
export function StateBadge({ state, word, className }: { state: State; word?: string; className?: string }) {
  const { shape: Shape, tone, word: usual } = states[state];
  return (
    <span
      className={cx(
        "inline-flex h-6 shrink-0 items-center gap-1 rounded-full border pr-2 pl-1.5 text-12 font-medium whitespace-nowrap",
        tones[tone],
        className,
      )}
    >
      <Shape aria-hidden className="size-3.5 shrink-0" />
      {word ?? usual}
    </span>
  );
}

/** Risk is a quiet label, not an alarm. */
export function RiskLabel({ risk }: { risk: "low" | "medium" | "high" }) {
  return <span className="text-12 text-faint">{risk} risk</span>;
}
