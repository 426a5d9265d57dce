import { useMutation, useQueryClient } from "@tanstack/react-query";
import { RotateCcw } from "lucide-react";
import { useState } from "react";
import { Button } from "../../components/ui/button.tsx";
import { ConfirmDialog } from "../../components/ui/dialog.tsx";
import { Select } from "../../components/ui/select.tsx";
import { toast } from "../../components/ui/toast.tsx";
import { replaySince, webhooksKey } from "../../data/webhooks.ts";

const hour = 3_600_000;
const spans = [
  { value: String(hour), label: "The last hour" },
  { value: String(24 * hour), label: "The last 24 hours" },
  { value: String(7 * 24 * hour), label: "The last 7 days" },
  { value: String(30 * 24 * hour), label: "The last 30 days: everything that is kept" },
];

/** Sends a webhook what it did not get since a time. */
export function ReplaySince({ webhookId }: { webhookId: string }) {
  const client = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  const [span, setSpan] = useState(spans[1]?.value ?? "");
  const replaying = useMutation({
    mutationFn: () => replaySince(webhookId, new Date(Date.now() - Number(span)).toISOString()),
    onSuccess: (count) => {
      setOpen(false);
      if (count === 0) toast.done("Nothing was missing.", "Every event of that time was delivered.");
      else toast.done(`${count.toLocaleString()} ${count === 1 ? "event is" : "events are"} on their way.`);
      return client.invalidateQueries({ queryKey: webhooksKey });
    },
  });
  return (
    <>
      <Button
        icon={<RotateCcw aria-hidden className="size-4" />}
        onClick={() => {
          replaying.reset();
          setOpen(true);
        }}
      >
        Replay…
      </Button>
      <ConfirmDialog
        isOpen={isOpen}
        onOpenChange={setOpen}
        title="Replay what it did not get"
        action="Send them again"
        isBusy={replaying.isPending}
        error={replaying.error}
        onConfirm={() => replaying.mutate()}
      >
        <p>
          Its dead letters, and events that it wants but missed while it was off. What was delivered is not
          sent again.
        </p>
        <Select label="Since when" choices={spans} value={span} onChange={setSpan} />
      </ConfirmDialog>
    </>
  );
}
