import * as z from "zod";
import { agentIdSchema } from "./ids.ts";
import { timestampSchema } from "./text.ts";

/** What an agent may do, in the words of someone who only wants to know that. */
export const passportSchema = z
  .object({
    agent: z.object({ agentId: agentIdSchema, name: z.string(), status: z.enum(["active", "disabled"]) }),
    permissions: z.array(
      z.object({
        action: z.string(),
        resource: z.string().nullable(),
        description: z.string().nullable(),
        allowedActions: z.array(z.string()),
        blockedActions: z.array(z.string()),
        requiresApproval: z.boolean(),
        constraints: z.record(z.string(), z.unknown()),
      }),
    ),
    advisory: z
      .string()
      .meta({ description: "The plain statement that a passport advises and does not enforce." }),
    issuedAt: timestampSchema,
  })
  .meta({ id: "Passport" });

export const issuedPassportSchema = z
  .object({
    agentId: agentIdSchema,
    token: z.string().meta({ description: "Shown once. Only its hash is kept." }),
    url: z.string(),
  })
  .meta({ id: "IssuedPassport" });
