import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ChevronRight, Plus, ShieldCheck } from "lucide-react";
import { useState } from "react";
import type { Agent } from "../../../../src/contract/agent.ts";
import type { Permission } from "../../../../src/contract/permission.ts";
import { isInForce, standing } from "../../../../src/contract/permission-standing.ts";
import { visibleText } from "../../../../src/contract/visible-text.ts";
import { EmptyState } from "../../components/empty-state.tsx";
import { Id } from "../../components/id.tsx";
import { ActionOnResource, PermissionRules } from "../../components/permission-rules.tsx";
import { SafeText } from "../../components/safe-text.tsx";
import { StateBadge } from "../../components/state-badge.tsx";
import { Time } from "../../components/time.tsx";
import { Button, ButtonLink } from "../../components/ui/button.tsx";
import { Card } from "../../components/ui/card.tsx";
import { ConfirmDialog } from "../../components/ui/dialog.tsx";
import { toast } from "../../components/ui/toast.tsx";
import { agentsKey } from "../../data/agents.ts";
import { approvalsKey } from "../../data/approvals.ts";
import { summaryKey } from "../../data/keys.ts";
import { revokePermission } from "../../data/permissions.ts";
import { useNow } from "../../lib/now.ts";
import { OpenWork } from "./open-work.tsx";

type PermissionsViewProps = { agent: Agent; permissions: readonly Permission[]; mayBuild: boolean };

/** What an agent may do, and what it once might. */
export function PermissionsView({ agent, permissions, mayBuild }: PermissionsViewProps) {
  const now = useNow(10_000);
  const [revoking, setRevoking] = useState<Permission>();
  const active = permissions.filter((permission) => isInForce(permission, now));
  const ended = permissions.filter((permission) => !isInForce(permission, now));
  const add = (
    <ButtonLink
      to="/dashboard/agents/$agentId/permission"
      params={{ agentId: agent.agentId }}
      look={active.length === 0 ? "primary" : "secondary"}
    >
      <Plus aria-hidden className="size-4" />
      Add permission
    </ButtonLink>
  );
  return (
    <div className="flex flex-col gap-4">
      {active.length === 0 ? (
        <EmptyState
          icon={<ShieldCheck className="size-5" />}
          title="It may do nothing"
          {...(mayBuild ? { action: add } : {})}
        >
          Everything that no permission covers is denied. Give it one for what it should do by itself, and one
          that requires approval for what a person should see first.
        </EmptyState>
      ) : (
        <>
          {mayBuild ? <div className="flex justify-end">{add}</div> : null}
          <ul aria-label="Active permissions" className="flex flex-col gap-3">
            {active.map((permission) => (
              <Item
                key={permission.permissionId}
                permission={permission}
                onRevoke={mayBuild ? () => setRevoking(permission) : undefined}
              />
            ))}
          </ul>
        </>
      )}
      {ended.length === 0 ? null : (
        <details className="group">
          <summary className="flex h-9 cursor-pointer list-none items-center gap-1 rounded-md text-14 font-medium text-muted hover:text-ink">
            <ChevronRight aria-hidden className="size-4 transition-transform group-open:rotate-90" />
            {ended.length} ended
          </summary>
          <ul aria-label="Ended permissions" className="mt-2 flex flex-col gap-3">
            {ended.map((permission) => (
              <Item key={permission.permissionId} permission={permission} />
            ))}
          </ul>
        </details>
      )}
      <RevokeDialog permission={revoking} onClose={() => setRevoking(undefined)} />
    </div>
  );
}

function Item({ permission, onRevoke }: { permission: Permission; onRevoke?: (() => void) | undefined }) {
  const now = useNow(10_000);
  const state = standing(permission, now);
  const { agentId, permissionId, requiresApproval, requireDifferentApprover } = permission;
  return (
    <li>
      <Card className="flex flex-col gap-3 p-4">
        <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
          <h2 className="min-w-0 text-14 font-semibold">
            <ActionOnResource action={permission.action} resource={permission.resource} />
          </h2>
          {state !== "active" ? (
            <StateBadge state={state} />
          ) : requiresApproval ? (
            <StateBadge
              state="approval_required"
              word={requireDifferentApprover ? "Asks somebody else" : "Asks a person"}
            />
          ) : (
            <StateBadge state="allowed" word="By itself" />
          )}
        </div>
        {permission.description === undefined ? null : (
          <SafeText text={permission.description} className="max-w-[65ch] text-muted" />
        )}
        <PermissionRules permission={permission} />
        <Texts permission={permission} />
        <div className="flex flex-wrap items-center justify-between gap-2">
          <span className="flex flex-wrap items-center gap-x-3 text-12 text-muted">
            <Id id={permissionId} />
            <span>
              made <Time at={permission.createdAt} />
            </span>
            {permission.revokedAt === null ? null : (
              <span>
                {permission.status} <Time at={permission.revokedAt} />
              </span>
            )}
            {permission.replacedBy === null ? null : (
              <span className="flex items-center gap-1">
                by <Id id={permission.replacedBy} />
              </span>
            )}
          </span>
          {onRevoke === undefined ? null : (
            <span className="flex gap-2">
              <ButtonLink
                to="/dashboard/agents/$agentId/permission"
                params={{ agentId }}
                search={{ replaces: permissionId }}
                size="small"
                aria-label={`Replace ${visibleText(permission.action)}`}
              >
                Replace
              </ButtonLink>
              <Button
                look="danger"
                size="small"
                onClick={onRevoke}
                aria-label={`Revoke ${visibleText(permission.action)}`}
              >
                Revoke
              </Button>
            </span>
          )}
        </div>
      </Card>
    </li>
  );
}

function Texts({ permission: { scope, notes, template } }: { permission: Permission }) {
  const texts = [
    ["Scope", scope],
    ["Notes", notes],
    ["Template", template],
  ] as const;
  return texts.map(([label, text]) =>
    text === undefined ? null : (
      <p key={label} className="text-14">
        <span className="text-muted">{label}: </span>
        <SafeText text={text} className="inline" />
      </p>
    ),
  );
}

function RevokeDialog({ permission, onClose }: { permission: Permission | undefined; onClose: () => void }) {
  const client = useQueryClient();
  const revoking = useMutation({
    mutationFn: ({ agentId, permissionId }: Permission) => revokePermission(agentId, permissionId),
    onSuccess: async () => {
      await Promise.all(
        [agentsKey, approvalsKey, summaryKey].map((queryKey) => client.invalidateQueries({ queryKey })),
      );
      onClose();
      toast.done("The permission is revoked.");
    },
  });
  return (
    <ConfirmDialog
      isOpen={permission !== undefined}
      onOpenChange={(isOpen) => {
        if (isOpen) return;
        revoking.reset();
        onClose();
      }}
      title={`Revoke ${visibleText(permission?.action ?? "")}?`}
      action="Revoke permission"
      look="danger"
      isBusy={revoking.isPending}
      error={revoking.error}
      onConfirm={() => {
        if (permission !== undefined) revoking.mutate(permission);
      }}
    >
      <p>It ends now and for good. What another permission allows stays allowed.</p>
      {permission === undefined ? null : (
        <OpenWork agentId={permission.agentId} permissionId={permission.permissionId} />
      )}
    </ConfirmDialog>
  );
}
