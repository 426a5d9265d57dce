import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CirclePause, SearchX, Send } from "lucide-react";
import { EmptyState } from "../../components/empty-state.tsx";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { Button } from "../../components/ui/button.tsx";
import type { ApprovalFilter } from "../../data/approval-filters.ts";
import { approvalsKey } from "../../data/approvals.ts";
import { may, meQuery } from "../../data/session.ts";
import { sendSample } from "./sample.ts";

/** Nothing waits: what will appear here, and a way to see it at once. */
export function NothingWaits() {
  const { data: user } = useQuery(meQuery);
  const client = useQueryClient();
  const sending = useMutation({
    mutationFn: () => sendSample(client),
    onSuccess: () => client.invalidateQueries({ queryKey: approvalsKey }),
  });
  return (
    <EmptyState
      icon={<CirclePause className="size-5" />}
      title="Nothing waits for you"
      action={
        may(user, "build") ? (
          <div className="flex flex-col items-center gap-3">
            {sending.error === null ? null : <ErrorNotice error={sending.error} className="text-left" />}
            <Button
              look="primary"
              isBusy={sending.isPending || sending.isSuccess}
              icon={<Send aria-hidden className="size-4" />}
              onClick={() => sending.mutate()}
            >
              Send a sample request
            </Button>
            <p className="max-w-md text-12 text-muted">
              A “Sample agent” of this workspace asks to run <code className="font-mono">deploy_sample</code>.
              Nothing is behind it, and nobody keeps its key.
            </p>
          </div>
        ) : undefined
      }
    >
      When an agent asks for something whose permission needs a person, it stops, and its request appears here
      at once: what, with which arguments, and why. To have requests of your own, give an{" "}
      <Link to="/dashboard/agents" className="text-accent-ink underline">
        agent
      </Link>{" "}
      a permission that requires approval.
    </EmptyState>
  );
}

const absent: Record<Exclude<ApprovalFilter, "pending">, string> = {
  approved: "No grant is open",
  denied: "Nothing was denied",
  used: "No grant was used yet",
  expired: "Nothing has expired",
  all: "No agent has asked for a person yet",
};

const meaning: Record<Exclude<ApprovalFilter, "pending">, string> = {
  approved: "Approved requests stand here for the 30 minutes in which the agent may act on them.",
  denied: "Requests that a person refused, with the reason that the agent was given.",
  used: "Approved requests that the agent acted on, with the decision that spent the grant.",
  expired: "Requests that nobody decided in time, and grants that were not used.",
  all: "Every request that an agent was held for, whatever became of it.",
};

export function NoneOfThese({ filter }: { filter: Exclude<ApprovalFilter, "pending"> }) {
  return (
    <EmptyState icon={<CirclePause className="size-5" />} title={absent[filter]}>
      {meaning[filter]}
    </EmptyState>
  );
}

export function NothingFound({ search, onClear }: { search: string; onClear: () => void }) {
  return (
    <EmptyState
      icon={<SearchX className="size-5" />}
      title="No request matches"
      action={<Button onClick={onClear}>Clear the search</Button>}
    >
      Nothing that is loaded here holds “{search}”.
    </EmptyState>
  );
}
