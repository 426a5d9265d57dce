import { useQuery } from "@tanstack/react-query";
import { MessageSquarePlus } from "lucide-react";
import { useEffect, useState } from "react";
import { type Approval, grantMs } from "../../../../src/contract/approval.ts";
import { visibleText } from "../../../../src/contract/visible-text.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { Button, IconButton } from "../../components/ui/button.tsx";
import { ConfirmDialog } from "../../components/ui/dialog.tsx";
import { TextAreaField } from "../../components/ui/field.tsx";
import { meQuery } from "../../data/session.ts";
import { useNow } from "../../lib/now.ts";
import { useShortcuts } from "../../lib/shortcuts.ts";
import { clockTime } from "../../lib/time-text.ts";
import { CardFoot } from "./card-foot.tsx";
import { useBarrier, useVerdict } from "./use-verdict.ts";

// A keyboard on the glass has one Enter, and no Shift to go with it: there it begins a new line.
const isTouched = window.matchMedia("(pointer: coarse)").matches;

// A card that has just come up may lie under a finger that meant something else.
const settleMs = 500;

type VerdictBarProps = {
  approval: Approval;
  /** What is folded away although an approval would be bound to it, by its label. */
  hidden: readonly string[];
  onShowAll: () => void;
};

/** The two buttons, what approving does, and why one of them is off. */
export function VerdictBar({ approval, hidden, onShowAll }: VerdictBarProps) {
  const { data: user } = useQuery(meQuery);
  const barrier = useBarrier(approval);
  const { decide, isPending, deciding, error, reset } = useVerdict(approval, user);
  const [asking, setAsking] = useState<"approve" | "deny">();
  const [note, setNote] = useState<string>();
  const [reason, setReason] = useState("");
  const isSettled = useSettled();
  const now = useNow(1000);
  const isOver = Date.parse(approval.expiresAt) <= now;
  const mayDecide = barrier === undefined && !isOver;
  const mayApprove = mayDecide && isSettled && hidden.length === 0;

  const ask = (verdict: "approve" | "deny") => {
    reset();
    setAsking(verdict);
  };
  useShortcuts(
    mayDecide
      ? [
          { key: "a", label: "Approve this request", run: () => (mayApprove ? ask("approve") : onShowAll()) },
          { key: "d", label: "Deny this request", run: () => ask("deny") },
        ]
      : [],
  );

  const action = visibleText(approval.action);
  const until = clockTime(now + grantMs);
  if (barrier !== undefined)
    return (
      <CardFoot>
        <p className="text-14 text-muted">{barrier}</p>
      </CardFoot>
    );
  return (
    <CardFoot>
      {error !== null && asking === undefined ? <ErrorNotice error={error} /> : null}
      {note === undefined ? null : (
        <TextAreaField
          name="note"
          label="Note"
          isOptional
          rows={2}
          maxLength={1000}
          hint="Kept with the approval. The agent can read it."
          value={note}
          onChange={({ currentTarget }) => setNote(currentTarget.value)}
          autoFocus
        />
      )}
      <div className="flex items-center justify-between gap-2">
        {hidden.length > 0 ? (
          <p id="approve-off" className="text-14 text-waiting">
            Approve is off until you unfold {listed(hidden)}.{" "}
            <button
              type="button"
              onClick={onShowAll}
              className="rounded-sm font-medium underline underline-offset-2"
            >
              Show everything
            </button>
          </p>
        ) : (
          <p className="text-14">
            Allows this <span className="font-semibold">once, until {until}</span>
            <span className="text-muted">. Not twice, and not with a byte changed.</span>
          </p>
        )}
        {note === undefined && hidden.length === 0 ? (
          <IconButton label="Add a note" size="small" onClick={() => setNote("")}>
            <MessageSquarePlus aria-hidden className="size-4" />
          </IconButton>
        ) : null}
      </div>
      <div className="flex flex-wrap gap-3 sm:gap-4">
        <Button
          look="danger"
          size="large"
          disabled={isPending || isOver}
          onClick={() => ask("deny")}
          aria-keyshortcuts="d"
        >
          Deny…
        </Button>
        <Button
          look="primary"
          size="large"
          disabled={!mayApprove || isPending}
          isBusy={deciding === "approve" && asking === undefined}
          aria-describedby={hidden.length > 0 ? "approve-off" : undefined}
          aria-keyshortcuts="a"
          className="max-w-full min-w-[min(9rem,100%)] flex-1 basis-36"
          onClick={() => decide({ verdict: "approve", comment: note })}
        >
          <span className="line-clamp-2 min-w-0 break-words whitespace-normal max-sm:text-14 max-sm:leading-4">
            Approve {action} once
          </span>
        </Button>
      </div>
      <ConfirmDialog
        isOpen={asking === "approve"}
        onOpenChange={(isOpen) => setAsking(isOpen ? "approve" : undefined)}
        title={`Approve ${action} once?`}
        action="Approve once"
        startsOnAction
        isBusy={deciding === "approve"}
        error={error}
        onConfirm={() =>
          decide({ verdict: "approve", comment: note }, { onSuccess: () => setAsking(undefined) })
        }
      >
        <p>
          {visibleText(approval.agentName)} may do exactly what the card shows
          {approval.resource === null ? "" : ` on ${visibleText(approval.resource)}`}, once, until {until}.
        </p>
      </ConfirmDialog>
      <ConfirmDialog
        isOpen={asking === "deny"}
        onOpenChange={(isOpen) => setAsking(isOpen ? "deny" : undefined)}
        title={`Deny ${action}?`}
        action="Deny"
        look="danger"
        isBusy={deciding === "deny"}
        error={error}
        onConfirm={() =>
          decide({ verdict: "deny", comment: reason }, { onSuccess: () => setAsking(undefined) })
        }
      >
        <TextAreaField
          name="reason"
          label="Reason"
          isOptional
          rows={3}
          maxLength={1000}
          hint={
            isTouched
              ? "The agent reads it."
              : "The agent reads it. Enter denies, Shift+Enter begins a new line."
          }
          value={reason}
          onChange={({ currentTarget }) => setReason(currentTarget.value)}
          onKeyDown={(event) => {
            if (isTouched || event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
            event.preventDefault();
            if (isPending) return;
            decide({ verdict: "deny", comment: reason }, { onSuccess: () => setAsking(undefined) });
          }}
        />
      </ConfirmDialog>
    </CardFoot>
  );
}

function useSettled(): boolean {
  const [isSettled, setSettled] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(true), settleMs);
    return () => clearTimeout(timer);
  }, []);
  return isSettled;
}

const listed = (labels: readonly string[]) =>
  new Intl.ListFormat("en").format(labels.map((label) => `the ${label.toLowerCase()}`));
