import { useQuery } from "@tanstack/react-query";
import { CircleCheck, OctagonX } from "lucide-react";
import { useState } from "react";
import type { Agent } from "../../../../src/contract/agent.ts";
import type { PermissionId } from "../../../../src/contract/ids.ts";
import { draftPermissionId } from "../../../../src/contract/permission.ts";
import { reasonText } from "../../../../src/contract/reason-text.ts";
import type { Explanation, TraceStep } from "../../../../src/contract/verify.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { SafeText } from "../../components/safe-text.tsx";
import { type State, StateBadge } from "../../components/state-badge.tsx";
import { Card } from "../../components/ui/card.tsx";
import { Select } from "../../components/ui/select.tsx";
import { TextField } from "../../components/ui/field.tsx";
import { Skeleton } from "../../components/ui/skeleton.tsx";
import { cx } from "../../lib/cx.ts";
import { explainDraftQuery } from "../../data/permissions.ts";
import { useDebounced } from "../../lib/debounced.ts";
import { type Draft, specOf } from "./permission-draft.ts";
import { previewQuestion, type Sample } from "./preview-question.ts";

type PreviewProps = { draft: Draft; agent: Agent; replaces: PermissionId | undefined };

const pauseMs = 250;

const kinds = [
  { value: "service", label: "Something at a vendor" },
  { value: "command", label: "A command" },
  { value: "file", label: "A file" },
] as const;
type Kind = (typeof kinds)[number]["value"];

const fieldsOf: Record<Kind, readonly [name: keyof Sample, label: string, placeholder: string][]> = {
  service: [
    ["amount", "Amount", ""],
    ["environment", "Environment", "production"],
    ["branch", "Branch", "main"],
    ["repository", "Repository", "acme/web"],
  ],
  command: [
    ["command", "Command", "npm run deploy"],
    ["cwd", "In folder", "/home/ann/web"],
  ],
  file: [
    ["filePath", "File", "src/app.ts"],
    ["cwd", "In folder", "/home/ann/web"],
  ],
};

/** What would be decided for a request, if the draft were in force beside the agent's other permissions. */
export function Preview({ draft, agent, replaces }: PreviewProps) {
  const [sample, setSample] = useState<Sample>({});
  const [kind, setKind] = useState<Kind>();
  const action = draft.fields.action?.trim() ?? "";
  const resource = firstOf(draft.fields.resource ?? draft.fields["constraints.allowedVendors"]);
  const shownKind = kind ?? kindOf(action);
  const asked: Sample = {
    action: sample.action ?? action,
    vendor: sample.vendor ?? resource,
    ...Object.fromEntries(fieldsOf[shownKind].map(([name]) => [name, sample[name] ?? ""])),
  };
  const question = asked.action === "" ? undefined : previewQuestion(specOf(draft), replaces, asked);
  const asBody = typeof question === "object" ? JSON.stringify(question) : "";
  const body = useDebounced(asBody, pauseMs);
  const { data, error, isPlaceholderData } = useQuery(
    explainDraftQuery(agent.agentId, body === "" ? undefined : body),
  );
  // "Allowed" under a question that it does not answer would be read as its answer.
  const isAnswered = asBody === body && !isPlaceholderData;
  const field = (name: keyof Sample, label: string, placeholder = "") => (
    <TextField
      key={name}
      name={`sample.${name}`}
      label={label}
      value={asked[name] ?? ""}
      placeholder={placeholder}
      autoComplete="off"
      spellCheck={false}
      onChange={({ currentTarget: { value } }) => setSample((before) => ({ ...before, [name]: value }))}
    />
  );
  return (
    <Card className="flex flex-col">
      <div className="flex flex-col gap-4 p-4">
        <div className="flex flex-col gap-1">
          <h2 className="text-14 font-semibold">Try a request</h2>
          <p className="text-12 text-muted">
            Decided by the server as if the permission were in force. Nothing is asked or recorded.
          </p>
        </div>
        <div className="grid grid-cols-2 gap-3">
          {field("action", "Action")}
          {field("vendor", "Vendor or resource")}
          <div className="col-span-2">
            <Select label="What it is about" choices={kinds} value={shownKind} onChange={setKind} />
          </div>
          {fieldsOf[shownKind].map(([name, label, placeholder]) => field(name, label, placeholder))}
        </div>
      </div>
      <section
        aria-label="What would be decided"
        aria-live="polite"
        className="rounded-b-lg border-t border-line bg-sunken p-4"
      >
        {question === undefined ? (
          <p className="text-14 text-muted">Name the action to see what would be decided.</p>
        ) : typeof question === "string" ? (
          <p className="text-14 text-muted">{question}</p>
        ) : error !== null ? (
          <ErrorNotice error={error} />
        ) : data === undefined ? (
          <Skeleton className="h-6 w-32" />
        ) : (
          <div aria-busy={!isAnswered} className="relative">
            {isAnswered ? null : <Skeleton className="absolute top-0 left-0 h-6 w-32" />}
            <div className={isAnswered ? "" : "invisible"}>
              <Answer explanation={data} />
            </div>
          </div>
        )}
      </section>
    </Card>
  );
}

const outcomes: Record<Explanation["decision"]["outcome"], State> = {
  allow: "allowed",
  deny: "denied",
  ask: "approval_required",
};

function Answer({ explanation: { decision, trace } }: { explanation: Explanation }) {
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-col items-start gap-2">
        <StateBadge state={outcomes[decision.outcome]} />
        <p className="text-14 font-medium">{reasonText(decision.reason)}</p>
      </div>
      <ol className="flex flex-col gap-2">
        {trace.map((step) => (
          <Step key={step.permissionId} step={step} />
        ))}
      </ol>
    </div>
  );
}

function Step({ step }: { step: TraceStep }) {
  const Shape = step.matched ? CircleCheck : OctagonX;
  return (
    <li className="flex items-start gap-2 text-12">
      <Shape
        aria-hidden
        className={cx("mt-0.5 size-3.5 shrink-0", step.matched ? "text-allowed" : "text-denied")}
      />
      <span className="min-w-0 text-muted">
        {step.permissionId === draftPermissionId ? (
          <span className="font-medium text-ink">This one</span>
        ) : (
          <SafeText text={step.action} isMono className="inline text-ink" />
        )}{" "}
        {step.matched
          ? step.requiresApproval
            ? "passes, and asks a person."
            : "passes."
          : `stops at ${step.failedCheck}: ${reasonText(step.reason ?? "another permission decides")}`}
      </span>
    </li>
  );
}

function kindOf(action: string): Kind {
  if (action === "execute_command") return "command";
  return action === "read_file" || action === "write_file" ? "file" : "service";
}

function firstOf(text = ""): string {
  return text.split(/[,\n]/)[0]?.trim() ?? "";
}
