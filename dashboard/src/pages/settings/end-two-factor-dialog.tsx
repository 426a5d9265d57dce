import { useMutation, useQueryClient } from "@tanstack/react-query";
import { presentPasswordBodySchema } from "../../../../src/contract/sign-in.ts";
import { Button } from "../../components/ui/button.tsx";
import { Dialog } from "../../components/ui/dialog.tsx";
import { TextField } from "../../components/ui/field.tsx";
import { Form } from "../../components/ui/form.tsx";
import { toast } from "../../components/ui/toast.tsx";
import { endTwoFactor, twoFactorQuery } from "../../data/two-factor.ts";

export function EndTwoFactorDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const client = useQueryClient();
  const ending = useMutation({
    mutationFn: endTwoFactor,
    onSuccess: () => {
      onClose();
      toast.done("Two-factor is off.", "Your password alone signs you in.");
      return client.invalidateQueries({ queryKey: twoFactorQuery.queryKey });
    },
  });
  return (
    <Dialog
      isOpen={isOpen}
      staysOpen={ending.isPending}
      onOpenChange={(open) => {
        if (open) return;
        ending.reset();
        onClose();
      }}
      title="Turn two-factor off?"
      description="The app's codes and your recovery codes end. From then on your password alone signs you in."
    >
      <Form schema={presentPasswordBodySchema} error={ending.error} onValid={(body) => ending.mutate(body)}>
        <TextField
          name="password"
          label="Your password"
          type="password"
          autoComplete="current-password"
          autoFocus
        />
        <Button type="submit" look="danger" className="self-end" isBusy={ending.isPending}>
          Turn two-factor off
        </Button>
      </Form>
    </Dialog>
  );
}
