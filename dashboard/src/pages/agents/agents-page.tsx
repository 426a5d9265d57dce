import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Bot, Plus } from "lucide-react";
import type { Agent } from "../../../../src/contract/agent.ts";
import { visibleText } from "../../../../src/contract/visible-text.ts";
import { CodeBlock } from "../../components/code-block.tsx";
import { EmptyState } from "../../components/empty-state.tsx";
import { ErrorState } from "../../components/error-state.tsx";
import { Id } from "../../components/id.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { ShowOlder } from "../../components/show-older.tsx";
import { StateBadge } from "../../components/state-badge.tsx";
import { Time } from "../../components/time.tsx";
import { ButtonLink } from "../../components/ui/button.tsx";
import { Card } from "../../components/ui/card.tsx";
import { type Column, DataTable } from "../../components/ui/data-table.tsx";
import { SkeletonRows } from "../../components/ui/skeleton.tsx";
import { agentListQuery } from "../../data/agents.ts";
import { may, meQuery } from "../../data/session.ts";
import { useAllOf } from "../../lib/all-of.ts";

const columns: Column<Agent>[] = [
  {
    id: "name",
    header: "Agent",
    cell: ({ row: { original } }) => (
      <Link
        to="/dashboard/agents/$agentId"
        params={{ agentId: original.agentId }}
        className="block max-w-40 truncate sm:max-w-72 font-medium underline-offset-2 hover:underline"
      >
        {visibleText(original.name)}
      </Link>
    ),
  },
  { id: "status", header: "State", cell: ({ row }) => <StateBadge state={row.original.status} /> },
  { id: "agentId", header: "Id", cell: ({ row }) => <Id id={row.original.agentId} /> },
  {
    id: "keys",
    header: "Key",
    cell: ({ row }) => (
      <span className="font-mono text-12 text-muted">
        {row.original.keys.map(({ preview }) => preview).join(", ") || "none"}
      </span>
    ),
  },
  {
    id: "createdAt",
    header: "Made",
    cell: ({ row }) => <Time at={row.original.createdAt} className="text-muted" />,
  },
];

const commands = `behalf login --base-url ${window.location.origin}
behalf agents create "Deploy bot" --save
behalf permissions create --action deploy_production --resource vercel.com --requires-approval
`;

/** Every agent of the workspace. */
export function AgentsPage() {
  const { data: user } = useQuery(meQuery);
  const navigate = useNavigate();
  const list = useInfiniteQuery(agentListQuery);
  const agents = useAllOf(list.data?.pages, "agents");
  const mayBuild = may(user, "build");
  const create = (
    <ButtonLink to="/dashboard/agents/new" look="primary">
      <Plus aria-hidden className="size-4" />
      New agent
    </ButtonLink>
  );
  return (
    <>
      <PageHeader title="Agents" {...(mayBuild && agents.length > 0 ? { actions: create } : {})}>
        Who may ask, and what they may do.
      </PageHeader>
      {list.data === undefined ? (
        list.isError ? (
          <ErrorState error={list.error} onRetry={() => void list.refetch()} />
        ) : (
          <Card>
            <SkeletonRows label="Loading the agents" />
          </Card>
        )
      ) : agents.length === 0 ? (
        <EmptyState
          icon={<Bot className="size-5" />}
          title="No agent yet"
          action={
            mayBuild ? (
              <div className="flex flex-col items-center gap-4">
                {create}
                <CodeBlock
                  code={commands}
                  language="sh"
                  label="Or in the terminal"
                  className="w-full text-left"
                />
              </div>
            ) : undefined
          }
        >
          An agent is whatever acts for you: a coding assistant, a bot, a job. It gets a key of its own, may
          do nothing at first, and asks before it acts.
          {mayBuild ? null : " Developers, admins and owners make agents."}
        </EmptyState>
      ) : (
        <div className="flex flex-col gap-3">
          <DataTable
            label="Agents"
            columns={columns}
            rows={agents}
            rowId={({ agentId }) => agentId}
            onOpen={({ agentId }) => void navigate({ to: "/dashboard/agents/$agentId", params: { agentId } })}
          />
          <ShowOlder list={list}>Show older</ShowOlder>
        </div>
      )}
    </>
  );
}
