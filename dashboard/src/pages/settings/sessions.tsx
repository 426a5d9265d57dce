import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Monitor } from "lucide-react";
import type { Session } from "../../../../src/contract/people.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { ErrorState } from "../../components/error-state.tsx";
import { SafeText } from "../../components/safe-text.tsx";
import { Time } from "../../components/time.tsx";
import { Button } from "../../components/ui/button.tsx";
import { Card } from "../../components/ui/card.tsx";
import { SkeletonRows } from "../../components/ui/skeleton.tsx";
import { toast } from "../../components/ui/toast.tsx";
import { endSession, sessionsQuery } from "../../data/my-account.ts";
import { useFocusAfterRemoval } from "../../lib/focus-after-removal.ts";
import { deviceName } from "./device-name.ts";

/** Where one is signed in, and the way to end it there. */
export function Sessions() {
  const { data, error, refetch } = useQuery(sessionsQuery);
  const client = useQueryClient();
  const ending = useMutation({
    mutationFn: endSession,
    onSuccess: () => {
      toast.done("That session has ended.", "Whoever sits there has to sign in again.");
      return client.invalidateQueries({ queryKey: sessionsQuery.queryKey });
    },
  });
  const heading = useFocusAfterRemoval(data, !ending.isIdle);
  return (
    <section className="flex flex-col gap-3">
      <div>
        <h2 ref={heading} tabIndex={-1} className="text-16 font-semibold outline-none">
          Where you are signed in
        </h2>
        <p className="text-14 text-muted">
          End what you do not know, then change your password. The command line has sessions, too.
        </p>
      </div>
      {ending.error === null ? null : <ErrorNotice error={ending.error} />}
      {data === undefined && error !== null ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <Card>
          {data === undefined ? (
            <SkeletonRows rows={2} label="Loading the sessions" />
          ) : (
            <ul className="divide-y divide-line">
              {data.map((session) => (
                <SessionRow
                  key={session.sessionId}
                  session={session}
                  isEnding={ending.isPending && ending.variables === session.sessionId}
                  onEnd={() => ending.mutate(session.sessionId)}
                />
              ))}
            </ul>
          )}
        </Card>
      )}
    </section>
  );
}

type SessionRowProps = { session: Session; isEnding: boolean; onEnd: () => void };

function SessionRow({ session, isEnding, onEnd }: SessionRowProps) {
  const { userAgent, ipAddress, createdAt, expiresAt, isCurrent } = session;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <Monitor aria-hidden className="size-4 shrink-0 text-faint" />
      <div className="flex min-w-0 flex-1 basis-48 flex-col">
        <span
          className="flex flex-wrap items-baseline gap-x-2 text-14 font-medium"
          title={userAgent ?? undefined}
        >
          <SafeText text={deviceName(userAgent)} />
          {isCurrent ? <span className="text-12 font-normal text-muted">this session</span> : null}
        </span>
        <span className="text-12 text-muted">
          signed in <Time at={createdAt} />
          {ipAddress === null || ipAddress === "" ? null : <> from {ipAddress}</>}, ends{" "}
          <Time at={expiresAt} />
        </span>
      </div>
      {isCurrent ? null : (
        <Button size="small" look="danger" isBusy={isEnding} onClick={onEnd}>
          End
        </Button>
      )}
    </li>
  );
}
