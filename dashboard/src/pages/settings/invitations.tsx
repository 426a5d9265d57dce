import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { ErrorState } from "../../components/error-state.tsx";
import { CopyButton } from "../../components/copy-button.tsx";
import { SafeText } from "../../components/safe-text.tsx";
import { Time } from "../../components/time.tsx";
import { Button } from "../../components/ui/button.tsx";
import { Card } from "../../components/ui/card.tsx";
import { SkeletonRows } from "../../components/ui/skeleton.tsx";
import { toast } from "../../components/ui/toast.tsx";
import { cancelInvitation, invitationsQuery } from "../../data/members.ts";
import { useFocusAfterRemoval } from "../../lib/focus-after-removal.ts";
import { roleNames } from "../../lib/role-words.ts";

/** Invitations that nobody has accepted yet. */
export function Invitations() {
  const { data, error, refetch } = useQuery(invitationsQuery);
  const client = useQueryClient();
  const canceling = useMutation({
    mutationFn: cancelInvitation,
    onSuccess: () => {
      toast.done("The invitation is taken back.", "Its link opens nothing any more.");
      return client.invalidateQueries({ queryKey: invitationsQuery.queryKey });
    },
  });
  const heading = useFocusAfterRemoval(data, !canceling.isIdle);
  return (
    <section className="flex flex-col gap-3">
      <h2 ref={heading} tabIndex={-1} className="text-16 font-semibold outline-none">
        Open invitations
      </h2>
      {canceling.error === null ? null : <ErrorNotice error={canceling.error} />}
      {data === undefined && error !== null ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Card>
          <SkeletonRows rows={2} label="Loading the invitations" />
        </Card>
      ) : data.length === 0 ? (
        <p className="text-14 text-muted">None. Everyone who was invited has come, or the link has ended.</p>
      ) : (
        <Card>
          <ul className="divide-y divide-line">
            {data.map(({ invitationId, email, roles, link, expiresAt }) => (
              <li key={invitationId} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
                <div className="flex min-w-0 flex-1 basis-48 flex-col">
                  <SafeText text={email} className="truncate text-14 font-medium" />
                  <span className="text-12 text-muted">
                    {roleNames(roles)} · ends <Time at={expiresAt} />
                  </span>
                </div>
                <div className="flex items-center gap-2">
                  <CopyButton text={link} label={`Copy the link for ${email}`} />
                  <Button
                    size="small"
                    isBusy={canceling.isPending && canceling.variables === invitationId}
                    onClick={() => canceling.mutate(invitationId)}
                  >
                    Take back
                  </Button>
                </div>
              </li>
            ))}
          </ul>
        </Card>
      )}
    </section>
  );
}
