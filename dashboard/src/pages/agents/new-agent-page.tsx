import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { createAgentBodySchema } from "../../../../src/contract/agent.ts";
import { visibleText } from "../../../../src/contract/visible-text.ts";
import { PageHeader } from "../../components/page-header.tsx";
import { Button, ButtonLink } from "../../components/ui/button.tsx";
import { Card } from "../../components/ui/card.tsx";
import { TextAreaField, TextField } from "../../components/ui/field.tsx";
import { Form } from "../../components/ui/form.tsx";
import { agentsKey, createAgent } from "../../data/agents.ts";
import { summaryKey } from "../../data/keys.ts";
import { may, meQuery } from "../../data/session.ts";
import { IssuedKey } from "./issued-key.tsx";

const formSchema = createAgentBodySchema.extend({ name: createAgentBodySchema.shape.name.unwrap() });

/** Makes an agent, and shows its key: once. */
export function NewAgentPage() {
  const { data: user } = useQuery(meQuery);
  const client = useQueryClient();
  const navigate = useNavigate();
  const making = useMutation({
    mutationFn: createAgent,
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: agentsKey });
      void client.invalidateQueries({ queryKey: summaryKey });
    },
  });
  if (making.data !== undefined) {
    const { agent, apiKey } = making.data;
    const { agentId } = agent;
    return (
      <div className="max-w-2xl">
        <PageHeader title={`${visibleText(agent.name)} is made`}>
          It may do nothing yet. Store its key, then say what it may do.
        </PageHeader>
        <IssuedKey
          agentId={agentId}
          apiKey={apiKey}
          onStored={() =>
            void navigate({ to: "/dashboard/agents/$agentId", params: { agentId }, replace: true })
          }
        />
      </div>
    );
  }
  if (user !== undefined && !may(user, "build"))
    return (
      <PageHeader title="New agent">
        Your role may look at agents. Developers, admins and owners make them.
      </PageHeader>
    );
  return (
    <div className="max-w-2xl">
      <PageHeader title="New agent">
        It gets a key of its own, and may do nothing until you permit it.
      </PageHeader>
      <Card className="p-4 sm:p-6">
        <Form schema={formSchema} error={making.error} onValid={(body) => making.mutate(body)}>
          <TextField
            name="name"
            label="Name"
            placeholder="Deploy bot"
            autoComplete="off"
            autoFocus
            hint="What approvers read when it asks: name it after what it does."
          />
          <TextAreaField name="description" label="Description" isOptional rows={3} />
          <div className="flex flex-wrap justify-end gap-2">
            <ButtonLink to="/dashboard/agents" look="quiet">
              Cancel
            </ButtonLink>
            <Button type="submit" look="primary" isBusy={making.isPending}>
              Create agent
            </Button>
          </div>
        </Form>
      </Card>
    </div>
  );
}
