import { useMutation, useQuery } from "@tanstack/react-query";
import { CircleCheck, OctagonX } from "lucide-react";
import { useState } from "react";
import type { LedgerVerification } from "../../../../src/contract/log.ts";
import { visibleText } from "../../../../src/contract/visible-text.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { Fact, Facts } from "../../components/facts.tsx";
import { Button } from "../../components/ui/button.tsx";
import { Dialog } from "../../components/ui/dialog.tsx";
import { Select } from "../../components/ui/select.tsx";
import { Skeleton } from "../../components/ui/skeleton.tsx";
import { agentNamesQuery } from "../../data/agent-names.ts";
import { verifyLedger } from "../../data/logs.ts";

type VerifyLedgerDialogProps = {
  isOpen: boolean;
  onClose: () => void;
  agentId: string | undefined;
  onShow: (requestId: string) => void;
};

/** Walks one agent's chain and says what was found. */
export function VerifyLedgerDialog({ isOpen, onClose, agentId, onShow }: VerifyLedgerDialogProps) {
  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={(open) => (open ? undefined : onClose())}
      title="Verify a ledger"
      description="Every decision of an agent is chained to the one before by its hash. This walks the whole chain, and names the first entry that was changed, taken out or put in."
    >
      {isOpen ? <Verification first={agentId} onShow={onShow} /> : null}
    </Dialog>
  );
}

function Verification({ first, onShow }: { first: string | undefined; onShow: (requestId: string) => void }) {
  const { data: agents = [], isPending, error } = useQuery(agentNamesQuery);
  const [chosen, setChosen] = useState(first);
  const agentId = chosen ?? agents[0]?.agentId;
  const checking = useMutation({ mutationFn: verifyLedger });
  if (isPending) return <Skeleton className="h-9" />;
  if (error !== null && agentId === undefined) return <ErrorNotice error={error} />;
  if (agentId === undefined)
    return <p className="text-14 text-muted">There is no agent yet, and so no ledger.</p>;
  const choices = agents.map((agent) => ({ value: agent.agentId as string, label: visibleText(agent.name) }));
  if (!choices.some(({ value }) => value === agentId)) choices.unshift({ value: agentId, label: agentId });
  return (
    <div className="flex flex-col gap-4">
      <div className="flex gap-2">
        <div className="min-w-0 flex-1">
          <Select
            label="Agent"
            choices={choices}
            value={agentId}
            onChange={(next) => {
              checking.reset();
              setChosen(next);
            }}
          />
        </div>
        <Button look="primary" isBusy={checking.isPending} onClick={() => checking.mutate(agentId)}>
          Verify
        </Button>
      </div>
      <div aria-live="polite">
        {checking.error === null ? null : <ErrorNotice error={checking.error} />}
        {checking.data === undefined ? null : <Found found={checking.data} onShow={onShow} />}
      </div>
    </div>
  );
}

type Wrong = NonNullable<LedgerVerification["firstWrong"]>;

const meanings: Record<Wrong["problem"], string> = {
  missing: "The entry is not there. What came after it was chained to it, so it has been taken out.",
  hash_mismatch: "What the entry says does not give its hash. It has been changed.",
  broken_link: "The entry does not continue the one before it. One of the two has been changed or replaced.",
  copy_differs: "The copy for listing and the ledger do not say the same. One of them has been changed.",
  head_mismatch: "The chain does not end where the ledger says it ends. Entries at its end are missing.",
};

function Found({ found, onShow }: { found: LedgerVerification; onShow: (requestId: string) => void }) {
  const { firstWrong } = found;
  if (firstWrong === null)
    return (
      <div className="flex gap-3 rounded-md border border-allowed-line bg-allowed-soft p-4">
        <CircleCheck aria-hidden className="mt-0.5 size-5 shrink-0 text-allowed" />
        <div className="flex min-w-0 flex-1 flex-col gap-1">
          <p className="text-14 font-semibold">The ledger is whole</p>
          <p className="text-14 text-muted">
            {found.entries === 0
              ? "It holds no entry yet."
              : `${found.entries.toLocaleString()} ${found.entries === 1 ? "entry" : "entries"} checked: none is missing and none was changed.`}
          </p>
          {found.entries === 0 ? null : (
            <p className="mt-2 text-12 text-muted">
              Last hash <span className="font-mono break-all">{found.head.hash}</span>
            </p>
          )}
        </div>
      </div>
    );
  const { seq, requestId, problem, detail } = firstWrong;
  return (
    <div className="flex gap-3 rounded-md border border-denied-line bg-denied-soft p-4">
      <OctagonX aria-hidden className="mt-0.5 size-5 shrink-0 text-denied" />
      <div className="flex min-w-0 flex-1 flex-col gap-1">
        <p className="text-14 font-semibold">Entry {seq.toLocaleString()} is wrong</p>
        <p className="text-14 text-muted">{meanings[problem]}</p>
        <Facts>
          <Fact name="Found">{detail}</Fact>
          <Fact name="In the ledger">{found.entries.toLocaleString()} entries</Fact>
        </Facts>
        {requestId === null ? null : (
          <Button className="self-start" onClick={() => onShow(requestId)}>
            Show this decision
          </Button>
        )}
      </div>
    </div>
  );
}
