import { TriangleAlert } from "lucide-react";
import { useState } from "react";
import type { Approval } from "../../../../src/contract/approval.ts";
import { Id } from "../../components/id.tsx";
import { RiskLabel, StateBadge } from "../../components/state-badge.tsx";
import { Countdown, Time } from "../../components/time.tsx";
import { Card } from "../../components/ui/card.tsx";
import { Asking, Row } from "./asking.tsx";
import { BoundFacts, type Folds, Text } from "./bound-facts.tsx";
import { allBound, disguisedCharacters, startsFolded } from "./bound-parts.ts";
import { Outcome } from "./outcome.tsx";
import { VerdictBar } from "./verdict-bar.tsx";

/**
 * One request, in the order of the questions of the person who decides: what, to what, exactly how, who asks, why
 * me, what a yes does. Give it the approval's id as its key: what is unfolded belongs to one request.
 */
export function ApprovalCard({ approval }: { approval: Approval }) {
  const bound = allBound(approval);
  const [opened, setOpened] = useState<Readonly<Record<string, boolean>>>({});
  const folds: Folds = {
    isOpen: (part) => opened[part.name] ?? !startsFolded(part),
    set: (part, isOpen) => setOpened((now) => ({ ...now, [part.name]: isOpen })),
  };
  const hidden = bound.filter((part) => !folds.isOpen(part)).map(({ label }) => label);
  const disguised = disguisedCharacters(approval);
  const [action, resource] = [
    bound.find(({ name }) => name === "action"),
    bound.find(({ name }) => name === "resource"),
  ];
  const isPending = approval.status === "pending";
  const [statusAtFirst] = useState(approval.status);
  const hasChanged = approval.status !== statusAtFirst;
  return (
    <Card className="min-w-0">
      <article aria-labelledby="approval-title" className="@container relative">
        {/* There from the beginning: what comes with its words is not read out everywhere. */}
        <p role="status" className="sr-only">
          {hasChanged ? `This request is now ${approval.status}.` : null}
        </p>
        <div className="flex flex-col gap-4 px-4 pt-4 pb-5 sm:px-6 sm:pt-5">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-12 text-muted">
            <StateBadge state={approval.status} />
            <RiskLabel risk={approval.risk} />
            <span className="ml-auto">
              asked <Time at={approval.createdAt} />
            </span>
          </div>
          <h2 id="approval-title" tabIndex={-1} className="flex flex-col gap-1 outline-none">
            {action === undefined ? null : (
              <Text part={action} folds={folds} className="text-28 font-semibold tracking-tight" />
            )}
            {resource === undefined ? null : (
              <span className="flex min-w-0 items-baseline gap-2 text-20">
                <span className="font-normal text-muted">on</span>
                <Text part={resource} folds={folds} className="font-medium" />
              </span>
            )}
          </h2>
          {disguised === 0 ? null : (
            <p className="flex gap-2 rounded-md border border-waiting-line bg-waiting-soft p-3 text-14 text-waiting">
              <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
              {disguised === 1 ? "One character" : `${disguised} characters`} in this request would be
              invisible, move text about or pass for another. They are marked where they stand.
            </p>
          )}
          <BoundFacts approval={approval} folds={folds} />
          <div className="border-t border-line" />
          <Asking approval={approval} />
          <Row name="Request">
            <span className="flex flex-wrap gap-x-4 gap-y-1">
              <Id id={approval.approvalId} />
              <Id id={approval.requestId} />
              {isPending ? (
                <span className="text-12 text-muted">
                  waits for another <Countdown until={approval.expiresAt} />
                </span>
              ) : null}
            </span>
          </Row>
        </div>
        {isPending ? (
          <VerdictBar
            approval={approval}
            hidden={hidden}
            onShowAll={() => setOpened(Object.fromEntries(bound.map(({ name }) => [name, true])))}
          />
        ) : (
          <Outcome approval={approval} isNews={hasChanged} />
        )}
      </article>
    </Card>
  );
}
