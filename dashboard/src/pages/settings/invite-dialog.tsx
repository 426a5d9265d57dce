import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { createInvitationBodySchema, type Role } from "../../../../src/contract/people.ts";
import { CopyButton } from "../../components/copy-button.tsx";
import { Time } from "../../components/time.tsx";
import { Button } from "../../components/ui/button.tsx";
import { Dialog } from "../../components/ui/dialog.tsx";
import { TextField } from "../../components/ui/field.tsx";
import { Form } from "../../components/ui/form.tsx";
import { createInvitation, invitationsQuery } from "../../data/members.ts";
import { RoleChoice } from "./role-choice.tsx";

type InviteDialogProps = { isOpen: boolean; onClose: () => void; mayMakeOwners: boolean };

/** Invites someone, and gives the link to hand to them. */
export function InviteDialog({ isOpen, onClose, mayMakeOwners }: InviteDialogProps) {
  const client = useQueryClient();
  const [roles, setRoles] = useState<Role[]>(["approver"]);
  const inviting = useMutation({
    mutationFn: createInvitation,
    onSuccess: () => client.invalidateQueries({ queryKey: invitationsQuery.queryKey }),
  });
  const made = inviting.data;
  const close = () => {
    onClose();
    inviting.reset();
    setRoles(["approver"]);
  };
  return (
    <Dialog
      isOpen={isOpen}
      staysOpen={inviting.isPending}
      onOpenChange={(open) => (open ? undefined : close())}
      title={made === undefined ? "Invite someone" : "Hand over this link"}
      description={
        made === undefined
          ? "You get a link to hand to them. It works once, for 7 days, and for this address only."
          : undefined
      }
    >
      {made === undefined ? (
        <Form
          schema={createInvitationBodySchema}
          error={inviting.error}
          toBody={({ email }) => ({ email: email ?? "", roles })}
          onValid={(body) => inviting.mutate(body)}
        >
          <TextField name="email" label="Email" type="email" autoComplete="off" autoFocus />
          <RoleChoice chosen={roles} onChange={setRoles} mayMakeOwners={mayMakeOwners} />
          <Button type="submit" look="primary" className="self-end" isBusy={inviting.isPending}>
            Make the invitation
          </Button>
        </Form>
      ) : (
        <div className="flex flex-col gap-4">
          <LinkToHandOver link={made.link} />
          <p className="text-14 text-muted">
            Send it to <span className="font-medium text-ink">{made.email}</span> the way you usually write to
            them. It ends <Time at={made.expiresAt} />.
          </p>
          <Button look="primary" className="self-end" onClick={close}>
            Done
          </Button>
        </div>
      )}
    </Dialog>
  );
}

export function LinkToHandOver({ link }: { link: string }) {
  return (
    <div className="flex items-center gap-2 rounded-md border border-line-strong bg-sunken py-1 pr-1 pl-3">
      <span className="min-w-0 flex-1 font-mono text-12 break-all">{link}</span>
      <CopyButton text={link} label="Copy the link" />
    </div>
  );
}
