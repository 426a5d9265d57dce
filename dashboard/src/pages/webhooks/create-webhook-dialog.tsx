import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { createWebhookBodySchema } from "../../../../src/contract/webhook.ts";
import { Dialog } from "../../components/ui/dialog.tsx";
import { createWebhook, webhooksKey } from "../../data/webhooks.ts";
import { WebhookForm } from "./webhook-form.tsx";
import { WebhookSecret } from "./webhook-secret.tsx";

/** Makes a webhook, and shows its secret the one time that it can be shown. */
export function CreateWebhookDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const creating = useMutation({
    mutationFn: createWebhook,
    onSuccess: () => client.invalidateQueries({ queryKey: webhooksKey }),
  });
  const made = creating.data;
  const close = () => {
    onClose();
    // The secret does not stay in memory behind the page.
    creating.reset();
  };
  return (
    <Dialog
      isOpen={isOpen}
      isWide
      staysOpen={creating.isPending || made !== undefined}
      onOpenChange={(open) => (open ? undefined : close())}
      title={made === undefined ? "New webhook" : "The webhook is on"}
      description={
        made === undefined
          ? "Signed events, delivered at least once, tried again for about 28 hours."
          : "Events from now on are sent to it."
      }
    >
      {made === undefined ? (
        <WebhookForm
          schema={createWebhookBodySchema}
          action="Create webhook"
          isBusy={creating.isPending}
          error={creating.error}
          onValid={(body) => creating.mutate(body)}
        />
      ) : (
        <WebhookSecret
          secret={made.secret}
          format={made.webhook.format}
          onStored={() => {
            close();
            void navigate({
              to: "/dashboard/webhooks/$webhookId",
              params: { webhookId: made.webhook.webhookId },
            });
          }}
        />
      )}
    </Dialog>
  );
}
