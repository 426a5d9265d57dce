import { useQuery } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";
import { useState } from "react";
import type { Member, User } from "../../../../src/contract/people.ts";
import { ErrorState } from "../../components/error-state.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { SafeText } from "../../components/safe-text.tsx";
import { Time } from "../../components/time.tsx";
import { Button } from "../../components/ui/button.tsx";
import { Card } from "../../components/ui/card.tsx";
import { SkeletonRows } from "../../components/ui/skeleton.tsx";
import { membersQuery } from "../../data/members.ts";
import { may, meQuery } from "../../data/session.ts";
import { Invitations } from "./invitations.tsx";
import { InviteDialog } from "./invite-dialog.tsx";
import { MemberActions } from "./member-actions.tsx";
import { roleNames } from "../../lib/role-words.ts";

/** Who is in the workspace and what they may do, and who is invited. */
export function MembersPage() {
  const { data: user } = useQuery(meQuery);
  const { data: members, error, refetch } = useQuery(membersQuery);
  const [isInviting, setInviting] = useState(false);
  const mayManage = may(user, "manage");
  return (
    <>
      <PageHeader
        title="Members"
        actions={
          mayManage ? (
            <Button
              look="primary"
              icon={<UserPlus aria-hidden className="size-4" />}
              onClick={() => setInviting(true)}
            >
              Invite
            </Button>
          ) : null
        }
      >
        {user == null || mayManage
          ? "Roles hold from a member's next request on."
          : "Owners and admins invite people and change roles. You can leave the workspace."}
      </PageHeader>
      <div className="flex flex-col gap-8">
        {members !== undefined && user != null ? (
          <Members members={members} user={user} mayManage={mayManage} />
        ) : error !== null ? (
          <ErrorState error={error} onRetry={() => void refetch()} />
        ) : (
          <Card>
            <SkeletonRows rows={4} label="Loading the members" />
          </Card>
        )}
        {mayManage ? <Invitations /> : null}
      </div>
      {user == null ? null : (
        <InviteDialog
          isOpen={isInviting}
          onClose={() => setInviting(false)}
          mayMakeOwners={user.account?.roles.includes("owner") ?? false}
        />
      )}
    </>
  );
}

type MembersProps = { members: readonly Member[]; user: User; mayManage: boolean };

function Members({ members, user, mayManage }: MembersProps) {
  const owners = members.filter(({ roles }) => roles.includes("owner"));
  return (
    <Card>
      <ul className="divide-y divide-line">
        {members.map((member) => {
          const isYou = member.userId === user.userId;
          const isLastOwner = owners.length === 1 && owners[0]?.userId === member.userId;
          return (
            <li key={member.userId} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
              <div className="flex min-w-0 flex-1 basis-56 flex-col">
                <span className="flex items-baseline gap-2 text-14 font-medium">
                  <SafeText text={member.name ?? member.email} className="truncate" />
                  {isYou ? <span className="text-12 font-normal text-faint">you</span> : null}
                </span>
                {member.name === null ? null : (
                  <SafeText text={member.email} className="truncate text-12 text-muted" />
                )}
              </div>
              <div className="flex min-w-0 flex-1 basis-40 flex-col sm:flex-none">
                <span className="text-14">{roleNames(member.roles)}</span>
                <span className="text-12 text-muted">
                  {isLastOwner ? "the only owner" : <JoinedAt at={member.joinedAt} />}
                </span>
              </div>
              <div className="flex w-9 justify-end">
                {mayManage || isYou ? (
                  <MemberActions
                    member={member}
                    isYou={isYou}
                    isLastOwner={isLastOwner}
                    mayManage={mayManage}
                    isOwner={user.account?.roles.includes("owner") ?? false}
                  />
                ) : null}
              </div>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}

function JoinedAt({ at }: { at: string }) {
  return (
    <>
      joined <Time at={at} />
    </>
  );
}
