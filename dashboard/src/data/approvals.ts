import { infiniteQueryOptions, type QueryClient, queryOptions } from "@tanstack/react-query";
import * as z from "zod";
import {
  approvalSchema,
  approvedSchema,
  deniedSchema,
  type Approval,
} from "../../../src/contract/approval.ts";
import type { AgentId, ApprovalId } from "../../../src/contract/ids.ts";
import { api } from "../api.ts";
import type { ApprovalFilter } from "./approval-filters.ts";

export const approvalsKey = ["approvals"] as const;
const oneKey = (id: string) => [...approvalsKey, "one", id] as const;

const pageSchema = z.object({ approvals: z.array(approvalSchema), nextCursor: z.string().nullable() });
const oneSchema = z.object({ approval: approvalSchema });

/** Requests by how they stand, newest first, page after page. Each is kept by itself, too. */
export const approvalListQuery = (status: ApprovalFilter) =>
  infiniteQueryOptions({
    queryKey: [...approvalsKey, "list", status],
    initialPageParam: "",
    queryFn: async ({ pageParam, signal, client }) => {
      const query = { status, cursor: pageParam };
      const page = await api.get("/api/dashboard/approvals", pageSchema, { query, signal });
      for (const approval of page.approvals) keepApproval(client, approval);
      return page;
    },
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });

/** One request, with everything that it is bound to. */
export const approvalQuery = (id: string) =>
  queryOptions({
    queryKey: oneKey(id),
    queryFn: async ({ signal, client }) => {
      const path = `/api/dashboard/approvals/${encodeURIComponent(id)}`;
      const { approval } = await api.get(path, oneSchema, { signal });
      return newer(client.getQueryData<Approval>(oneKey(id)), approval);
    },
  });

/** Open requests and grants of an agent: what ends when it is switched off. At most 100 of each. */
export const openApprovalsQuery = (agentId: AgentId) =>
  queryOptions({
    queryKey: [...approvalsKey, "open", agentId],
    queryFn: async ({ signal }) => {
      const [pending, approved] = await Promise.all(
        ["pending", "approved"].map((status) =>
          api.get("/api/dashboard/approvals", pageSchema, { query: { status, agentId, limit: 100 }, signal }),
        ),
      );
      return { pending: pending?.approvals ?? [], granted: approved?.approvals ?? [] };
    },
  });

/** Keeps what was learned of a request. */
export function keepApproval(client: QueryClient, approval: Approval): void {
  client.setQueryData<Approval>(oneKey(approval.approvalId), (kept) => newer(kept, approval));
}

/** Puts what the feed brought where the pages look for it, without asking for it again. */
export function takeFromFeed(client: QueryClient, approval: Approval): void {
  keepApproval(client, approval);
  if (approval.status !== "pending") return;
  for (const filter of ["pending", "all"] as const)
    client.setQueryData(approvalListQuery(filter).queryKey, (data) => {
      const [first, ...rest] = data?.pages ?? [];
      if (data === undefined || first === undefined) return data;
      const isListed = ({ approvals }: typeof first) =>
        approvals.some(({ approvalId }) => approvalId === approval.approvalId);
      if (data.pages.some(isListed)) return data;
      return { ...data, pages: [{ ...first, approvals: [approval, ...first.approvals] }, ...rest] };
    });
}

// The list is a copy that may lag behind the gate, whose answer a page already has. It must not undo it.
function newer(kept: Approval | undefined, fresh: Approval): Approval {
  return kept !== undefined && kept.version > fresh.version ? kept : fresh;
}

export type Verdict = {
  approval: Approval;
  comment?: string | undefined;
  userId: string;
  userName: string | null;
};

/** Opens the grant, and gives back the request as it is then. */
export async function approve({ approval, ...verdict }: Verdict): Promise<Approval> {
  const path = `/api/dashboard/approvals/${approval.approvalId}/approve`;
  const { grantExpiresAt } = await api.post(path, bodyOf(verdict), approvedSchema);
  return { ...decided(approval, verdict), status: "approved", grantExpiresAt };
}

/** Refuses the request, and gives it back as it is then. */
export async function deny({ approval, ...verdict }: Verdict): Promise<Approval> {
  await api.post(`/api/dashboard/approvals/${approval.approvalId}/deny`, bodyOf(verdict), deniedSchema);
  return { ...decided(approval, verdict), status: "denied" };
}

function bodyOf({ comment }: Omit<Verdict, "approval">): { comment?: string } {
  const text = comment?.trim() ?? "";
  return text === "" ? {} : { comment: text };
}

function decided(approval: Approval, verdict: Omit<Verdict, "approval">): Approval {
  return {
    ...approval,
    version: approval.version + 1,
    decidedAt: new Date().toISOString(),
    decidedBy: verdict.userId,
    decidedByName: verdict.userName,
    comment: bodyOf(verdict).comment ?? null,
  };
}

/** Asks the server how a request stands, whatever is kept of it. */
export async function refreshApproval(client: QueryClient, id: ApprovalId): Promise<void> {
  await client.fetchQuery({ ...approvalQuery(id), staleTime: 0 });
}
