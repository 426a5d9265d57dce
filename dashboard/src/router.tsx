import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import type { User } from "../../src/contract/people.ts";
import { approvalFilters, type ApprovalsSearch } from "./data/approval-filters.ts";
import { returnPath } from "./lib/return-path.ts";
import { searchTexts } from "./lib/search-texts.ts";
import { queryClient } from "./query-client.ts";
import { NotFoundPage, PageError, RootLayout } from "./shell/root-layout.tsx";

/**
 * Every address of the site. A page is a file in pages/ that exports its component, a route here that loads it
 * when it is first opened, and, if people go there from everywhere, a line in shell/navigation.ts. What a page
 * fetches is a query of data/<subject>.ts.
 */

const rootRoute = createRootRoute({
  component: RootLayout,
  notFoundComponent: NotFoundPage,
});

const landingRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  component: lazyRouteComponent(() => import("./pages/landing/landing-page.tsx"), "LandingPage"),
});

type Next = { next?: string };
const nextIn = (search: Record<string, unknown>): Next =>
  typeof search["next"] === "string" ? { next: search["next"] } : {};

// Loaded when it is asked for: most pages that anyone may read do without the schemas behind it.
async function whoIsHere(): Promise<User | null> {
  const { meQuery } = await import("./data/session.ts");
  return queryClient.fetchQuery(meQuery);
}

// Who is signed in already goes on to where they wanted to.
async function skipWhenSignedIn({ search }: { search: Next }): Promise<void> {
  const user = await whoIsHere().catch(() => null);
  if (user !== null) redirect({ href: returnPath(search.next), throw: true });
}

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: nextIn,
  beforeLoad: skipWhenSignedIn,
  component: lazyRouteComponent(() => import("./pages/auth/sign-in-page.tsx"), "SignInPage"),
});

const signUpRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-up",
  validateSearch: nextIn,
  beforeLoad: skipWhenSignedIn,
  component: lazyRouteComponent(() => import("./pages/auth/sign-up-page.tsx"), "SignUpPage"),
});

const forgotRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/forgot",
  component: lazyRouteComponent(() => import("./pages/auth/forgot-page.tsx"), "ForgotPage"),
});

const resetPasswordRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/reset-password",
  component: lazyRouteComponent(() => import("./pages/auth/reset-password-page.tsx"), "ResetPasswordPage"),
});

const verifyEmailRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/verify-email",
  component: lazyRouteComponent(() => import("./pages/auth/verify-email-page.tsx"), "VerifyEmailPage"),
});

const outboxRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/outbox",
  component: lazyRouteComponent(() => import("./pages/auth/outbox-page.tsx"), "OutboxPage"),
});

const deviceRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/device",
  // `userCode` is what the API's link carries; `code` is what people shorten it to.
  validateSearch: (search): { userCode?: string } => {
    const code = search["userCode"] ?? search["code"];
    return typeof code === "string" ? { userCode: code } : {};
  },
  beforeLoad: async ({ location }) => {
    const user = await whoIsHere();
    if (user === null) redirect({ to: "/sign-in", search: { next: location.href }, throw: true });
  },
  component: lazyRouteComponent(() => import("./pages/auth/device-page.tsx"), "DevicePage"),
});

const invitationRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/invitation/$id",
  component: lazyRouteComponent(() => import("./pages/auth/invitation-page.tsx"), "InvitationPage"),
});

const docsIndexRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/docs",
  beforeLoad: () => {
    redirect({ to: "/docs/$page", params: { page: "quickstart" }, replace: true, throw: true });
  },
});

const docsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/docs/$page",
  component: lazyRouteComponent(() => import("./pages/docs/docs-page.tsx"), "DocsPage"),
});

/** Everything that needs someone to be signed in. */
const dashboardRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/dashboard",
  beforeLoad: async ({ location }) => {
    const user = await whoIsHere();
    if (user === null) redirect({ to: "/sign-in", search: { next: location.href }, throw: true });
  },
  component: lazyRouteComponent(() => import("./shell/dashboard-layout.tsx"), "DashboardLayout"),
});

const overviewRoute = createRoute({
  getParentRoute: () => dashboardRoute,
  path: "/",
  component: lazyRouteComponent(() => import("./pages/overview/overview-page.tsx"), "OverviewPage"),
});

const approvalsRoute = createRoute({
  getParentRoute: () => dashboardRoute,
  path: "/approvals",
  validateSearch: (search): ApprovalsSearch => {
    const { status, ...texts } = searchTexts(search, ["status", "approvalId", "q"]);
    const filter = approvalFilters.find((each) => each === status);
    return filter === undefined ? texts : { ...texts, status: filter };
  },
  component: lazyRouteComponent(() => import("./pages/approvals/approvals-page.tsx"), "ApprovalsPage"),
});

const agentsRoute = createRoute({
  getParentRoute: () => dashboardRoute,
  path: "/agents",
  component: lazyRouteComponent(() => import("./pages/agents/agents-page.tsx"), "AgentsPage"),
});

const newAgentRoute = createRoute({
  getParentRoute: () => dashboardRoute,
  path: "/agents/new",
  component: lazyRouteComponent(() => import("./pages/agents/new-agent-page.tsx"), "NewAgentPage"),
});

const agentRoute = createRoute({
  getParentRoute: () => dashboardRoute,
  path: "/agents/$agentId",
  validateSearch: (search) => searchTexts(search, ["view"]),
  component: lazyRouteComponent(() => import("./pages/agents/agent-page.tsx"), "AgentPage"),
});

const permissionRoute = createRoute({
  getParentRoute: () => dashboardRoute,
  path: "/agents/$agentId/permission",
  validateSearch: (search) => searchTexts(search, ["replaces"]),
  component: lazyRouteComponent(() => import("./pages/agents/permission-page.tsx"), "PermissionPage"),
});

const logsRoute = createRoute({
  getParentRoute: () => dashboardRoute,
  path: "/logs",
  validateSearch: (search) =>
    searchTexts(search, [
      "decision",
      "agentId",
      "risk",
      "action",
      "vendor",
      "environment",
      "q",
      "range",
      "from",
      "to",
      "requestId",
    ]),
  component: lazyRouteComponent(() => import("./pages/logs/logs-page.tsx"), "LogsPage"),
});

const webhooksRoute = createRoute({
  getParentRoute: () => dashboardRoute,
  path: "/webhooks",
  validateSearch: (search) => searchTexts(search, ["view", "type", "eventId"]),
  component: lazyRouteComponent(() => import("./pages/webhooks/webhooks-page.tsx"), "WebhooksPage"),
});

const webhookRoute = createRoute({
  getParentRoute: () => dashboardRoute,
  path: "/webhooks/$webhookId",
  validateSearch: (search) => searchTexts(search, ["status"]),
  component: lazyRouteComponent(() => import("./pages/webhooks/webhook-page.tsx"), "WebhookPage"),
});

const settingsRoute = createRoute({
  getParentRoute: () => dashboardRoute,
  path: "/settings",
  component: lazyRouteComponent(() => import("./pages/settings/settings-layout.tsx"), "SettingsLayout"),
});

const workspaceSettingsRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/",
  component: lazyRouteComponent(() => import("./pages/settings/workspace-page.tsx"), "WorkspacePage"),
});

const membersRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/members",
  component: lazyRouteComponent(() => import("./pages/settings/members-page.tsx"), "MembersPage"),
});

const tokensRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/tokens",
  component: lazyRouteComponent(() => import("./pages/settings/tokens-page.tsx"), "TokensPage"),
});

const accountRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/account",
  component: lazyRouteComponent(() => import("./pages/settings/account-page.tsx"), "AccountPage"),
});

const passportRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/passport/$agentId",
  component: lazyRouteComponent(() => import("./pages/passport/passport-page.tsx"), "PassportPage"),
});

const routeTree = rootRoute.addChildren([
  landingRoute,
  signInRoute,
  signUpRoute,
  forgotRoute,
  resetPasswordRoute,
  verifyEmailRoute,
  outboxRoute,
  deviceRoute,
  invitationRoute,
  docsIndexRoute,
  docsRoute,
  passportRoute,
  dashboardRoute.addChildren([
    overviewRoute,
    approvalsRoute,
    agentsRoute,
    newAgentRoute,
    agentRoute,
    permissionRoute,
    logsRoute,
    webhooksRoute,
    webhookRoute,
    settingsRoute.addChildren([workspaceSettingsRoute, membersRoute, tokensRoute, accountRoute]),
  ]),
]);

export const router = createRouter({
  routeTree,
  // Queries know themselves how fresh they are.
  defaultPreloadStaleTime: 0,
  defaultPreload: "intent",
  defaultErrorComponent: PageError,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
