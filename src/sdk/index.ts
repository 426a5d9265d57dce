export type { Agent } from "../contract/agent.ts";
export type { AgentApproval, Approval, ApprovalStatus } from "../contract/approval.ts";
export type { EventType } from "../contract/event.ts";
export type { DecisionKind, LedgerVerification, LogItem, LogPage } from "../contract/log.ts";
export type { Token } from "../contract/people.ts";
export type { Constraints, Permission, PermissionInput } from "../contract/permission.ts";
export type { ProblemCode } from "../contract/problem.ts";
export type { ReasonCode, Risk } from "../contract/reasons.ts";
export type { Delivery, Webhook } from "../contract/webhook.ts";
export type {
  AllowedPacket,
  ApprovalPacket,
  DecisionPacket,
  DeniedPacket,
  Explanation,
  TraceStep,
} from "../contract/verify.ts";
export { BehalfID } from "./client.ts";
export {
  BehalfApprovalRequiredError,
  BehalfDeniedError,
  BehalfError,
  type BehalfErrorDetails,
  type ClientErrorCode,
  type ErrorCode,
} from "./errors.ts";
export type { CallOptions, PageQuery } from "./call-options.ts";
export type { LogQuery } from "./logs.ts";
export type { ActivePermission } from "./permissions.ts";
export type { IssuedPassport } from "./passports.ts";
export type { IssuedToken } from "./tokens.ts";
export type { BehalfOptions } from "./options.ts";
export type { GuardOptions, VerifyOptions, VerifyRequest } from "./verification.ts";
export type { SettledApproval, WaitOptions } from "./wait-for-approval.ts";
export type { DeliveryPage, EventPage, IssuedWebhook } from "./webhooks.ts";
export {
  verifyWebhookSignature,
  type WebhookDelivery,
  type WebhookEvent,
  type WebhookHeaders,
} from "./verify-webhook-signature.ts";
