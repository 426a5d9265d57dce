import * as z from "zod";
import { approvalStatusSchema } from "../contract/approval.ts";
import { approvalIdSchema } from "../contract/ids.ts";

/** What a gate is told in the address of a wait: the approval, and the status that the caller has seen. */
export const waitSchema = z.object({
  approvalId: approvalIdSchema,
  known: approvalStatusSchema,
  now: z.coerce.number(),
});
