import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Agent } from "../../../../src/contract/agent.ts";
import { Time } from "../../components/time.tsx";
import { Button } from "../../components/ui/button.tsx";
import { Card } from "../../components/ui/card.tsx";
import { ConfirmDialog } from "../../components/ui/dialog.tsx";
import { Select } from "../../components/ui/select.tsx";
import { agentsKey, rotateKey } from "../../data/agents.ts";
import { IssuedKey } from "./issued-key.tsx";
import { PassportCard } from "./passport-card.tsx";

const overlaps = [
  { value: "0", label: "at once" },
  { value: "3600", label: "in 1 hour" },
  { value: "86400", label: "in 24 hours" },
  { value: "604800", label: "in 7 days" },
] as const;
type Overlap = (typeof overlaps)[number]["value"];

/** What opens an agent: its keys, and the passport that only shows what it may do. */
export function AccessView({ agent, mayBuild }: { agent: Agent; mayBuild: boolean }) {
  return (
    <div className="flex max-w-3xl flex-col gap-4">
      <KeysCard agent={agent} mayBuild={mayBuild} />
      <PassportCard agentId={agent.agentId} mayBuild={mayBuild} />
    </div>
  );
}

function KeysCard({ agent, mayBuild }: { agent: Agent; mayBuild: boolean }) {
  const client = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const [overlap, setOverlap] = useState<Overlap>("0");
  const rotating = useMutation({
    mutationFn: () => rotateKey(agent.agentId, Number(overlap)),
    onSuccess: () => {
      setAsking(false);
      // Not waited for: until then the new key would not be there, and another could be asked for.
      void client.invalidateQueries({ queryKey: agentsKey });
    },
  });
  return (
    <Card>
      <div className="flex flex-wrap items-center justify-between gap-2 border-b border-line px-4 py-3">
        <h2 className="text-14 font-semibold">Key</h2>
        {mayBuild && rotating.data === undefined ? (
          <Button size="small" onClick={() => setAsking(true)}>
            Rotate key
          </Button>
        ) : null}
      </div>
      {rotating.data === undefined ? null : (
        <div className="border-b border-line p-4">
          <IssuedKey
            agentId={agent.agentId}
            apiKey={rotating.data.apiKey}
            onStored={() => rotating.reset()}
          />
        </div>
      )}
      <ul className="divide-y divide-line">
        {agent.keys.map(({ preview, createdAt, expiresAt }) => (
          <li
            key={preview + createdAt}
            className="flex min-h-11 flex-wrap items-center gap-x-4 px-4 py-2 text-14"
          >
            <code className="font-mono text-12">{preview}</code>
            <span className="text-muted">
              made <Time at={createdAt} />
            </span>
            {expiresAt === null ? null : (
              <span className="text-waiting">
                ends <Time at={expiresAt} />
              </span>
            )}
          </li>
        ))}
        {agent.keys.length === 0 ? (
          <li className="px-4 py-3 text-14 text-muted">No key opens this agent. Rotate to make one.</li>
        ) : null}
      </ul>
      <ConfirmDialog
        isOpen={isAsking}
        onOpenChange={(open) => {
          // Never a key, which is shown once.
          if (rotating.isError) rotating.reset();
          setAsking(open);
        }}
        title="Rotate the key?"
        action="Rotate key"
        isBusy={rotating.isPending}
        error={rotating.error}
        onConfirm={() => rotating.mutate()}
      >
        <p>
          A new key is made and shown once. Choose how long the old one goes on, so that the agent can change
          over.
        </p>
        <div className="flex items-center gap-3">
          <span className="shrink-0 text-14 text-ink">The old key ends</span>
          <Select label="The old key ends" choices={overlaps} value={overlap} onChange={setOverlap} />
        </div>
        {overlap === "0" ? <p>Until it has the new key, the agent can ask for nothing.</p> : null}
      </ConfirmDialog>
    </Card>
  );
}
