import * as z from "zod";
import { idForm, idPrefixes, type Id, type IdKind } from "./id-forms.ts";

export { idPrefixes, type Id, type IdKind } from "./id-forms.ts";

export type AccountId = Id<"account">;
export type AgentId = Id<"agent">;
export type PermissionId = Id<"permission">;
export type RequestId = Id<"request">;
export type ApprovalId = Id<"approval">;
export type EventId = Id<"event">;
export type WebhookId = Id<"webhook">;
export type DeliveryId = Id<"delivery">;
export type UserId = Id<"user">;
export type TokenId = Id<"token">;
export type SessionId = Id<"session">;
export type InvitationId = Id<"invitation">;

function idSchema<Kind extends IdKind>(kind: Kind, example: string) {
  const prefix = idPrefixes[kind];
  const form = idForm(kind);
  return z
    .custom<Id<Kind>>((value) => typeof value === "string" && form.test(value), {
      error: `must be an id that starts with ${prefix}_`,
    })
    .meta({ type: "string", pattern: form.source, examples: [example] });
}

export const accountIdSchema = idSchema("account", "acct_V1StGXR8_Z5jdHi6B-myT");
export const agentIdSchema = idSchema("agent", "agent_V1StGXR8_Z5jdHi6B-myT");
export const permissionIdSchema = idSchema("permission", "perm_V1StGXR8_Z5jdHi6B-myT");
export const requestIdSchema = idSchema("request", "req_V1StGXR8_Z5jdHi6B-myT");
export const approvalIdSchema = idSchema("approval", "apr_V1StGXR8_Z5jdHi6B-myT");
export const eventIdSchema = idSchema("event", "evt_V1StGXR8_Z5jdHi6B-myT");
export const webhookIdSchema = idSchema("webhook", "wh_V1StGXR8_Z5jdHi6B-myT");
export const deliveryIdSchema = idSchema("delivery", "dlv_V1StGXR8_Z5jdHi6B-myT");
export const userIdSchema = idSchema("user", "user_V1StGXR8_Z5jdHi6B-myT");
export const tokenIdSchema = idSchema("token", "tok_V1StGXR8_Z5jdHi6B-myT");
export const sessionIdSchema = idSchema("session", "ses_V1StGXR8_Z5jdHi6B-myT");
export const invitationIdSchema = idSchema("invitation", "inv_V1StGXR8_Z5jdHi6B-myT");
