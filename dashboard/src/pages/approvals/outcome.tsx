import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef } from "react";
import { type Approval, grantMs } from "../../../../src/contract/approval.ts";
import { Id } from "../../components/id.tsx";
import { SafeText } from "../../components/safe-text.tsx";
import { Countdown, Time } from "../../components/time.tsx";
import { meQuery } from "../../data/session.ts";
import { useNow } from "../../lib/now.ts";
import { CardFoot } from "./card-foot.tsx";
import { elapsedText } from "./elapsed-text.ts";

/** What became of a request, what that means and what happens next. */
export function Outcome({ approval, isNews }: { approval: Approval; isNews: boolean }) {
  const story = useRef<HTMLDivElement>(null);
  // It takes the place of the buttons, and the focus of the one that was pressed.
  useEffect(() => {
    if (isNews && document.activeElement === document.body) story.current?.focus({ preventScroll: true });
  }, [isNews]);
  return (
    <CardFoot>
      <div ref={story} tabIndex={-1} className="flex flex-col gap-2 text-14 outline-none">
        <Story approval={approval} />
        {approval.comment === null ? null : (
          <p className="text-muted">
            Note for the agent: <SafeText text={approval.comment} className="inline text-ink" />
          </p>
        )}
      </div>
    </CardFoot>
  );
}

function Story({ approval }: { approval: Approval }) {
  const { status, grantExpiresAt, usedAt, usedByRequestId, decidedAt, expiresAt } = approval;
  const now = useNow(1000);
  if (status === "approved" && grantExpiresAt !== null && Date.parse(grantExpiresAt) > now)
    return (
      <>
        <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
          <p className="text-16 font-semibold">
            Approved by <Decider approval={approval} />
          </p>
          <p className="text-muted">
            <Countdown until={grantExpiresAt} wholeMs={grantMs} className="text-16 font-semibold text-ink" />{" "}
            left
          </p>
        </div>
        <Next>
          The agent may do exactly this once. One that waits goes on by itself; tell any other to ask again.
          If it does not, the grant ends unused.
        </Next>
      </>
    );
  switch (status) {
    case "used":
      return (
        <>
          <p className="text-16 font-semibold">
            Used
            {usedAt === null
              ? ""
              : ` ${elapsedText(Date.parse(usedAt) - Date.parse(decidedAt ?? usedAt))} later`}
            {usedByRequestId === null ? null : (
              <>
                {" by "}
                <Id id={usedByRequestId} />
              </>
            )}
          </p>
          <Next>
            Approved by <Decider approval={approval} />
            {decidedAt === null ? null : (
              <>
                {" "}
                <Time at={decidedAt} />
              </>
            )}
            . The grant is spent: the next time, the agent has to ask again.
          </Next>
        </>
      );
    case "denied":
      return (
        <>
          <p className="text-16 font-semibold">
            Denied by <Decider approval={approval} />
            {decidedAt === null ? null : (
              <>
                {" "}
                <Time at={decidedAt} />
              </>
            )}
          </p>
          <Next>
            The agent is told to stop. The same request is refused for as long as the workspace remembers
            denials, and asks nobody.
          </Next>
        </>
      );
    case "void":
      return (
        <>
          <p className="text-16 font-semibold">Void</p>
          <Next>
            Its permission was revoked or replaced, or the agent was switched off. Nothing can be done with
            it; the agent has to ask again.
          </Next>
        </>
      );
    case "approved":
    case "expired":
    case "pending": {
      const end = grantExpiresAt ?? expiresAt;
      return (
        <>
          <p className="text-16 font-semibold">
            {grantExpiresAt === null ? "Nobody decided in time" : "The grant expired unused"}
          </p>
          <Next>
            It ended <Time at={end} />. The agent has to ask again.
          </Next>
        </>
      );
    }
  }
}

function Next({ children }: { children: ReactNode }) {
  return <p className="max-w-[65ch] text-muted">{children}</p>;
}

function Decider({ approval: { decidedBy, decidedByName } }: { approval: Approval }) {
  const { data: user } = useQuery(meQuery);
  if (decidedBy !== null && decidedBy === user?.userId) return "you";
  return <SafeText text={decidedByName ?? "another person"} className="inline" />;
}
