import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Approval } from "../../../../src/contract/approval.ts";
import { Id } from "../../components/id.tsx";
import { ActionOnResource, PermissionRules } from "../../components/permission-rules.tsx";
import { SafeText } from "../../components/safe-text.tsx";
import { Time } from "../../components/time.tsx";
import { Skeleton } from "../../components/ui/skeleton.tsx";
import { agentQuery, askedSinceQuery } from "../../data/agents.ts";

/** Who asks, since when it exists and how often it asked today; and why a person is asked. */
export function Asking({ approval }: { approval: Approval }) {
  const { agentId, agentName, permissionId } = approval;
  const agent = useQuery(agentQuery(agentId));
  const today = new Date();
  today.setHours(0, 0, 0, 0);
  const asked = useQuery(askedSinceQuery(agentId, today.toISOString()));
  const permission = agent.data?.permissions.find((each) => each.permissionId === permissionId);
  return (
    <div className="flex flex-col gap-3">
      <Row name="Who asks">
        <Link
          to="/dashboard/agents/$agentId"
          params={{ agentId }}
          className="font-medium underline decoration-line-strong underline-offset-2 hover:decoration-current"
        >
          <SafeText text={agentName} className="inline" />
        </Link>
        {agent.data === undefined ? (
          agent.isPending ? (
            <Skeleton className="mt-1 h-4 w-48" />
          ) : null
        ) : (
          <span className="block text-muted">
            made <Time at={agent.data.agent.createdAt} />
            {asked.data === undefined
              ? null
              : `, ${times(asked.data.total)} today${asked.data.approvalRequired > 0 ? `, ${asked.data.approvalRequired} held for a person` : ""}`}
          </span>
        )}
      </Row>
      <Row name="Why you">
        {permission === undefined ? (
          <span className="text-muted">
            A permission asks a person each time: <Id id={permissionId} />
          </span>
        ) : (
          <div className="flex flex-col gap-2">
            <span>
              Its permission for{" "}
              <span className="font-medium">
                <ActionOnResource action={permission.action} resource={permission.resource} />
              </span>{" "}
              asks {approval.requireDifferentApprover ? "someone other than who made the agent" : "a person"}{" "}
              each time.
            </span>
            {permission.description === undefined ? null : (
              <SafeText text={permission.description} className="text-muted" />
            )}
            <PermissionRules permission={permission} limitsOnly />
          </div>
        )}
      </Row>
    </div>
  );
}

export function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <section
      aria-label={name}
      className="grid gap-x-4 text-14 @3xs:grid-cols-[6.5rem_minmax(0,1fr)] sm:grid-cols-[8rem_minmax(0,1fr)]"
    >
      <h3 className="text-muted">{name}</h3>
      <div className="min-w-0">{children}</div>
    </section>
  );
}

function times(count: number): string {
  return count === 1 ? "asked once" : `asked ${count.toLocaleString()} times`;
}
