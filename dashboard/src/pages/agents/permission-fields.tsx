import type { ReactNode } from "react";
import { SwitchField } from "../../components/ui/switch.tsx";
import { TextAreaField, TextField } from "../../components/ui/field.tsx";
import { type Draft, type FieldName, localText } from "./permission-draft.ts";

type PermissionFieldsProps = { draft: Draft; onChange: (draft: Draft) => void };

/** Everything that a permission can say. */
export function PermissionFields({ draft, onChange }: PermissionFieldsProps) {
  const set = (name: FieldName, value: string) =>
    onChange({ ...draft, fields: { ...draft.fields, [name]: value } });
  const shared = (name: FieldName) => ({
    name,
    value: draft.fields[name] ?? "",
    autoComplete: "off",
    spellCheck: false,
    onChange: ({ currentTarget }: { currentTarget: { value: string } }) => set(name, currentTarget.value),
  });
  const list = (name: FieldName, label: string, placeholder: string, hint?: string) => (
    <TextAreaField
      {...shared(name)}
      label={label}
      placeholder={placeholder}
      rows={Math.min(8, Math.max(1, (draft.fields[name] ?? "").split("\n").length))}
      isMono
      {...(hint === undefined ? {} : { hint })}
    />
  );
  return (
    <div className="flex flex-col gap-8">
      <Group title="What it permits">
        <TextField
          {...shared("action")}
          label="Action"
          placeholder="deploy_production"
          autoFocus={draft.fields.action === undefined}
          hint="Exactly as the agent names it."
        />
        <TextField
          {...shared("resource")}
          label="Resource"
          isOptional
          placeholder="vercel.com"
          hint="One, several with commas, or a pattern such as *.vercel.com. Empty: any."
        />
        <div className="sm:col-span-2">
          <SwitchField
            label="Requires approval"
            hint="A person sees each request with its arguments and decides. A yes is good once, for 30 minutes."
            isOn={draft.requiresApproval}
            onChange={(requiresApproval) => onChange({ ...draft, requiresApproval })}
          />
        </div>
        {draft.requiresApproval ? (
          <div className="sm:col-span-2">
            <SwitchField
              label="By somebody else"
              hint="Not by the person who made the agent."
              isOn={draft.requireDifferentApprover}
              onChange={(requireDifferentApprover) => onChange({ ...draft, requireDifferentApprover })}
            />
          </div>
        ) : null}
        {list(
          "allowedActions",
          "Also allows",
          "promote staging to production",
          "Further actions, one a line.",
        )}
        {list(
          "blockedActions",
          "Blocks",
          "delete production deployment",
          "Denied whatever else allows them, one a line.",
        )}
      </Group>
      <Group
        title="Limits"
        lead="All that you fill in must hold, or the request is denied. A request that does not carry the fact is denied, too. Lists take one entry a line; environments, branches, repositories and paths are globs."
      >
        <TextField
          {...shared("constraints.maxAmount")}
          label="Largest amount"
          isOptional
          inputMode="decimal"
          placeholder="500"
        />
        <TextField
          {...shared("constraints.expiresAt")}
          label="Ends"
          isOptional
          type="datetime-local"
          min={localText(new Date())}
          hint="In your time zone."
        />
        <div className="sm:col-span-2">
          {list("constraints.allowedVendors", "Only vendors", "*.vercel.com")}
        </div>
        {list("constraints.allowedEnvironments", "Only environments", "preview-*")}
        {list("constraints.deniedEnvironments", "Never environments", "production")}
        {list("constraints.allowedBranches", "Only branches", "release/**")}
        {list("constraints.deniedBranches", "Never branches", "legacy/**")}
        {list("constraints.allowedRepositories", "Only repositories", "acme/*")}
        {list("constraints.deniedRepositories", "Never repositories", "acme/secrets")}
        {list("constraints.allowedPaths", "Only paths", "src/**")}
        {list(
          "constraints.deniedPaths",
          "Never paths",
          "**/.env*",
          "A search of a folder is refused where one of these could lie in it.",
        )}
        <div className="sm:col-span-2">
          {list(
            "constraints.deniedCommands",
            "Never commands with",
            "rm -rf",
            "Text anywhere in the command, one a line, its spaces included. A tripwire, not a sandbox.",
          )}
        </div>
      </Group>
      <Group title="For people">
        <div className="sm:col-span-2">
          <TextAreaField
            {...shared("description")}
            label="Description"
            isOptional
            spellCheck
            rows={2}
            hint="Approvers read it beside each request."
          />
        </div>
        <TextField {...shared("scope")} label="Scope" isOptional />
        <TextField {...shared("template")} label="Template" isOptional />
        <div className="sm:col-span-2">
          <TextAreaField {...shared("notes")} label="Notes" isOptional spellCheck rows={2} />
        </div>
      </Group>
    </div>
  );
}

function Group({ title, lead, children }: { title: string; lead?: string; children: ReactNode }) {
  return (
    <fieldset className="flex min-w-0 flex-col gap-4">
      <legend className="mb-4 text-16 font-semibold">{title}</legend>
      {lead === undefined ? null : <p className="-mt-4 max-w-[65ch] text-14 text-muted">{lead}</p>}
      <div className="grid gap-4 sm:grid-cols-2">{children}</div>
    </fieldset>
  );
}
