import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { Info } from "lucide-react";
import type { ReactNode } from "react";
import { permissionSpecSchema } from "../../../../src/contract/permission.ts";
import { visibleText } from "../../../../src/contract/visible-text.ts";
import { ErrorState } from "../../components/error-state.tsx";
import { Id } from "../../components/id.tsx";
import { Logo } from "../../components/logo.tsx";
import { ActionOnResource, PermissionRules } from "../../components/permission-rules.tsx";
import { SafeText } from "../../components/safe-text.tsx";
import { StateBadge, type State } from "../../components/state-badge.tsx";
import { Time } from "../../components/time.tsx";
import { Card } from "../../components/ui/card.tsx";
import { Skeleton, SkeletonRows } from "../../components/ui/skeleton.tsx";
import { type Passport, passportQuery } from "../../data/passport.ts";
import { useFragmentToken } from "../../lib/fragment-token.ts";
import { usePageTitle } from "../../lib/page-title.ts";
import { Preview } from "./preview.tsx";

/** What an agent may do, for whoever was given its passport's link. Nobody has to sign in. */
export function PassportPage() {
  const { agentId } = useParams({ from: "/passport/$agentId" });
  const token = useFragmentToken("passport");
  return (
    <div className="mx-auto flex min-h-dvh max-w-3xl flex-col gap-6 px-4 py-6 sm:py-10">
      <header>
        <Link to="/" className="inline-flex rounded-md">
          <Logo />
        </Link>
      </header>
      <main id="content" className="flex flex-col gap-6">
        {token === undefined ? <NoToken /> : <WithToken agentId={agentId} token={token} />}
      </main>
    </div>
  );
}

function NoToken() {
  usePageTitle("Passport");
  return (
    <>
      <h1 className="text-20 font-semibold">This passport needs its whole link</h1>
      <p className="max-w-xl text-16 text-muted">
        The part after the # is what opens it. Open the link as you were given it, or ask the agent's owner
        for it again. This address alone opens nothing.
      </p>
    </>
  );
}

function WithToken({ agentId, token }: { agentId: string; token: string }) {
  const { data, error, refetch } = useQuery(passportQuery(agentId, token));
  usePageTitle(data === undefined ? "Passport" : `Passport of ${visibleText(data.agent.name)}`);
  if (data !== undefined)
    return (
      <>
        <Permitted passport={data} />
        <Preview agentId={agentId} token={token} passport={data} />
      </>
    );
  return (
    <>
      <h1 className="text-20 font-semibold">Passport</h1>
      {error === null ? (
        <>
          <Skeleton className="h-20" />
          <Card>
            <SkeletonRows rows={5} label="Loading the passport" />
          </Card>
        </>
      ) : (
        <ErrorState error={error} onRetry={() => void refetch()} />
      )}
    </>
  );
}

type Permission = Passport["permissions"][number];

function Permitted({ passport: { agent, permissions, advisory, issuedAt } }: { passport: Passport }) {
  const isOff = agent.status === "disabled";
  const free = permissions.filter(({ requiresApproval }) => !requiresApproval);
  const asked = permissions.filter(({ requiresApproval }) => requiresApproval);
  const blocked = [...new Set(permissions.flatMap(({ blockedActions }) => blockedActions))];
  return (
    <>
      <div className="flex flex-col gap-2">
        <span className="text-12 font-medium text-muted">Passport of an agent</span>
        <div className="flex flex-wrap items-center gap-3">
          <h1 className="min-w-0 text-28 font-semibold">
            <SafeText text={agent.name} />
          </h1>
          <StateBadge state={agent.status} />
        </div>
        <p className="flex flex-wrap items-center gap-x-3 text-12 text-muted">
          <Id id={agent.agentId} isFull />
          <span>
            as of <Time at={issuedAt} />
          </span>
        </p>
      </div>
      <p className="flex gap-3 rounded-lg border border-line-strong bg-sunken p-4 text-14">
        <Info aria-hidden className="mt-0.5 size-4 shrink-0 text-muted" />
        <span>{advisory}</span>
      </p>
      {isOff ? (
        <p className="rounded-lg border border-denied-line bg-denied-soft p-4 text-14 font-medium">
          This agent is disabled. Whatever stands below, it may do nothing now.
        </p>
      ) : null}
      <Section title="It may do" state="allowed" word="Without asking">
        {free.length === 0 ? <Nothing>Nothing without asking.</Nothing> : <List permissions={free} />}
      </Section>
      <Section title="It must ask a person for" state="approval_required">
        {asked.length === 0 ? (
          <Nothing>Nothing: no permission of it needs approval.</Nothing>
        ) : (
          <List permissions={asked} />
        )}
      </Section>
      <Section title="It may not do" state="denied">
        {blocked.length === 0 ? null : (
          <ul className="divide-y divide-line border-b border-line">
            {blocked.map((action) => (
              <li key={action} className="px-4 py-3 text-14 font-medium">
                <SafeText text={action} isMono />
              </li>
            ))}
          </ul>
        )}
        <Nothing>
          {blocked.length === 0 ? "Anything" : "And anything"} that is not listed above, or is outside the
          limits that stand with it.
        </Nothing>
      </Section>
    </>
  );
}

type SectionProps = { title: string; state: State; word?: string; children: ReactNode };

function Section({ title, state, word, children }: SectionProps) {
  return (
    <Card className="overflow-hidden">
      <div className="flex flex-wrap items-center justify-between gap-2 border-b border-line bg-sunken px-4 py-2">
        <h2 className="text-14 font-semibold">{title}</h2>
        <StateBadge state={state} {...(word === undefined ? {} : { word })} />
      </div>
      {children}
    </Card>
  );
}

function Nothing({ children }: { children: ReactNode }) {
  return <p className="px-4 py-3 text-14 text-muted">{children}</p>;
}

function List({ permissions }: { permissions: readonly Permission[] }) {
  return (
    <ul className="divide-y divide-line">
      {permissions.map((permission, index) => (
        <li key={index} className="flex flex-col gap-2 px-4 py-3">
          <p className="text-14 font-medium">
            <ActionOnResource action={permission.action} resource={permission.resource} />
          </p>
          {permission.description === null ? null : (
            <SafeText text={permission.description} className="text-14 text-muted" />
          )}
          <Limits permission={permission} />
        </li>
      ))}
    </ul>
  );
}

function Limits({ permission }: { permission: Permission }) {
  const { resource, description, ...rest } = permission;
  const spec = permissionSpecSchema.safeParse({
    ...rest,
    ...(resource === null ? {} : { resource }),
    ...(description === null ? {} : { description }),
  });
  if (spec.success) return <PermissionRules permission={spec.data} />;
  // A newer server may know limits that this page does not: they are shown as they are, and never left out.
  return (
    <div className="rounded-md bg-sunken p-2 text-12">
      <SafeText text={JSON.stringify(permission.constraints, null, 2)} isMono />
    </div>
  );
}
