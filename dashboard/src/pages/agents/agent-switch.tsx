import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Power } from "lucide-react";
import { useState } from "react";
import type { Agent } from "../../../../src/contract/agent.ts";
import { visibleText } from "../../../../src/contract/visible-text.ts";
import { Button } from "../../components/ui/button.tsx";
import { ConfirmDialog } from "../../components/ui/dialog.tsx";
import { toast } from "../../components/ui/toast.tsx";
import { agentsKey, switchAgent } from "../../data/agents.ts";
import { approvalsKey } from "../../data/approvals.ts";
import { summaryKey } from "../../data/keys.ts";
import { OpenWork } from "./open-work.tsx";

/** The kill switch. */
export function AgentSwitch({ agent }: { agent: Agent }) {
  const [isAsking, setAsking] = useState(false);
  const client = useQueryClient();
  const isOn = agent.status === "active";
  const name = visibleText(agent.name);
  const switching = useMutation({
    mutationFn: () => switchAgent(agent.agentId, isOn ? "disable" : "enable"),
    onSuccess: async () => {
      await Promise.all(
        [agentsKey, approvalsKey, summaryKey].map((queryKey) => client.invalidateQueries({ queryKey })),
      );
      setAsking(false);
      toast.done(isOn ? `${name} is switched off.` : `${name} is switched on.`);
    },
  });
  return (
    <>
      <Button
        look={isOn ? "danger" : "primary"}
        icon={<Power aria-hidden className="size-4" />}
        onClick={() => {
          switching.reset();
          setAsking(true);
        }}
      >
        {isOn ? "Disable" : "Enable"}
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        onOpenChange={setAsking}
        title={isOn ? `Disable ${name}?` : `Enable ${name}?`}
        action={isOn ? "Disable agent" : "Enable agent"}
        look={isOn ? "danger" : "primary"}
        isBusy={switching.isPending}
        error={switching.error}
        onConfirm={() => switching.mutate()}
      >
        {isOn ? (
          <>
            <p>
              From this moment everything that it asks for is denied. What it has been allowed already is not
              undone.
            </p>
            <OpenWork agentId={agent.agentId} />
            <p>Its key and its permissions are kept: enabling it lets it ask again.</p>
          </>
        ) : (
          <p>
            It may ask again, under the permissions that it has. Grants and requests from before stay void.
          </p>
        )}
      </ConfirmDialog>
    </>
  );
}
