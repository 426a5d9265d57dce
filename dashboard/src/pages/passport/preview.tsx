import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { reasonText } from "../../../../src/contract/reason-text.ts";
import { type Explanation, previewBodySchema } from "../../../../src/contract/verify.ts";
import { SafeText } from "../../components/safe-text.tsx";
import { type State, StateBadge } from "../../components/state-badge.tsx";
import { Button } from "../../components/ui/button.tsx";
import { Card } from "../../components/ui/card.tsx";
import { TextField } from "../../components/ui/field.tsx";
import { Form } from "../../components/ui/form.tsx";
import { type Passport, previewDecision } from "../../data/passport.ts";

type PreviewProps = { agentId: string; token: string; passport: Passport };

/** Asks what would be decided. Nothing is recorded, and the answer is not permission. */
export function Preview({ agentId, token, passport }: PreviewProps) {
  const [isMore, setMore] = useState(false);
  const asking = useMutation({
    mutationFn: (body: Parameters<typeof previewDecision>[2]) => previewDecision(agentId, token, body),
  });
  const actions = [
    ...new Set(passport.permissions.flatMap(({ action, allowedActions }) => [action, ...allowedActions])),
  ];
  return (
    <Card className="flex flex-col gap-4 p-4 sm:p-6">
      <div className="flex flex-col gap-1">
        <h2 className="text-16 font-semibold">Would it be allowed?</h2>
        <p className="text-14 text-muted">
          Describe one action, and see what BehalfID would answer. Nothing is recorded and nobody is asked.
        </p>
      </div>
      <Form
        schema={previewBodySchema}
        error={asking.error}
        toBody={({ action, resource, amount, environment, branch, repository }) => ({
          action: action ?? "",
          ...(resource === undefined ? {} : { resource }),
          ...(amount === undefined ? {} : { amount: Number(amount) }),
          ...metadataOf({ environment, branch, repository }),
        })}
        onValid={(body) => asking.mutate(body)}
      >
        <div className="grid gap-4 sm:grid-cols-[2fr_2fr_1fr]">
          <TextField
            name="action"
            label="Action"
            list="passport-actions"
            autoComplete="off"
            spellCheck={false}
          />
          <TextField
            name="resource"
            label="Vendor or resource"
            isOptional
            placeholder="vercel.com"
            autoComplete="off"
            spellCheck={false}
          />
          <TextField name="amount" label="Amount" isOptional inputMode="decimal" autoComplete="off" />
        </div>
        <datalist id="passport-actions">
          {actions.map((action) => (
            <option key={action} value={action} />
          ))}
        </datalist>
        {isMore ? (
          <div className="grid gap-4 sm:grid-cols-3">
            <TextField name="environment" label="Environment" isOptional autoComplete="off" />
            <TextField name="branch" label="Branch" isOptional autoComplete="off" />
            <TextField name="repository" label="Repository" isOptional autoComplete="off" />
          </div>
        ) : null}
        <div className="flex flex-wrap gap-2">
          <Button type="submit" look="primary" isBusy={asking.isPending}>
            Preview the decision
          </Button>
          {isMore ? null : (
            <Button look="quiet" onClick={() => setMore(true)}>
              Environment, branch, repository
            </Button>
          )}
        </div>
      </Form>
      <div aria-live="polite" className="-mt-4 has-[*]:mt-0">
        {asking.data === undefined ? null : <Answer explanation={asking.data} />}
      </div>
    </Card>
  );
}

const outcomes = {
  allow: { state: "allowed", word: "Would be allowed" },
  ask: { state: "approval_required", word: "Would need approval" },
  deny: { state: "denied", word: "Would be denied" },
} as const satisfies Record<Explanation["decision"]["outcome"], { state: State; word: string }>;

function Answer({ explanation: { decision, trace } }: { explanation: Explanation }) {
  const { state, word } = outcomes[decision.outcome];
  return (
    <div className="flex flex-col gap-3 rounded-md border border-line bg-sunken p-4">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <StateBadge state={state} word={word} />
        <span className="text-14">{reasonText(decision.reason)}</span>
      </div>
      {trace.length === 0 ? null : (
        <ul className="flex flex-col gap-2 border-t border-line pt-3">
          {trace.map((step) => (
            <li key={step.permissionId} className="flex flex-wrap items-baseline gap-x-2 text-12">
              <SafeText text={step.action} isMono className="font-medium" />
              <span className="text-muted">
                {step.matched
                  ? step.requiresApproval
                    ? "fits, and needs approval"
                    : "fits"
                  : `does not fit: ${reasonText(step.reason ?? "another permission decides")}`}
              </span>
            </li>
          ))}
        </ul>
      )}
      <p className="text-12 text-muted">
        A preview, and not permission to act. Only the agent's own verify decides, at the moment when it acts.
      </p>
    </div>
  );
}

function metadataOf(facts: Record<string, string | undefined>): { metadata?: Record<string, string> } {
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(facts)) if (value !== undefined) metadata[name] = value;
  return Object.keys(metadata).length === 0 ? {} : { metadata };
}
