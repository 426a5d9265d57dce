import { readFile } from "node:fs/promises";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { verifyWebhookSignature } from "../../src/sdk/index.ts";
import { sharedSystem, type SharedSystem } from "../node/shared-system.ts";
import { codeOf } from "./authenticator.ts";
import {
  expectAccessible,
  expectNoSidewaysScroll,
  launch,
  looks,
  picture,
  visitor,
  wear,
} from "./browser.ts";
import { type Receiver, startReceiver } from "./receiver.ts";

const password = "correct horse battery";

let system: SharedSystem;
let browser: Browser;
let owner: Awaited<ReturnType<typeof visitor>>;
let viewer: BrowserContext;
let agent: { agentId: string; apiKey: string };
let receiver: Receiver;

beforeAll(async () => {
  [system, browser, receiver] = await Promise.all([sharedSystem(), launch(), startReceiver()]);
  owner = await visitor(browser, system.baseUrl);
  await call("/api/auth/signup", {
    email: "ann@pages.example.com",
    password,
    name: "Ann Example",
    workspace: "The Shop",
  });
  agent = (await call("/api/agents", { name: "Deploy bot" })) as typeof agent;
  const { agentId } = agent;
  await call("/api/permissions", {
    agentId,
    action: "deploy",
    resource: "vercel.com",
    blockedActions: ["delete_production"],
  });
  await call("/api/permissions", {
    agentId,
    action: "deploy_production",
    resource: "vercel.com",
    description: "Promotes what staging has.",
    requiresApproval: true,
  });
  await call("/api/permissions", {
    agentId,
    action: "purchase",
    constraints: { maxAmount: 500, allowedVendors: ["dice.fm", "*.example.com"] },
  });
  const metadata = { environment: "production", branch: "main", commit: "9f2c1ab" };
  for (const request of [
    { action: "deploy", vendor: "vercel.com", metadata: { environment: "staging" } },
    { action: "deploy_production", vendor: "vercel.com", metadata, arguments: { ref: "9f2c1ab" } },
    { action: "purchase", vendor: "coachella.com", amount: 742 },
    { action: "purchase", vendor: "dice.fm", amount: 42.5 },
    { action: "delete_production", vendor: "vercel.com" },
    // Reads "deploy" where the direction of the text is obeyed.
    { action: "\u202Eyolped", vendor: "vеrcel.com" },
  ])
    await verify(request);
}, 120_000);

afterAll(async () => {
  receiver?.close();
  await browser?.close();
});

describe("the logs", () => {
  it("are filtered, read in detail, exported and verified", async () => {
    const { page, offences } = owner;
    await page.goto("/dashboard/logs");
    await page.getByText("6 decisions", { exact: true }).waitFor();
    await page
      .getByRole("img", { name: "Decisions over time: 2 allowed, 1 approval required, 3 denied" })
      .waitFor();
    expect(await page.getByText("\u202E").count()).toBe(0);

    await page.getByRole("combobox", { name: "Decision" }).click();
    await page.getByRole("option", { name: "Approval required" }).click();
    await page.getByText("1 decision", { exact: true }).waitFor();
    expect(new URL(page.url()).searchParams.get("decision")).toBe("approval_required");
    await page.reload();
    await page.getByText("1 decision", { exact: true }).waitFor();

    for (const [name, inFile] of [
      ["CSV", "deploy_production"],
      ["NDJSON", '"hash"'],
    ] as const) {
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("link", { name: `Export what is filtered as ${name}` }).click(),
      ]);
      const text = await readFile(await download.path(), "utf8");
      expect(text.trimEnd().split("\n")).toHaveLength(name === "CSV" ? 2 : 1);
      expect(text).toContain(inFile);
      expect(text).not.toContain("coachella.com");
    }

    await page.getByRole("button", { name: "deploy_production" }).click();
    const details = page.getByRole("dialog", { name: "Decision" });
    await details.getByText("9f2c1ab").waitFor();
    expect(await details.getByText(/^[0-9a-f]{64}$/).count()).toBe(1);
    const approval = details.getByRole("link", { name: /The approval it led to/ });
    expect(await approval.getAttribute("href")).toContain("/dashboard/approvals?approvalId=apr_");
    await expectAccessible(page);
    await details.getByRole("button", { name: "Verify this ledger" }).click();
    await page
      .getByRole("dialog", { name: "Verify a ledger" })
      .getByRole("button", { name: "Verify" })
      .click();
    await page.getByText("The ledger is whole").waitFor();
    await page.getByText("6 entries checked").waitFor();
    await expectAccessible(page);
    await page.keyboard.press("Escape");

    await page.keyboard.press("/");
    await page.keyboard.type("no such thing");
    await page.getByText("No decision passes these filters").waitFor();
    await page.getByRole("button", { name: "Clear the filters" }).click();
    await page.getByText("6 decisions", { exact: true }).waitFor();
    expect(offences).toEqual([]);
  });
});

describe("webhooks", () => {
  it("are created, tested, rotated, and say why they were disabled", async () => {
    const { page, offences } = owner;
    await page.goto("/dashboard/webhooks?view=events");
    await page.getByText("While there is no webhook, decisions appear here only for an hour").waitFor();
    await page.goto("/dashboard/webhooks");
    await page.getByText("No webhook yet").waitFor();
    await page.getByRole("button", { name: "New webhook" }).first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Address").fill("https://169.254.169.254/latest");
    await dialog.getByRole("button", { name: "Create webhook" }).click();
    await dialog
      .getByText(/^Must /)
      .first()
      .waitFor();
    await dialog.getByLabel("Address").fill(`${receiver.url}/ok`);
    await dialog.getByRole("button", { name: "Create webhook" }).click();
    const secret = await dialog.getByText(/^whsec_/).innerText();
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "I have stored the secret" }).click();

    await page.getByRole("button", { name: "Send a test event" }).click();
    await page.getByRole("table").getByText("Delivered").waitFor();
    expect(await page.getByText(secret).count()).toBe(0);
    const first = receiver.received.find(({ path }) => path === "/ok");
    expect(
      await verifyWebhookSignature({ payload: first?.body ?? "", headers: first?.headers ?? {}, secret }),
    ).toMatchObject({ type: "webhook.test" });
    await page.getByRole("button", { name: "webhook.test" }).click();
    await page.getByRole("dialog", { name: "Delivery" }).getByText("Answered 200").waitFor();
    await expectAccessible(page);
    await page.keyboard.press("Escape");

    await page.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: "Rotate the secret" }).click();
    // Escape while the secret comes, and when it is there: the old one may be dead, so the new one must be seen.
    await page.route(
      "**/rotate-secret",
      async (asked) => {
        await page.locator("[aria-busy=true]", { hasText: "Make a new secret" }).waitFor();
        await page.keyboard.press("Escape");
        await asked.continue();
      },
      { times: 1 },
    );
    await page.getByRole("button", { name: "Make a new secret" }).click();
    await dialog.getByText(/^whsec_/).waitFor();
    await page.keyboard.press("Escape");
    await page.mouse.click(4, 4);
    await dialog.getByRole("button", { name: "I have stored the secret" }).click();
    await page.getByText("signs beside the new one").waitFor();

    await page.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: "Edit" }).click();
    await dialog.getByLabel("Address").fill(`${receiver.url}/gone`);
    await dialog.getByRole("button", { name: "Save changes" }).click();
    await page.getByRole("heading", { name: `${receiver.url}/gone` }).waitFor();
    await page.getByRole("button", { name: "Send a test event" }).click();
    await page.getByText("It answered 410 Gone").waitFor();
    await page.getByRole("table").getByText("Dead letter").waitFor();

    await page.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: "Edit" }).click();
    await dialog.getByLabel("Address").fill(`${receiver.url}/ok`);
    await dialog.getByRole("button", { name: "Save changes" }).click();
    await page.getByRole("heading", { name: `${receiver.url}/ok` }).waitFor();
    await page.getByRole("button", { name: "Enable" }).click();
    await page.getByRole("button", { name: "Replay…" }).click();
    await page.getByRole("button", { name: "Send them again" }).click();
    await page.getByText(/on their way\.$/).waitFor();
    await page.getByRole("table").getByText("Dead letter").waitFor({ state: "detached" });

    await page.goto("/dashboard/webhooks?view=events");
    await page.getByRole("button", { name: "webhook.test" }).first().click();
    await page.getByRole("dialog", { name: "Event" }).getByText("Where it went").waitFor();
    await page.getByRole("dialog", { name: "Event" }).getByText("Delivered").waitFor();
    await expectAccessible(page);
    expect(offences).toEqual([]);
  });
});

describe("the settings", () => {
  it("take durations as people say them, invite, and show a token once", async () => {
    const { page, offences } = owner;
    await page.goto("/dashboard/settings");
    await page.getByLabel("Remember a denial for", { exact: true }).fill("8");
    await page.getByRole("combobox", { name: "Unit of: Remember a denial for" }).click();
    await page.getByRole("option", { name: "days" }).click();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Must be 7 days or less.").waitFor();
    await page.getByLabel("Remember a denial for", { exact: true }).fill("1,5");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("The settings are saved.").waitFor();
    expect(await call("/api/dashboard/settings")).toMatchObject({
      settings: { denialMemorySeconds: 129_600 },
    });

    await call("/api/dashboard/invitations", { email: "nobody@pages.example.com", roles: ["viewer"] });
    await page.goto("/dashboard/settings/members");
    await page.getByText("the only owner").waitFor();
    await page.getByRole("button", { name: "Take back" }).click();
    await page.getByRole("heading", { name: "Open invitations" }).and(page.locator(":focus")).waitFor();
    await page.getByRole("button", { name: "Invite" }).click();
    await page.getByLabel("Email").fill("vic@pages.example.com");
    await page.getByRole("checkbox", { name: /^Approver/ }).uncheck();
    await page.getByRole("checkbox", { name: /^Viewer/ }).check();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Make the invitation" }).click();
    const link = await page
      .getByRole("dialog")
      .getByText(/\/invitation\/inv_/)
      .innerText();
    await page.getByRole("button", { name: "Done" }).click();
    viewer = await browser.newContext({ baseURL: system.baseUrl });
    const joined = await viewer.request.post("/api/auth/signup", {
      data: { email: "vic@pages.example.com", password, name: "Vic", invitationId: link.split("/").at(-1) },
    });
    expect(joined.status()).toBe(201);

    await page.goto("/dashboard/settings/tokens");
    await page.getByRole("button", { name: "New token" }).click();
    await page.getByLabel("Name").fill("CI of the shop");
    await page.getByRole("button", { name: "Create token" }).click();
    const token = await page
      .getByRole("dialog")
      .getByText(/^bhf_dev_/)
      .innerText();
    await expectAccessible(page);
    await page.getByRole("button", { name: "I have stored the token" }).click();
    await page.getByText("never used").waitFor();
    expect(await page.getByText(token).count()).toBe(0);
    const asToken = await fetch(`${system.baseUrl}/api/dashboard/agents`, {
      headers: { "x-developer-token": token },
    });
    expect(asToken.status).toBe(200);

    await page.goto("/dashboard/settings/account");
    await page.getByText("this session").waitFor();
    await page.getByLabel("Current password").fill("not the password");
    await page.getByLabel("New password").fill("another horse battery");
    await page.getByRole("button", { name: "Change password" }).click();
    await page.getByText("Is wrong.").waitFor();
    expect(offences).toEqual([]);
  });

  it("offer a viewer nothing that a viewer may not do", async () => {
    const page = await viewer.newPage();
    await page.goto("/dashboard/settings");
    await page.getByText("Owners and admins can change these.").waitFor();
    expect(await page.getByRole("button", { name: "Save" }).count()).toBe(0);
    await page.getByRole("link", { name: "Members" }).click();
    await page.getByText("Vic", { exact: true }).waitFor();
    expect(await page.getByRole("button", { name: "Invite" }).count()).toBe(0);
    expect(await page.getByRole("button", { name: "Actions for Ann Example" }).count()).toBe(0);
    await page.goto("/dashboard/webhooks");
    await page.getByText("Where it is sent is for owners").waitFor();
    expect(await page.getByRole("button", { name: "New webhook" }).count()).toBe(0);
    await expectAccessible(page);
  });
});

describe("a workspace", () => {
  it("is one of several, and lets go of whoever leaves or is put out to another", async () => {
    const { context, page, offences } = await visitor(browser, system.baseUrl);
    const email = "wes@pages.example.com";
    const post = (path: string, data: object) =>
      context.request.post(path, { data, headers: { Origin: system.baseUrl } });
    const signUp = await post("/api/auth/signup", { email, password, name: "Wes", workspace: "The Mill" });
    const { user } = (await signUp.json()) as { user: { userId: string } };
    const join = async () => {
      const { invitation } = (await call("/api/dashboard/invitations", { email, roles: ["viewer"] })) as {
        invitation: { invitationId: string };
      };
      const joined = await post(`/api/invitations/${invitation.invitationId}/accept`, {});
      expect(joined.ok(), await joined.text()).toBe(true);
    };
    const account = (workspace: string) => page.getByRole("button", { name: `Account: Wes ${workspace}` });

    await join();
    await page.goto("/dashboard/settings/members");
    await account("The Shop").waitFor();
    await page.getByRole("button", { name: "Actions for Wes" }).click();
    await page.getByRole("menuitem", { name: "Leave the workspace" }).click();
    await page.getByRole("button", { name: "Leave the workspace" }).click();
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await account("The Mill").waitFor();

    // A page that is open follows the session by itself, and would cross the step after.
    await page.goto("about:blank");
    await join();
    await page.goto("/dashboard/approvals");
    for (const [from, to] of [
      ["The Shop", "The Mill"],
      ["The Mill", "The Shop"],
    ] as const) {
      await account(from).click();
      await page.getByRole("menuitemradio", { name: to }).click();
      await account(to).waitFor();
    }
    await page.getByRole("navigation").getByRole("link", { name: "Approvals" }).click();
    await page.getByText("Live", { exact: true }).waitFor();
    const removed = await owner.context.request.delete(`/api/dashboard/members/${user.userId}`, {
      headers: { Origin: system.baseUrl },
    });
    expect(removed.ok(), await removed.text()).toBe(true);
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await account("The Mill").waitFor();
    expect(offences).toEqual([]);
    await context.close();
  });
});

describe("signing in", () => {
  it("replaces a forgotten password by mail, and takes a second factor", async () => {
    const { context, page, offences } = await visitor(browser, system.baseUrl);
    const email = "zoe@pages.example.com";
    const signUp = await context.request.post("/api/auth/signup", { data: { email, password } });
    expect(signUp.status()).toBe(201);
    await context.clearCookies();

    await page.goto("/sign-in");
    await page.getByRole("link", { name: "Forgot your password?" }).click();
    await page.getByRole("heading", { name: "Forgot your password?" }).waitFor();
    await page.getByLabel("Email").fill(email);
    await page.getByRole("button", { name: "Send the link" }).click();
    await page.getByRole("link", { name: "outbox" }).click();
    await page.getByText("Choose a new BehalfID password").waitFor();
    const link = page.getByRole("link", { name: /reset-password#/ });
    const token = new URL(await link.innerText()).hash.slice(1);
    await link.click();
    await page.getByRole("heading", { name: "Choose a new password" }).waitFor();
    expect(page.url()).not.toContain(token);
    await page.getByLabel("New password").fill("another horse battery");
    await page.getByRole("button", { name: "Change the password" }).click();
    await page.getByRole("link", { name: "Sign in" }).click();
    await signIn(page, email, "another horse battery");
    await page.getByRole("heading", { name: "Overview" }).waitFor();

    await page.goto("/dashboard/settings/account");
    await page.getByRole("button", { name: "Turn on" }).click();
    await page.getByLabel("Your password").fill("another horse battery");
    await page.getByRole("button", { name: "Go on" }).click();
    await page.getByRole("img", { name: "The secret for your authenticator app" }).waitFor();
    await expectAccessible(page);
    const secret = (await page.getByText(/^[A-Z2-7]{4}( [A-Z2-7]{1,4})+$/).innerText()).replaceAll(" ", "");
    await page.getByLabel("Code").fill(codeOf(secret));
    await page.getByRole("button", { name: "Turn it on" }).click();
    await page.getByRole("heading", { name: "Two-factor is on" }).waitFor();
    const codes = (await page.getByRole("dialog").locator("code").innerText()).trim().split("\n");
    await page.getByRole("button", { name: "I have stored the codes" }).click();
    await page.getByText("10 recovery codes left").waitFor();

    await context.clearCookies();
    await page.goto("/sign-in");
    await signIn(page, email, "another horse battery");
    await page.getByRole("heading", { name: "The code of your app" }).waitFor();
    await page.getByLabel("Code").fill("000000");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("The code is wrong, or was used already.").waitFor();
    await page.getByLabel("Code").fill(codes[0] ?? "");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Overview" }).waitFor();

    await page.goto("/dashboard/settings/account");
    await page.getByText("9 recovery codes left").waitFor();
    await page.getByRole("button", { name: "Turn off" }).click();
    await page.getByLabel("Your password").fill("another horse battery");
    await page.getByRole("button", { name: "Turn two-factor off" }).click();
    await page.getByText("Recommended for everyone who approves.").waitFor();

    await page.goto("/verify-email#not-a-token-of-ours");
    await page.getByRole("button", { name: "Confirm my address" }).click();
    await page.getByText("This link was used, or has expired.").waitFor();
    expect(offences).toEqual([]);
    await context.close();
  });
});

describe("a passport", () => {
  it("says what the agent may do, and keeps its token to itself", async () => {
    const { token, url } = (await call(`/api/dashboard/agents/${agent.agentId}/passport`, {})) as {
      token: string;
      url: string;
    };
    const { context, page, offences } = await visitor(browser, system.baseUrl);
    const carriers: string[] = [];
    page.on("request", (request) => {
      const { pathname } = new URL(request.url());
      const said = `${request.url()} ${JSON.stringify(request.headers())} ${request.postData() ?? ""}`;
      if (said.includes(token)) carriers.push(`${request.method()} ${pathname}`);
    });
    await page.goto(url.replace(/^https?:\/\/[^/]+/, ""));
    await page.getByRole("heading", { level: 1, name: "Deploy bot" }).waitFor();
    await page.getByText("advises and does not enforce").waitFor();
    expect(page.url()).not.toContain(token);
    expect(await page.content()).not.toContain(token);

    for (const [action, vendor, amount, word] of [
      ["deploy", "vercel.com", "", "Would be allowed"],
      ["deploy_production", "vercel.com", "", "Would need approval"],
      ["purchase", "dice.fm", "742", "Would be denied"],
    ] as const) {
      await page.getByLabel("Action").fill(action);
      await page.getByLabel("Vendor or resource").fill(vendor);
      await page.getByLabel("Amount").fill(amount);
      await page.getByRole("button", { name: "Preview the decision" }).click();
      await page.getByText(word).waitFor();
    }
    await expectAccessible(page);
    await page.reload();
    await page.getByRole("heading", { level: 1, name: "Deploy bot" }).waitFor();
    expect(new Set(carriers)).toEqual(
      new Set([`GET /api/passport/${agent.agentId}`, `POST /api/passport/${agent.agentId}`]),
    );
    expect(await call(`/api/dashboard/logs?agentId=${agent.agentId}`)).toMatchObject({
      summary: { total: 6 },
    });

    await page.goto("/sign-in");
    await page.goto(`/passport/${agent.agentId}`);
    await page.getByRole("heading", { name: "This passport needs its whole link" }).waitFor();
    await page.goto(`/passport/${agent.agentId}#bhf_pass_${"A".repeat(43)}`);
    await page.getByText("Missing or invalid passport token.").waitFor();
    expect(offences).toEqual([]);
    await context.close();
  });
});

describe("these pages", () => {
  it("are accessible and whole, wide and narrow, in light and in dark", { timeout: 120_000 }, async () => {
    const { page, offences } = owner;
    const { webhooks } = (await call("/api/dashboard/webhooks")) as { webhooks: { webhookId: string }[] };
    const { token } = (await call(`/api/dashboard/agents/${agent.agentId}/passport`, {})) as {
      token: string;
    };
    const pages: [name: string, path: string, ready: string][] = [
      ["logs", "/dashboard/logs", "6 decisions"],
      ["logs-empty", "/dashboard/logs?q=nothing&risk=low", "No decision passes these filters"],
      ["webhooks", "/dashboard/webhooks", "Active"],
      ["webhook-events", "/dashboard/webhooks?view=events", "approval.requested"],
      ["webhook-dead", "/dashboard/webhooks?view=dead", "No dead letter"],
      ["webhook", `/dashboard/webhooks/${webhooks[0]?.webhookId}`, "Delivered"],
      ["settings", "/dashboard/settings", "Workspace id"],
      ["members", "/dashboard/settings/members", "Ann Example"],
      ["tokens", "/dashboard/settings/tokens", "CI of the shop"],
      ["account", "/dashboard/settings/account", "this session"],
      ["forgot", "/forgot", "Forgot your password?"],
      ["reset-password", "/reset-password#token", "Choose a new password"],
      ["verify-email", "/verify-email#token", "Confirm your address"],
      ["outbox", "/outbox", "Choose a new BehalfID password"],
      ["passport", `/passport/${agent.agentId}#${token}`, "Would it be allowed?"],
    ];
    for (const [name, path, ready] of pages) {
      await page.goto(path);
      await page.locator("main").getByText(ready).first().waitFor();
      for (const look of looks) {
        await wear(page, look);
        await expectNoSidewaysScroll(page);
        await picture(page, name, look);
        // Each theme once and each width once: what axe finds depends on no more.
        if ((look.theme === "light") === (look.width === 1280)) await expectAccessible(page);
      }
    }
    expect(offences).toEqual([]);
  });
});

async function signIn(page: Page, email: string, secret: string): Promise<void> {
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(secret);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Calls the API in the owner's name: a POST with a body, a GET without. */
async function call(path: string, body?: unknown): Promise<unknown> {
  const headers = { Origin: system.baseUrl };
  const response =
    body === undefined
      ? await owner.context.request.get(path)
      : await owner.context.request.post(path, { data: body, headers });
  expect(response.ok(), `${path} answered ${await response.text()}`).toBe(true);
  return response.json();
}

async function verify(request: object): Promise<void> {
  const response = await fetch(`${system.baseUrl}/api/verify`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${agent.apiKey}` },
    body: JSON.stringify({ agentId: agent.agentId, ...request }),
  });
  expect(response.status).toBe(200);
  await response.body?.cancel();
}
