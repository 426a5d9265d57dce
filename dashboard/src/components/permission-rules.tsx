import type { Constraints, PermissionSpec } from "../../../src/contract/permission.ts";
import { amountText } from "../lib/amount-text.ts";
import { SafeText } from "./safe-text.tsx";
import { Time } from "./time.tsx";

const limits: readonly [name: Exclude<keyof Constraints, "maxAmount" | "expiresAt">, label: string][] = [
  ["allowedVendors", "Only vendors"],
  ["allowedEnvironments", "Only environments"],
  ["deniedEnvironments", "Never environments"],
  ["allowedBranches", "Only branches"],
  ["deniedBranches", "Never branches"],
  ["allowedRepositories", "Only repositories"],
  ["deniedRepositories", "Never repositories"],
  ["allowedPaths", "Only paths"],
  ["deniedPaths", "Never paths"],
  ["deniedCommands", "Never commands with"],
];

type Rule = { label: string; values: readonly string[] };

/** What a permission says beyond its action and resource, line by line. What it does not limit is left out. */
function rulesOf(
  { allowedActions, blockedActions, constraints }: PermissionSpec,
  limitsOnly: boolean,
): Rule[] {
  const { maxAmount } = constraints;
  return [
    { label: "Also allows", values: limitsOnly ? [] : allowedActions },
    { label: "Blocks", values: limitsOnly ? [] : blockedActions },
    { label: "Amount up to", values: maxAmount === undefined ? [] : [amountText(maxAmount)] },
    ...limits.map(([name, label]) => ({ label, values: constraints[name] ?? [] })),
  ].filter(({ values }) => values.length > 0);
}

/** The rules of a permission as a person reads them. */
export function PermissionRules({
  permission,
  limitsOnly = false,
}: {
  permission: PermissionSpec;
  /** Leaves out the further actions, where one action is at issue. */
  limitsOnly?: boolean;
}) {
  const rules = rulesOf(permission, limitsOnly);
  const { expiresAt } = permission.constraints;
  if (rules.length === 0 && expiresAt === undefined) return null;
  return (
    <div className="@container">
      <dl className="grid gap-x-4 gap-y-1 text-14 @2xs:grid-cols-[auto_minmax(0,1fr)]">
        {rules.map(({ label, values }) => (
          <div key={label} className="contents">
            <dt className="text-muted">{label}</dt>
            <dd className="flex min-w-0 flex-wrap gap-1">
              {values.map((value, index) => (
                <SafeText
                  key={index}
                  text={value}
                  isMono
                  className="max-w-full rounded-sm border border-line bg-sunken px-1 text-12"
                />
              ))}
            </dd>
          </div>
        ))}
        {expiresAt === undefined ? null : (
          <>
            <dt className="text-muted">Ends</dt>
            <dd>
              <Time at={expiresAt} />
            </dd>
          </>
        )}
      </dl>
    </div>
  );
}

/** "deploy_production on vercel.com". */
export function ActionOnResource({
  action,
  resource,
}: {
  action: string;
  resource: string | null | undefined;
}) {
  return (
    <>
      <SafeText text={action} isMono className="inline" />
      {resource == null ? null : (
        <>
          <span className="font-normal text-muted"> on </span>
          <SafeText text={resource} isMono className="inline" />
        </>
      )}
    </>
  );
}
