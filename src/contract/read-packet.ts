import { idForm } from "./id-forms.ts";
import { isMoment } from "./moment.ts";
import { reasons, risks } from "./reason-table.ts";
import type { AllowedPacket, ApprovalPacket, DecisionPacket, DeniedPacket } from "./verify.ts";

type Check = (value: unknown) => boolean;
type Checks<Packet> = { [Name in keyof Required<Packet>]: Check };

const is =
  (...texts: readonly unknown[]): Check =>
  (value) =>
    texts.includes(value);
const matches =
  (form: RegExp): Check =>
  (value) =>
    typeof value === "string" && form.test(value);
const isText: Check = (value) => typeof value === "string";
const orAbsent =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

const base = {
  requestId: matches(idForm("request")),
  reason: isText,
  replayed: orAbsent(is(true)),
};

const allowed: Checks<AllowedPacket> = {
  ...base,
  allowed: is(true),
  approvalRequired: is(false),
  risk: is(...risks),
  reasonCode: is("allowed", "allowed_by_grant"),
  permissionId: matches(idForm("permission")),
  nextAction: is("proceed"),
};

const denied: Checks<DeniedPacket> = {
  ...base,
  allowed: is(false),
  approvalRequired: is(false),
  risk: is(...risks),
  reasonCode: is(...Object.keys(reasons)),
  permissionId: orAbsent(matches(idForm("permission"))),
  nextAction: is("stop"),
  comment: orAbsent(isText),
};

const held: Checks<ApprovalPacket> = {
  ...base,
  allowed: is(false),
  approvalRequired: is(true),
  approvalId: matches(idForm("approval")),
  risk: is("medium"),
  reasonCode: is("requires_approval"),
  permissionId: matches(idForm("permission")),
  approvalUrl: isText,
  expiresAt: isMoment,
  nextAction: is("await_approval"),
};

/**
 * The packet that an answer of verify is, or undefined for anything that `packetSchema` does not take either: a test
 * holds the two against each other. By hand, because an agent's tool call waits for this, and the library of the schema
 * takes longer to load than all else that a verify does.
 */
export function readPacket(value: unknown): DecisionPacket | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const fields = value as Record<string, unknown>;
  const isPacket = [allowed, denied, held].some((checks) =>
    Object.entries(checks).every(([name, check]) => check(fields[name])),
  );
  return isPacket ? (value as DecisionPacket) : undefined;
}
