import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import { useState } from "react";
import type { AgentWithPermissions } from "../../data/agents.ts";
import { type Permission, permissionSpecSchema } from "../../../../src/contract/permission.ts";
import { visibleText } from "../../../../src/contract/visible-text.ts";
import { ErrorState } from "../../components/error-state.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { Button, ButtonLink } from "../../components/ui/button.tsx";
import { Form } from "../../components/ui/form.tsx";
import { Skeleton } from "../../components/ui/skeleton.tsx";
import { toast } from "../../components/ui/toast.tsx";
import { agentQuery, agentsKey } from "../../data/agents.ts";
import { approvalsKey } from "../../data/approvals.ts";
import { summaryKey } from "../../data/keys.ts";
import { grantPermission } from "../../data/permissions.ts";
import { may, meQuery } from "../../data/session.ts";
import { OpenWork } from "./open-work.tsx";
import { draftOf, emptyDraft, specOf } from "./permission-draft.ts";
import { PermissionFields } from "./permission-fields.tsx";
import { Preview } from "./preview.tsx";

/** Writes a permission: a new one, or one in the place of another. */
export function PermissionPage() {
  const { agentId } = useParams({ from: "/dashboard/agents/$agentId/permission" });
  const { replaces } = useSearch({ from: "/dashboard/agents/$agentId/permission" });
  const { data: user } = useQuery(meQuery);
  const { data, error, refetch } = useQuery(agentQuery(agentId));
  if (data === undefined)
    return error === null ? (
      <div role="status" aria-label="Loading the agent" className="flex flex-col gap-4">
        <Skeleton className="h-7 w-56" />
        <Skeleton className="h-96 w-full" />
      </div>
    ) : (
      <ErrorState error={error} onRetry={() => void refetch()} />
    );
  if (!may(user, "build"))
    return (
      <PageHeader title="Permission">
        Your role may look at permissions. Developers, admins and owners write them.
      </PageHeader>
    );
  const replaced = data.permissions.find(({ permissionId }) => permissionId === replaces);
  if (replaces !== undefined && replaced?.status !== "active")
    return (
      <PageHeader title="This permission has ended">
        It cannot be replaced any more.{" "}
        <Link to="/dashboard/agents/$agentId" params={{ agentId }} className="text-accent-ink underline">
          See what is in force
        </Link>
      </PageHeader>
    );
  return <Editor key={replaces ?? "new"} data={data} replaced={replaced} />;
}

function Editor({ data, replaced }: { data: AgentWithPermissions; replaced: Permission | undefined }) {
  const { agent } = data;
  const { agentId } = agent;
  const client = useQueryClient();
  const navigate = useNavigate();
  const [draft, setDraft] = useState(() => (replaced === undefined ? emptyDraft : draftOf(replaced)));
  const saving = useMutation({
    mutationFn: (spec: Parameters<typeof grantPermission>[1]) =>
      grantPermission(agentId, spec, replaced?.permissionId),
    onSuccess: async () => {
      await Promise.all(
        [agentsKey, approvalsKey, summaryKey].map((queryKey) => client.invalidateQueries({ queryKey })),
      );
      toast.done(replaced === undefined ? "The permission is in force." : "The new permission is in force.");
      await navigate({ to: "/dashboard/agents/$agentId", params: { agentId } });
    },
  });
  return (
    <>
      <Link
        to="/dashboard/agents/$agentId"
        params={{ agentId }}
        className="mb-3 inline-flex items-center gap-1 rounded-md text-14 text-muted hover:text-ink"
      >
        <ArrowLeft aria-hidden className="size-4" />
        {visibleText(agent.name)}
      </Link>
      <PageHeader
        title={replaced === undefined ? "New permission" : `Replace ${visibleText(replaced.action)}`}
      >
        {replaced === undefined
          ? "What is not permitted is denied."
          : "A permission never changes: the new one takes its place in one step."}
      </PageHeader>
      <div className="grid items-start gap-8 lg:grid-cols-[minmax(0,1fr)_20rem] xl:grid-cols-[minmax(0,1fr)_24rem]">
        <Form
          schema={permissionSpecSchema}
          toBody={() => specOf(draft)}
          error={saving.error}
          onValid={(spec) => saving.mutate(spec)}
          className="min-w-0"
        >
          <PermissionFields draft={draft} onChange={setDraft} />
          <div className="mt-4 flex flex-col gap-3 border-t border-line pt-4">
            {replaced === undefined ? null : (
              <div className="text-14 text-muted">
                <OpenWork agentId={agentId} permissionId={replaced.permissionId} />
              </div>
            )}
            <div className="flex flex-wrap justify-end gap-2">
              <ButtonLink to="/dashboard/agents/$agentId" params={{ agentId }} look="quiet">
                Cancel
              </ButtonLink>
              <Button type="submit" look="primary" isBusy={saving.isPending}>
                {replaced === undefined ? "Create permission" : "Replace permission"}
              </Button>
            </div>
          </div>
        </Form>
        <div className="min-w-0 lg:sticky lg:top-6">
          <Preview draft={draft} agent={agent} replaces={replaced?.permissionId} />
        </div>
      </div>
    </>
  );
}
