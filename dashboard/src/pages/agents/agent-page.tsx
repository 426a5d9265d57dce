import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Pencil } from "lucide-react";
import { useState } from "react";
import { visibleText } from "../../../../src/contract/visible-text.ts";
import { ErrorState } from "../../components/error-state.tsx";
import { Id } from "../../components/id.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { SafeText } from "../../components/safe-text.tsx";
import { StateBadge } from "../../components/state-badge.tsx";
import { Time } from "../../components/time.tsx";
import { Button } from "../../components/ui/button.tsx";
import { Skeleton, SkeletonRows } from "../../components/ui/skeleton.tsx";
import { Tabs } from "../../components/ui/tabs.tsx";
import { agentQuery } from "../../data/agents.ts";
import { may, meQuery } from "../../data/session.ts";
import { AccessView } from "./access-view.tsx";
import { ActivityView } from "./activity-view.tsx";
import { AgentSwitch } from "./agent-switch.tsx";
import { EditAgentDialog } from "./edit-agent-dialog.tsx";
import { PermissionsView } from "./permissions-view.tsx";

const views = ["permissions", "activity", "access"] as const;

/** One agent: what it may do, what it did, and what opens it. */
export function AgentPage() {
  const { agentId } = useParams({ from: "/dashboard/agents/$agentId" });
  const { view } = useSearch({ from: "/dashboard/agents/$agentId" });
  const navigate = useNavigate({ from: "/dashboard/agents/$agentId" });
  const { data: user } = useQuery(meQuery);
  const { data, error, refetch } = useQuery(agentQuery(agentId));
  const [isEditing, setEditing] = useState(false);
  if (data === undefined)
    return error === null ? <AgentSkeleton /> : <ErrorState error={error} onRetry={() => void refetch()} />;
  const { agent, permissions } = data;
  const mayBuild = may(user, "build");
  return (
    <>
      <PageHeader
        title={visibleText(agent.name)}
        {...(mayBuild
          ? {
              actions: (
                <>
                  <Button icon={<Pencil aria-hidden className="size-4" />} onClick={() => setEditing(true)}>
                    Edit
                  </Button>
                  <AgentSwitch agent={agent} />
                </>
              ),
            }
          : {})}
      >
        <div className="flex flex-col gap-2">
          <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <StateBadge state={agent.status} />
            <Id id={agent.agentId} />
            <span>
              made <Time at={agent.createdAt} />
            </span>
            {agent.disabledAt === null ? null : (
              <span>
                switched off <Time at={agent.disabledAt} />
              </span>
            )}
          </span>
          {agent.description === null ? null : <SafeText text={agent.description} className="max-w-[65ch]" />}
          {mayBuild ? null : (
            <span>Your role may look at agents. Developers, admins and owners change them.</span>
          )}
        </div>
      </PageHeader>
      <Tabs
        label="Views of the agent"
        value={views.find((each) => each === view) ?? "permissions"}
        onChange={(next) =>
          void navigate({ search: next === "permissions" ? {} : { view: next }, replace: true })
        }
        tabs={[
          {
            value: "permissions",
            label: "Permissions",
            content: <PermissionsView agent={agent} permissions={permissions} mayBuild={mayBuild} />,
          },
          { value: "activity", label: "Activity", content: <ActivityView agentId={agent.agentId} /> },
          {
            value: "access",
            label: "Key and passport",
            content: <AccessView agent={agent} mayBuild={mayBuild} />,
          },
        ]}
      />
      <EditAgentDialog agent={agent} isOpen={isEditing} onOpenChange={setEditing} />
    </>
  );
}

function AgentSkeleton() {
  return (
    <div role="status" aria-label="Loading the agent" className="flex flex-col gap-6">
      <Skeleton className="h-7 w-48" />
      <Skeleton className="h-4 w-80 max-w-full" />
      <SkeletonRows rows={4} />
    </div>
  );
}
