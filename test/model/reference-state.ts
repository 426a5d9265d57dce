// What there is to know of one agent, and what can happen to it.

export const minute = 60_000;
export const grantMs = 30 * minute;
export const denialMs = 30 * minute;
export const pendingMs = 24 * 60 * minute;
export const replayMs = 2 * minute;
export const keyMs = 24 * 60 * minute;
export const claimMs = 10_000;

export type Action = "deploy" | "read";
/** What an agent asks for. "deploy a" and "deploy b" differ in one byte of one argument. */
export type Intent = "deploy a" | "deploy b" | "read a";
export type Grantable = { action: Action; isGated: boolean; endsAt: number | null };

/** A request of the agent or of a person about it. The ids are the real ones. */
export type Call =
  | { do: "verify"; intent: Intent; key: string | null }
  | { do: "approve" | "deny"; approval: string }
  | { do: "revoke"; permission: string }
  | ({ do: "replace"; permission: string } & Grantable)
  | ({ do: "permit" } & Grantable)
  | { do: "disable" | "enable" }
  /** Somebody of another account, or with no right to it, tries. */
  | { do: "intrude" }
  /** What the record of truth lists; every approval of it, when everything has come to rest. */
  | { do: "look"; isAtRest: boolean };

export type Packet =
  | { kind: "allowed"; reason: string; permission: string }
  | { kind: "denied"; reason: string }
  | { kind: "asked"; approval: string; permission: string; expiresAt: number };

export type Listing = {
  isDisabled: boolean;
  permissions: { id: string; action: string; hasEnded: boolean }[];
  approvals: { id: string; permission: string; intent: string; status: Status }[];
};

/** What became of a call, as far as the caller knows. */
export type Seen =
  | (Packet & { request: string; isReplay: boolean })
  | { kind: "conflict" }
  | { kind: "done"; permission?: string; grantExpiresAt?: number }
  | { kind: "refused" }
  | { kind: "listing"; listing: Listing }
  /** No answer, or one that says nothing: all, some or none of it has happened. */
  | { kind: "lost" };

export type Status = "pending" | "approved" | "denied" | "used" | "expired" | "void";

export type Permission = Grantable & { id: string | null; hasEnded: boolean };
export type Approval = {
  /** Null as long as nobody was told. */
  id: string | null;
  permission: number;
  intent: Intent;
  epoch: number;
  status: Status;
  dueAt: number;
  decidedAt: number;
  usedAt: number;
  usedBy: string | null;
};
export type Decision =
  | { kind: "allowed"; reason: "allowed" | "allowed_by_grant"; permission: number }
  | { kind: "denied"; reason: string }
  | { kind: "asked"; permission: number; approval: number };
export type Remembered = {
  intent: Intent;
  decision: Decision;
  request: string | null;
  at: number;
  epoch: number;
};

export type State = {
  isDisabled: boolean;
  epoch: number;
  permissions: Permission[];
  approvals: Approval[];
  keys: Record<string, Remembered>;
  /** Keys whose first request may have come to nothing: for a while another body may not have them. */
  claims: Record<string, { intent: Intent; until: number }>;
  timesDisabled: number;
  timesEnabled: number;
};

/** One call with its moment on the clock, and what it met on its way. */
export type Happened = {
  call: Call;
  seen: Seen;
  now: number;
  /** A permission ended or the agent was disabled meanwhile. */
  metAnEnd?: boolean;
  /** Another try under the same key was under way meanwhile. */
  metATry?: boolean;
  /** An object of it was restarted meanwhile. */
  metACrash?: boolean;
};

export function newAgentState(permissions: (Grantable & { id: string })[]): State {
  return {
    isDisabled: false,
    epoch: 0,
    permissions: permissions.map((permission) => ({ ...permission, hasEnded: false })),
    approvals: [],
    keys: {},
    claims: {},
    timesDisabled: 0,
    timesEnabled: 0,
  };
}

export const isOpen = ({ status }: Approval) => status === "pending" || status === "approved";
