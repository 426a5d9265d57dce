import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import * as z from "zod";
import { permissionIdSchema } from "../../../src/contract/ids.ts";
import type { PermissionId } from "../../../src/contract/ids.ts";
import type { PermissionInput } from "../../../src/contract/permission.ts";
import { explanationSchema } from "../../../src/contract/verify.ts";
import { api } from "../api.ts";

const pathOf = (agentId: string, rest = "") =>
  `/api/dashboard/agents/${encodeURIComponent(agentId)}/permissions${rest}`;
const madeSchema = z.object({ permissionId: permissionIdSchema, status: z.literal("active") });

/** Gives an agent a permission; in the place of `replaces`, which ends with it, if one is named. */
export async function grantPermission(
  agentId: string,
  spec: PermissionInput,
  replaces?: string,
): Promise<PermissionId> {
  const rest = replaces === undefined ? "" : `/${encodeURIComponent(replaces)}/replace`;
  return (await api.post(pathOf(agentId, rest), spec, madeSchema)).permissionId;
}

export async function revokePermission(agentId: string, permissionId: string): Promise<void> {
  const revoked = z.object({ revoked: z.literal(true) });
  await api.post(pathOf(agentId, `/${encodeURIComponent(permissionId)}/revoke`), {}, revoked);
}

/** What the server would decide for a request, with a permission that is not made yet. `question` is the body as JSON. */
export const explainDraftQuery = (agentId: string, question: string | undefined) =>
  queryOptions({
    queryKey: ["explain", agentId, question],
    queryFn: () => {
      const path = `/api/dashboard/agents/${encodeURIComponent(agentId)}/explain`;
      return api.post(path, JSON.parse(question ?? "null"), explanationSchema);
    },
    enabled: question !== undefined,
    placeholderData: keepPreviousData,
    staleTime: 5_000,
  });
