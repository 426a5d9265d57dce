import type { DecisionCase, DecisionCasesInput } from "../../../../src/contract/decision-case.ts";

type Written = DecisionCasesInput["cases"][number];

export type Scenario = {
  name: string;
  /** What it shows, in a sentence. */
  about: string;
  request: Written["request"];
  permissions: NonNullable<NonNullable<Written["facts"]>["permissions"]>;
  outcome: DecisionCase["expect"]["outcome"];
};

const staging = {
  action: "deploy",
  resource: "vercel.com",
  blockedActions: ["delete_production"],
  constraints: { deniedEnvironments: ["production"] },
};
const production = { action: "deploy_production", resource: "vercel.com", requiresApproval: true };
const tickets = {
  action: "purchase",
  constraints: { maxAmount: 500, allowedVendors: ["ticketmaster.com", "dice.fm"] },
};

/** What a visitor can try. Every one is decided anew in the browser, as it stands or as it was changed. */
export const scenarios: readonly Scenario[] = [
  {
    name: "Staging deploy",
    about: "The permission covers it: the agent goes on by itself.",
    request: { action: "deploy", vendor: "vercel.com", metadata: { environment: "staging" } },
    permissions: [staging, production],
    outcome: "allow",
  },
  {
    name: "Production deploy",
    about: "Allowed in principle, and held until a person says yes to exactly this.",
    request: {
      action: "deploy_production",
      vendor: "vercel.com",
      arguments: { project: "web", commit: "9fceb02" },
    },
    permissions: [staging, production],
    outcome: "ask",
  },
  {
    name: "Purchase, no permission",
    about: "Nobody said that this agent may buy anything. What is not allowed is denied.",
    request: { action: "purchase", vendor: "coachella.com", amount: 742 },
    permissions: [{ action: "browse", resource: "coachella.com" }],
    outcome: "deny",
  },
  {
    name: "Blocked action",
    about: "A block wins over every permission that would allow it.",
    request: { action: "delete_production", vendor: "vercel.com" },
    permissions: [staging, { action: "delete_production", resource: "vercel.com" }],
    outcome: "deny",
  },
  {
    name: "Expired",
    about: "The permission was for a while, and the while is over.",
    request: { action: "send_email", vendor: "mailgun.com" },
    permissions: [
      {
        action: "send_email",
        resource: "mailgun.com",
        constraints: { expiresAt: "2026-01-31T18:00:00Z" },
      },
    ],
    outcome: "deny",
  },
  {
    name: "Over the limit",
    about: "The vendor is fine, the amount is not.",
    request: { action: "purchase", vendor: "ticketmaster.com", amount: 742 },
    permissions: [tickets],
    outcome: "deny",
  },
  {
    name: "Wrong vendor",
    about: "The amount is fine, the vendor is not on the list.",
    request: { action: "purchase", vendor: "coachella.com", amount: 120 },
    permissions: [tickets],
    outcome: "deny",
  },
];
