import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ShieldCheck } from "lucide-react";
import type { LogItem } from "../../../../src/contract/log.ts";
import { reasonText } from "../../../../src/contract/reason-text.ts";
import { ErrorState } from "../../components/error-state.tsx";
import { Fact, Facts } from "../../components/facts.tsx";
import { Id } from "../../components/id.tsx";
import { SafeText } from "../../components/safe-text.tsx";
import { RiskLabel, StateBadge } from "../../components/state-badge.tsx";
import { Time } from "../../components/time.tsx";
import { Button } from "../../components/ui/button.tsx";
import { Drawer } from "../../components/ui/drawer.tsx";
import { SkeletonRows } from "../../components/ui/skeleton.tsx";
import { logQuery } from "../../data/logs.ts";
import { amountText } from "../../lib/amount-text.ts";

type LogDetailsProps = {
  requestId: string | undefined;
  /** The decision as the list has it, if it does. */
  listed: LogItem | undefined;
  onClose: () => void;
  onVerify: (agentId: string) => void;
};

/** One decision with everything that is on record of it. */
export function LogDetails({ requestId, listed, onClose, onVerify }: LogDetailsProps) {
  const { data, error, refetch } = useQuery({
    ...logQuery(requestId ?? ""),
    enabled: requestId !== undefined && listed === undefined,
  });
  const log = listed ?? data;
  return (
    <Drawer isOpen={requestId !== undefined} onClose={onClose} title="Decision">
      {log === undefined && error !== null ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : log === undefined ? (
        <SkeletonRows rows={8} />
      ) : log === null ? (
        <p className="text-14 text-muted">
          No decision of this workspace has the id <span className="font-mono text-12">{requestId}</span>.
        </p>
      ) : (
        <Details log={log} onVerify={onVerify} />
      )}
    </Drawer>
  );
}

function Details({ log, onVerify }: { log: LogItem; onVerify: (agentId: string) => void }) {
  return (
    <div className="flex flex-col gap-6">
      <div className="flex flex-col gap-2">
        <div className="flex flex-wrap items-center gap-3">
          <StateBadge state={log.decision} />
          <RiskLabel risk={log.risk} />
        </div>
        <SafeText text={log.action} className="text-20 font-semibold" />
        <p className="text-14 text-muted">{reasonText(log.reason)}</p>
        {log.replayed ? (
          <p className="text-12 text-muted">
            A retry with the same Idempotency-Key: it got the first answer again, and used nothing up.
          </p>
        ) : null}
      </div>
      {log.approvalId === null ? null : (
        <Link
          to="/dashboard/approvals"
          search={{ approvalId: log.approvalId }}
          className="flex min-h-11 items-center justify-between gap-4 rounded-md border border-waiting-line bg-waiting-soft px-3 py-2 text-14 font-medium hover:border-waiting"
        >
          {log.decision === "approval_required" ? "The approval it led to" : "The approval it belongs to"}
          <span className="font-mono text-12 text-muted">{log.approvalId}</span>
        </Link>
      )}
      <section>
        <h3 className="mb-1 text-12 font-medium text-faint">Request</h3>
        <Facts>
          <Fact name="When">
            <Time at={log.createdAt} isExact className="whitespace-normal" />
          </Fact>
          <Fact name="Agent">
            <Link
              to="/dashboard/agents/$agentId"
              params={{ agentId: log.agentId }}
              className="text-accent-ink hover:underline"
            >
              <SafeText text={log.agentName} />
            </Link>
            <Id id={log.agentId} />
          </Fact>
          {log.vendor === null ? null : (
            <Fact name="Vendor or resource">
              <SafeText text={log.vendor} />
            </Fact>
          )}
          {log.amount === null ? null : <Fact name="Amount">{amountText(log.amount)}</Fact>}
          {log.environment === null ? null : (
            <Fact name="Environment">
              <SafeText text={log.environment} />
            </Fact>
          )}
          <Fact name="Request">
            <Id id={log.requestId} isFull />
          </Fact>
          {log.permissionId === null ? null : (
            <Fact name="Permission">
              <Id id={log.permissionId} isFull />
            </Fact>
          )}
          <Fact name="Reason code">
            <code className="font-mono text-12">{log.reasonCode}</code>
          </Fact>
        </Facts>
      </section>
      {log.metadata === null ? null : (
        <section>
          <h3 className="mb-2 text-12 font-medium text-faint">Metadata</h3>
          <div className="rounded-md border border-line bg-sunken p-3 text-12">
            <SafeText text={JSON.stringify(log.metadata, null, 2)} isMono />
          </div>
        </section>
      )}
      <section>
        <h3 className="mb-1 text-12 font-medium text-faint">In the ledger</h3>
        <Facts>
          <Fact name="Entry">
            <span className="tabular">{log.seq.toLocaleString()}</span>{" "}
            <span className="text-muted">of this agent</span>
          </Fact>
          <Fact name="Hash">
            <span className="font-mono text-12 break-all text-muted">{log.hash}</span>
          </Fact>
        </Facts>
        <Button
          className="mt-3"
          icon={<ShieldCheck aria-hidden className="size-4" />}
          onClick={() => onVerify(log.agentId)}
        >
          Verify this ledger
        </Button>
      </section>
    </div>
  );
}
