import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type Agent, editAgentBodySchema } from "../../../../src/contract/agent.ts";
import { Button } from "../../components/ui/button.tsx";
import { Dialog } from "../../components/ui/dialog.tsx";
import { TextAreaField, TextField } from "../../components/ui/field.tsx";
import { Form } from "../../components/ui/form.tsx";
import { agentsKey, editAgent } from "../../data/agents.ts";

type EditAgentDialogProps = { agent: Agent; isOpen: boolean; onOpenChange: (isOpen: boolean) => void };

/** Another name or description for an agent. What it may do stays. */
export function EditAgentDialog({ agent, isOpen, onOpenChange }: EditAgentDialogProps) {
  const client = useQueryClient();
  const editing = useMutation({
    mutationFn: (body: Parameters<typeof editAgent>[1]) => editAgent(agent.agentId, body),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: agentsKey });
      onOpenChange(false);
    },
  });
  return (
    <Dialog
      isOpen={isOpen}
      staysOpen={editing.isPending}
      onOpenChange={(open) => {
        editing.reset();
        onOpenChange(open);
      }}
      title="Edit agent"
    >
      <Form
        schema={editAgentBodySchema}
        toBody={({ name, description }) => ({ name: name ?? "", description: description ?? null })}
        error={editing.error}
        onValid={(body) => editing.mutate(body)}
      >
        <TextField
          name="name"
          label="Name"
          defaultValue={agent.name}
          autoComplete="off"
          hint="Approvers read it beside what it asks for."
        />
        <TextAreaField
          name="description"
          label="Description"
          isOptional
          defaultValue={agent.description ?? ""}
        />
        <div className="flex justify-end">
          <Button type="submit" look="primary" isBusy={editing.isPending}>
            Save
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
