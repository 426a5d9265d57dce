import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { KeptOnce } from "../../components/kept-once.tsx";
import { SecretOnce } from "../../components/secret-once.tsx";
import { Button } from "../../components/ui/button.tsx";
import { Card } from "../../components/ui/card.tsx";
import { ConfirmDialog } from "../../components/ui/dialog.tsx";
import { toast } from "../../components/ui/toast.tsx";
import { issuePassport, revokePassport } from "../../data/agents.ts";

/** The link that shows others what an agent may do. */
export function PassportCard({ agentId, mayBuild }: { agentId: string; mayBuild: boolean }) {
  const [asking, setAsking] = useState<"make" | "revoke">();
  const making = useMutation({
    mutationFn: () => issuePassport(agentId),
    onSuccess: () => setAsking(undefined),
  });
  const revoking = useMutation({
    mutationFn: () => revokePassport(agentId),
    onSuccess: () => {
      setAsking(undefined);
      making.reset();
      toast.done("The passport link opens nothing any more.");
    },
  });
  return (
    <Card className="flex flex-col gap-4 p-4">
      <div className="flex flex-col gap-1">
        <h2 className="text-14 font-semibold">Passport</h2>
        <p className="max-w-[65ch] text-14 text-muted">
          A link to a page that says what this agent may do, may not do and has to ask for. Give it to an
          assistant that you cannot connect yet, or to someone who wants to know. It advises and does not
          enforce.
        </p>
      </div>
      {making.data === undefined ? null : (
        <KeptOnce
          name="link"
          loss={
            <p>
              It cannot be shown again. You would have to make another, and the earlier one ends with that.
            </p>
          }
          onStored={() => making.reset()}
        >
          <SecretOnce secret={making.data.url} name="link" />
        </KeptOnce>
      )}
      {mayBuild && making.data === undefined ? (
        <div className="flex flex-wrap gap-2">
          <Button onClick={() => setAsking("make")}>Make a passport link</Button>
          <Button look="danger" onClick={() => setAsking("revoke")}>
            Revoke the link
          </Button>
        </div>
      ) : null}
      {mayBuild ? null : <p className="text-14 text-muted">Developers, admins and owners make passports.</p>}
      <ConfirmDialog
        isOpen={asking === "make"}
        onOpenChange={(isOpen) => {
          // Never a link, which is shown once.
          if (making.isError) making.reset();
          setAsking(isOpen ? "make" : undefined);
        }}
        title="Make a passport link?"
        action="Make the link"
        isBusy={making.isPending}
        error={making.error}
        onConfirm={() => making.mutate()}
      >
        <p>It is shown once. An earlier link of this agent ends.</p>
        <p>Whoever has the link can read the agent's permissions, without signing in, until you revoke it.</p>
      </ConfirmDialog>
      <ConfirmDialog
        isOpen={asking === "revoke"}
        onOpenChange={(isOpen) => {
          revoking.reset();
          setAsking(isOpen ? "revoke" : undefined);
        }}
        title="Revoke the passport link?"
        action="Revoke the link"
        look="danger"
        isBusy={revoking.isPending}
        error={revoking.error}
        onConfirm={() => revoking.mutate()}
      >
        <p>Whoever has it sees nothing any more. The agent itself goes on as before.</p>
      </ConfirmDialog>
    </Card>
  );
}
