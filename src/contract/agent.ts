import * as z from "zod";
import { agentIdSchema } from "./ids.ts";
import { permissionSchema } from "./permission.ts";
import { text, timestampSchema } from "./text.ts";

export const agentStatusSchema = z.enum(["active", "disabled"]);

export const agentSchema = z
  .object({
    agentId: agentIdSchema,
    name: z.string(),
    description: z.string().nullable(),
    status: agentStatusSchema,
    createdAt: timestampSchema,
    createdBy: z.string().nullable(),
    disabledAt: timestampSchema.nullable(),
    keys: z.array(
      z.object({
        preview: z
          .string()
          .meta({ description: "The key without its secret: bhf_sk_… and the last four characters." }),
        createdAt: timestampSchema,
        expiresAt: timestampSchema.nullable(),
      }),
    ),
  })
  .meta({ id: "Agent" });
export type Agent = z.infer<typeof agentSchema>;

export const createAgentBodySchema = z
  .strictObject({
    name: text(120)
      .default("Unnamed agent")
      .meta({ description: "What approvers read when it asks: name it after what it does." }),
    description: text(2000).optional(),
  })
  .meta({ id: "CreateAgent" });

export const editAgentBodySchema = z
  .strictObject({ name: text(120).optional(), description: text(2000).nullable().optional() })
  .refine((body) => body.name !== undefined || body.description !== undefined, {
    error: "must change something: send name, description or both",
  })
  .meta({ id: "EditAgent" });

export const rotateKeyBodySchema = z
  .strictObject({
    overlapSeconds: z
      .number({ error: "must be a number" })
      .int({ error: "must be a whole number" })
      .min(0, { error: "must be 0 or more" })
      .max(7 * 24 * 3600, { error: "must be 604800 (7 days) or less" })
      .default(0)
      .meta({ description: "How long the old key stays valid, in seconds. 0: not at all." }),
  })
  .meta({ id: "RotateKey" });

export const issuedKeySchema = z
  .object({
    agentId: agentIdSchema,
    apiKey: z.string().meta({ description: "Shown once. Only its hash is kept." }),
  })
  .meta({ id: "IssuedKey" });

export const agentWithPermissionsSchema = z
  .object({ agent: agentSchema, permissions: z.array(permissionSchema) })
  .meta({ id: "AgentWithPermissions" });
