import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import type { Approval } from "../../../../src/contract/approval.ts";
import type { User } from "../../../../src/contract/people.ts";
import { ApiError } from "../../api-error.ts";
import { toast } from "../../components/ui/toast.tsx";
import { approvalsKey, approve, deny, keepApproval, refreshApproval } from "../../data/approvals.ts";
import { summaryKey } from "../../data/keys.ts";
import { may, meQuery } from "../../data/session.ts";
import { agentQuery } from "../../data/agents.ts";

/** Sends a person's verdict. Nothing on the page says "approved" before the server has. */
export function useVerdict(approval: Approval, user: User | null | undefined) {
  const client = useQueryClient();
  // The second click of a double click comes before the page knows of the first, and would be refused: as if
  // somebody else had been faster.
  const isSent = useRef(false);
  const { mutate, isPending, error, variables, reset } = useMutation({
    mutationFn: ({ verdict, comment }: { verdict: "approve" | "deny"; comment?: string | undefined }) => {
      if (user == null) throw new Error("Nobody is signed in.");
      const { userId, name } = user;
      return (verdict === "approve" ? approve : deny)({ approval, comment, userId, userName: name });
    },
    onSuccess: (decided) => {
      keepApproval(client, decided);
      void client.invalidateQueries({ queryKey: [...approvalsKey, "list"] });
      void client.invalidateQueries({ queryKey: summaryKey });
    },
    // Somebody was faster, or it ended: what it is now is worth more than what was on the screen.
    onError: (failure, { verdict }) => {
      isSent.current = false;
      if (!(failure instanceof ApiError) || failure.status === 0) return;
      // The card is about to say what somebody else decided; it must not read as what was meant here. Any other
      // failure stands beside the buttons, and whether the verdict arrived is not always known.
      if (failure.status === 404 || failure.status === 409)
        toast.failed(
          verdict === "approve" ? "You did not approve it." : "You did not deny it.",
          failure.message,
        );
      void refreshApproval(client, approval.approvalId).catch(() => undefined);
    },
  });
  const decide: typeof mutate = (verdict, options) => {
    if (isSent.current) return;
    isSent.current = true;
    mutate(verdict, options);
  };
  return { decide, isPending, error, deciding: isPending ? variables?.verdict : undefined, reset };
}

/** Why the person who looks may not decide this request at all; undefined when they may. */
export function useBarrier(approval: Approval): string | undefined {
  const { data: user } = useQuery(meQuery);
  const { data } = useQuery({ ...agentQuery(approval.agentId), enabled: approval.requireDifferentApprover });
  if (user == null) return undefined;
  if (!may(user, "approve")) {
    const roles = user.account?.roles.join(" and ") ?? "guest";
    return `You are ${/^[aeiou]/.test(roles) ? "an" : "a"} ${roles} here. Approvers, admins and owners decide requests.`;
  }
  if (approval.requireDifferentApprover && data?.agent.createdBy === user.userId)
    return "You created this agent, and its permission demands that somebody else decides. Ask another approver.";
  return undefined;
}
