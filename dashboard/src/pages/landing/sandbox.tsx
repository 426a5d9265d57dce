import { Field as BaseField } from "@base-ui/react/field";
import { ArrowRight, CircleCheck, OctagonX, RotateCcw } from "lucide-react";
import { useState } from "react";
import { reasonText } from "../../../../src/contract/reason-text.ts";
import type { Explanation, TraceStep } from "../../../../src/contract/verify.ts";
import { SafeText } from "../../components/safe-text.tsx";
import { RiskLabel, type State, StateBadge } from "../../components/state-badge.tsx";
import { Button } from "../../components/ui/button.tsx";
import { Card } from "../../components/ui/card.tsx";
import { controlClass } from "../../components/ui/field.tsx";
import { cx } from "../../lib/cx.ts";
import { useNow } from "../../lib/now.ts";
import { compactJson } from "./compact-json.ts";
import { judge } from "./judge.ts";
import { type Scenario, scenarios } from "./scenarios.ts";

/** See the boundary decide: a request and permissions to change, and what the server would answer. */
export function Sandbox() {
  const [chosen, setChosen] = useState<Scenario | undefined>(scenarios[0]);
  const [request, setRequest] = useState(() => compactJson(scenarios[0]?.request));
  const [permissions, setPermissions] = useState(() => compactJson(scenarios[0]?.permissions));
  // So that an expiry that comes while someone reads is seen to come.
  const now = useNow(1000);
  const judgement = judge(request, permissions, now);
  const isChanged =
    chosen !== undefined &&
    (request !== compactJson(chosen.request) || permissions !== compactJson(chosen.permissions));

  const choose = (scenario: Scenario) => {
    setChosen(scenario);
    setRequest(compactJson(scenario.request));
    setPermissions(compactJson(scenario.permissions));
  };

  return (
    <Card className="overflow-hidden">
      <div
        role="group"
        aria-label="Scenarios"
        className="flex flex-wrap gap-2 border-b border-line bg-sunken p-3 sm:p-4"
      >
        {scenarios.map((scenario) => (
          <button
            key={scenario.name}
            type="button"
            aria-pressed={scenario === chosen}
            onClick={() => choose(scenario)}
            className="h-8 rounded-full border border-line-strong bg-surface px-3 text-14 text-muted transition-colors hover:text-ink aria-pressed:border-accent-ink aria-pressed:bg-accent-soft aria-pressed:font-medium aria-pressed:text-accent-ink"
          >
            {scenario.name}
          </button>
        ))}
      </div>
      <div className="grid lg:grid-cols-2">
        <div className="flex min-w-0 flex-col gap-4 border-line p-4 sm:p-6 lg:border-r">
          <div className="flex min-h-9 items-center justify-between gap-4">
            <p className="text-14 text-muted">{chosen?.about}</p>
            {isChanged ? (
              <Button
                look="quiet"
                size="small"
                icon={<RotateCcw aria-hidden className="size-4" />}
                onClick={() => choose(chosen)}
              >
                Reset
              </Button>
            ) : null}
          </div>
          <Editor
            label="What the agent asks"
            value={request}
            onChange={setRequest}
            problems={"problems" in judgement ? judgement.problems.request : []}
          />
          <Editor
            label="What you permitted"
            value={permissions}
            onChange={setPermissions}
            problems={"problems" in judgement ? judgement.problems.permissions : []}
          />
        </div>
        <div
          aria-live="polite"
          className="flex min-w-0 flex-col gap-6 border-line bg-canvas p-4 max-lg:order-first max-lg:border-b sm:p-6"
        >
          {"explanation" in judgement ? (
            <Verdict explanation={judgement.explanation} />
          ) : (
            <p className="my-auto text-center text-14 text-muted">
              No decision: what is not a valid request is refused before anything is decided.
            </p>
          )}
          <p className="mt-auto border-t border-line pt-4 text-12 text-muted">
            Decided in your browser by the code that runs on the server. Nothing is executed or sent.
          </p>
        </div>
      </div>
    </Card>
  );
}

type EditorProps = {
  label: string;
  value: string;
  onChange: (value: string) => void;
  problems: readonly string[];
};

function Editor({ label, value, onChange, problems }: EditorProps) {
  return (
    <BaseField.Root invalid={problems.length > 0} className="flex min-w-0 flex-col gap-1">
      <BaseField.Label className="text-12 font-medium text-muted">{label}</BaseField.Label>
      <BaseField.Control
        value={value}
        onValueChange={onChange}
        render={
          <textarea rows={Math.min(16, value.split("\n").length)} spellCheck={false} autoComplete="off" />
        }
        className={cx(controlClass, "resize-y py-2 font-mono")}
      />
      {problems.length === 0 ? null : (
        <BaseField.Error match className="flex flex-col text-12 text-denied">
          {problems.slice(0, 3).map((problem) => (
            <span key={problem}>{problem}</span>
          ))}
        </BaseField.Error>
      )}
    </BaseField.Root>
  );
}

const outcomes: Record<Explanation["decision"]["outcome"], { state: State; executed: string; next: string }> =
  {
    allow: { state: "allowed", executed: "true", next: "The tool runs, and the decision is on record." },
    deny: {
      state: "denied",
      executed: "false",
      next: "The tool does not run. The agent is told why, and to stop.",
    },
    ask: {
      state: "approval_required",
      executed: "false",
      next: "The agent waits. A person sees exactly this request and decides; a yes is good once, for 30 minutes.",
    },
  };

function Verdict({ explanation: { decision, trace } }: { explanation: Explanation }) {
  const { state, executed, next } = outcomes[decision.outcome];
  return (
    <>
      <div className="flex flex-col gap-3">
        <div className="flex flex-wrap items-center gap-3">
          <StateBadge state={state} />
          <RiskLabel risk={decision.risk} />
        </div>
        <p className="text-20 font-semibold">{reasonText(decision.reason)}</p>
        <p className="text-14 text-muted">{next}</p>
      </div>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-6 gap-y-1 font-mono text-12">
        <dt className="text-muted">reasonCode</dt>
        <dd>{decision.reasonCode}</dd>
        <dt className="text-muted">permissionId</dt>
        <dd>{decision.permissionId ?? "none"}</dd>
        <dt className="text-muted">executed</dt>
        <dd>{executed}</dd>
      </dl>
      <div className="flex flex-col gap-2">
        <h3 className="text-12 font-medium text-muted">
          Trace:{" "}
          {trace.length === 0
            ? "no permission names this action"
            : `${trace.length} permission${trace.length === 1 ? "" : "s"} checked`}
        </h3>
        <ol className="flex flex-col gap-2">
          {trace.map((step) => (
            <Step key={step.permissionId} step={step} />
          ))}
        </ol>
      </div>
    </>
  );
}

function Step({ step }: { step: TraceStep }) {
  const Shape = step.matched ? CircleCheck : OctagonX;
  return (
    <li className="flex items-start gap-3 rounded-md border border-line bg-surface p-3">
      <Shape
        aria-hidden
        className={cx("mt-0.5 size-4 shrink-0", step.matched ? "text-allowed" : "text-denied")}
      />
      <div className="flex min-w-0 flex-col gap-1">
        <span className="flex flex-wrap items-center gap-x-2 font-mono text-12">
          <span>{step.permissionId}</span>
          <ArrowRight aria-hidden className="size-3 text-faint" />
          <SafeText text={step.action} isMono className="inline" />
        </span>
        <span className="text-14 text-muted">
          {step.matched
            ? step.requiresApproval
              ? "Passes every check, and asks a person."
              : "Passes every check."
            : `Stops at ${step.failedCheck}: ${reasonText(step.reason ?? "another permission decides")}`}
        </span>
      </div>
    </li>
  );
}
