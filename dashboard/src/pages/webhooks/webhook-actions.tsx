import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Ban, Ellipsis, KeyRound, Pencil, Power, Trash2 } from "lucide-react";
import { useState } from "react";
import { editWebhookBodySchema, type Webhook } from "../../../../src/contract/webhook.ts";
import { Button, IconButton } from "../../components/ui/button.tsx";
import { ConfirmDialog, Dialog } from "../../components/ui/dialog.tsx";
import { Menu, MenuItem, MenuSeparator } from "../../components/ui/menu.tsx";
import { Select } from "../../components/ui/select.tsx";
import { toast } from "../../components/ui/toast.tsx";
import { deleteWebhook, editWebhook, rotateSecret, switchWebhook, webhooksKey } from "../../data/webhooks.ts";
import { WebhookForm } from "./webhook-form.tsx";
import { WebhookSecret } from "./webhook-secret.tsx";

type Doing = "edit" | "rotate" | "disable" | "delete";

/** What can be done to a webhook beside sending to it. */
export function WebhookActions({ webhook }: { webhook: Webhook }) {
  const { webhookId, status } = webhook;
  const client = useQueryClient();
  const navigate = useNavigate();
  const [doing, setDoing] = useState<Doing>();
  const changed = () => client.invalidateQueries({ queryKey: webhooksKey });
  const over = () => setDoing(undefined);
  const isDoing = (each: Doing, { reset }: { reset?: () => void } = {}) => ({
    isOpen: doing === each,
    onOpenChange: (open: boolean) => {
      reset?.();
      setDoing(open ? each : undefined);
    },
  });
  const switching = useMutation({
    mutationFn: (to: "enable" | "disable") => switchWebhook(webhookId, to),
    onSuccess: (_, to) => {
      over();
      toast.done(to === "enable" ? "The webhook is on." : "The webhook is off.");
      return changed();
    },
    onError: ({ message }, to) => {
      if (to === "enable") toast.failed("The webhook is still off.", message);
    },
  });
  const deleting = useMutation({
    mutationFn: () => deleteWebhook(webhookId),
    onSuccess: async () => {
      await navigate({ to: "/dashboard/webhooks" });
      toast.done("The webhook is deleted.");
      client.removeQueries({ queryKey: [...webhooksKey, "one", webhookId] });
      return changed();
    },
  });
  return (
    <>
      {status === "disabled" ? (
        <Button
          look="primary"
          icon={<Power aria-hidden className="size-4" />}
          isBusy={switching.isPending}
          onClick={() => switching.mutate("enable")}
        >
          Enable
        </Button>
      ) : null}
      <Menu
        trigger={
          <IconButton label="More actions" look="secondary">
            <Ellipsis aria-hidden strokeWidth={3} className="size-5" />
          </IconButton>
        }
      >
        <MenuItem icon={<Pencil aria-hidden className="size-4" />} onSelect={() => setDoing("edit")}>
          Edit
        </MenuItem>
        <MenuItem icon={<KeyRound aria-hidden className="size-4" />} onSelect={() => setDoing("rotate")}>
          Rotate the secret
        </MenuItem>
        {status === "active" ? (
          <MenuItem icon={<Ban aria-hidden className="size-4" />} onSelect={() => setDoing("disable")}>
            Disable
          </MenuItem>
        ) : null}
        <MenuSeparator />
        <MenuItem
          isDanger
          icon={<Trash2 aria-hidden className="size-4" />}
          onSelect={() => setDoing("delete")}
        >
          Delete
        </MenuItem>
      </Menu>
      <EditDialog webhook={webhook} {...isDoing("edit")} onDone={over} />
      <RotateDialog webhook={webhook} {...isDoing("rotate")} />
      <ConfirmDialog
        {...isDoing("disable", switching)}
        title="Disable this webhook?"
        action="Disable webhook"
        look="danger"
        isBusy={switching.isPending}
        error={switching.error}
        onConfirm={() => switching.mutate("disable")}
      >
        <p>
          From this moment nothing is sent to it. Events go on being kept for 30 days, so that you can replay
          them when it is on again.
        </p>
      </ConfirmDialog>
      <ConfirmDialog
        {...isDoing("delete", deleting)}
        title="Delete this webhook?"
        action="Delete webhook"
        look="danger"
        isBusy={deleting.isPending}
        error={deleting.error}
        onConfirm={() => deleting.mutate()}
      >
        <p>
          Its deliveries and its secret go with it, and what is under way is not sent any more. This cannot be
          undone. To stop it for a while, disable it.
        </p>
      </ConfirmDialog>
    </>
  );
}

type DialogProps = { webhook: Webhook; isOpen: boolean; onOpenChange: (isOpen: boolean) => void };

function EditDialog({ webhook, isOpen, onOpenChange, onDone }: DialogProps & { onDone: () => void }) {
  const client = useQueryClient();
  const editing = useMutation({
    mutationFn: (change: Parameters<typeof editWebhook>[1]) => editWebhook(webhook.webhookId, change),
    onSuccess: () => {
      onDone();
      toast.done("The webhook is changed.", "Deliveries under way go to its new address, too.");
      return client.invalidateQueries({ queryKey: webhooksKey });
    },
  });
  return (
    <Dialog
      isOpen={isOpen}
      isWide
      staysOpen={editing.isPending}
      onOpenChange={(open) => {
        editing.reset();
        onOpenChange(open);
      }}
      title="Edit webhook"
      description="Its secret stays."
    >
      <WebhookForm
        schema={editWebhookBodySchema}
        webhook={webhook}
        action="Save changes"
        isBusy={editing.isPending}
        error={editing.error}
        onValid={(change) => editing.mutate(change)}
      />
    </Dialog>
  );
}

const overlaps = [
  { value: "0", label: "Not at all: it ends now" },
  { value: "3600", label: "For an hour" },
  { value: "86400", label: "For a day" },
  { value: "604800", label: "For 7 days" },
];

function RotateDialog({ webhook, isOpen, onOpenChange }: DialogProps) {
  const client = useQueryClient();
  const [overlap, setOverlap] = useState("86400");
  const rotating = useMutation({
    mutationFn: () => rotateSecret(webhook.webhookId, Number(overlap)),
    onSuccess: () => client.invalidateQueries({ queryKey: webhooksKey }),
  });
  const change = (open: boolean) => {
    onOpenChange(open);
    // The secret does not stay in memory behind the page.
    rotating.reset();
  };
  if (rotating.data !== undefined)
    return (
      <Dialog isOpen={isOpen} isWide staysOpen onOpenChange={change} title="The new secret">
        <WebhookSecret secret={rotating.data.secret} format={webhook.format} onStored={() => change(false)} />
      </Dialog>
    );
  return (
    <ConfirmDialog
      isOpen={isOpen}
      onOpenChange={change}
      title="Rotate the secret"
      action="Make a new secret"
      isBusy={rotating.isPending}
      error={rotating.error}
      onConfirm={() => rotating.mutate()}
    >
      <p>
        While both are alive, every delivery carries a signature by each, so that you can change the receiver
        in your own time. How long shall the old secret go on?
      </p>
      <Select label="The old secret goes on" choices={overlaps} value={overlap} onChange={setOverlap} />
    </ConfirmDialog>
  );
}
