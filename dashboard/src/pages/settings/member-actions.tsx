import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Ellipsis, LogOut, UserCog, UserMinus } from "lucide-react";
import { useState } from "react";
import type { Member } from "../../../../src/contract/people.ts";
import { visibleText } from "../../../../src/contract/visible-text.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { Button, IconButton } from "../../components/ui/button.tsx";
import { ConfirmDialog, Dialog } from "../../components/ui/dialog.tsx";
import { Menu, MenuItem } from "../../components/ui/menu.tsx";
import { toast } from "../../components/ui/toast.tsx";
import { meKey } from "../../data/keys.ts";
import { editMember, membersQuery, removeMember } from "../../data/members.ts";
import { enterAnew } from "../../shell/enter-anew.ts";
import { RoleChoice } from "./role-choice.tsx";

type MemberActionsProps = {
  member: Member;
  isYou: boolean;
  isLastOwner: boolean;
  mayManage: boolean;
  /** Whether the person at the screen is an owner. */
  isOwner: boolean;
};

/** What can be done to a member, and the reason where it cannot. */
export function MemberActions({ member, isYou, isLastOwner, mayManage, isOwner }: MemberActionsProps) {
  const [doing, setDoing] = useState<"roles" | "remove">();
  const name = visibleText(member.name ?? member.email);
  const isAbove = member.roles.includes("owner") && !isOwner;
  if (isAbove) return null;
  return (
    <>
      <Menu
        trigger={
          <IconButton label={`Actions for ${name}`}>
            <Ellipsis aria-hidden strokeWidth={3} className="size-5" />
          </IconButton>
        }
      >
        {isLastOwner ? (
          <p className="max-w-60 px-3 py-2 text-12 text-muted">
            The only owner keeps that role and stays. Make someone else an owner first.
          </p>
        ) : null}
        {mayManage ? (
          <MenuItem icon={<UserCog aria-hidden className="size-4" />} onSelect={() => setDoing("roles")}>
            Change roles
          </MenuItem>
        ) : null}
        {isLastOwner ? null : (
          <MenuItem
            isDanger
            icon={
              isYou ? <LogOut aria-hidden className="size-4" /> : <UserMinus aria-hidden className="size-4" />
            }
            onSelect={() => setDoing("remove")}
          >
            {isYou ? "Leave the workspace" : "Remove"}
          </MenuItem>
        )}
      </Menu>
      <Dialog
        isOpen={doing === "roles"}
        onOpenChange={(open) => (open ? undefined : setDoing(undefined))}
        title={`Roles of ${name}`}
        description="Someone with several roles may do what any of them may."
      >
        <Roles member={member} isOwner={isOwner} onDone={() => setDoing(undefined)} />
      </Dialog>
      <Removal
        member={member}
        name={name}
        isYou={isYou}
        isOpen={doing === "remove"}
        onClose={() => setDoing(undefined)}
      />
    </>
  );
}

function Roles({ member, isOwner, onDone }: { member: Member; isOwner: boolean; onDone: () => void }) {
  const client = useQueryClient();
  const [chosen, setChosen] = useState(member.roles);
  const saving = useMutation({
    mutationFn: () => editMember(member.userId, chosen),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: membersQuery.queryKey });
      await client.invalidateQueries({ queryKey: meKey });
      toast.done("The roles are changed.", "They hold from the next request on.");
      onDone();
    },
  });
  return (
    <div className="flex flex-col gap-4">
      {saving.error === null ? null : <ErrorNotice error={saving.error} />}
      <RoleChoice chosen={chosen} onChange={setChosen} mayMakeOwners={isOwner} />
      <div className="flex items-center justify-end gap-3">
        {chosen.length === 0 ? <span className="text-12 text-muted">Choose one role or more.</span> : null}
        <Button
          look="primary"
          disabled={chosen.length === 0}
          isBusy={saving.isPending}
          onClick={() => saving.mutate()}
        >
          Save roles
        </Button>
      </div>
    </div>
  );
}

type RemovalProps = { member: Member; name: string; isYou: boolean; isOpen: boolean; onClose: () => void };

function Removal({ member, name, isYou, isOpen, onClose }: RemovalProps) {
  const client = useQueryClient();
  const removing = useMutation({
    mutationFn: () => removeMember(member.userId),
    onSuccess: async () => {
      if (isYou) return enterAnew();
      onClose();
      toast.done(`${name} is out.`);
      await client.invalidateQueries({ queryKey: membersQuery.queryKey });
    },
  });
  return (
    <ConfirmDialog
      isOpen={isOpen}
      onOpenChange={(open) => {
        if (open) return;
        removing.reset();
        onClose();
      }}
      title={isYou ? "Leave this workspace?" : `Remove ${name}?`}
      action={isYou ? "Leave the workspace" : "Remove member"}
      look="danger"
      isBusy={removing.isPending}
      error={removing.error}
      onConfirm={() => removing.mutate()}
    >
      <p>
        {isYou ? "Your" : "Their"} sessions and developer tokens open nothing in this workspace from that
        moment. What was made and decided stays, with {isYou ? "your" : "their"} name on it. To come back,{" "}
        {isYou ? "you need" : "they need"} a new invitation.
      </p>
    </ConfirmDialog>
  );
}
