import { gzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sharedSystem, type SharedSystem } from "../node/shared-system.ts";
import {
  expectAccessible,
  expectNoSidewaysScroll,
  launch,
  looks,
  picture,
  visitor,
  wear,
} from "./browser.ts";

const firstPageBytes = 150 * 1024;
const password = "correct horse battery";

const docs = [
  ["quickstart", "Quickstart"],
  ["concepts", "Concepts"],
  ["sdk", "SDK"],
  ["cli", "Command line"],
  ["mcp", "MCP"],
  ["webhooks", "Webhooks"],
  ["troubleshooting", "Troubleshooting"],
] as const;

let system: SharedSystem;
let browser: Browser;

beforeAll(async () => {
  [system, browser] = await Promise.all([sharedSystem(), launch()]);
}, 120_000);

afterAll(async () => {
  await browser?.close();
});

describe("the first page", () => {
  it("loads under 150 KiB of compressed JavaScript, and nothing from anyone else", async () => {
    const { context, page, offences } = await visitor(browser, system.baseUrl);
    const scripts: Promise<Buffer>[] = [];
    page.on("response", (response) => {
      if (response.request().resourceType() === "script") scripts.push(response.body());
    });
    await page.goto("/", { waitUntil: "networkidle" });
    await page.getByRole("heading", { level: 1 }).waitFor();
    const bodies = await Promise.all(scripts);
    const compressed = bodies.reduce((sum, body) => sum + gzipSync(body, { level: 9 }).length, 0);
    console.log(`First page: ${(compressed / 1024).toFixed(1)} KiB of JavaScript in ${bodies.length} files.`);
    expect(bodies.length).toBeGreaterThan(1);
    expect(compressed).toBeLessThan(firstPageBytes);
    expect(offences).toEqual([]);
    await context.close();
  });
});

describe("the sandbox", () => {
  it("decides each scenario, and what the visitor makes of it", async () => {
    const { context, page, offences } = await visitor(browser, system.baseUrl);
    const calls: string[] = [];
    page.on("request", (request) => calls.push(new URL(request.url()).pathname));
    await page.goto("/#sandbox");
    await page.locator("#sandbox").scrollIntoViewIfNeeded();
    const expected: [scenario: string, word: string, reasonCode: string][] = [
      ["Staging deploy", "Allowed", "allowed"],
      ["Production deploy", "Approval required", "requires_approval"],
      ["Purchase, no permission", "Denied", "no_permission"],
      ["Blocked action", "Denied", "action_blocked"],
      ["Expired", "Denied", "permission_expired"],
      ["Over the limit", "Denied", "amount_exceeded"],
      ["Wrong vendor", "Denied", "vendor_not_allowed"],
    ];
    const verdict = page.locator("#sandbox [aria-live=polite]");
    for (const [scenario, word, reasonCode] of expected) {
      await page.getByRole("button", { name: scenario, exact: true }).click();
      await verdict.getByText(word, { exact: true }).waitFor();
      await verdict.getByText(reasonCode, { exact: true }).waitFor();
    }

    const request = page.getByLabel("What the agent asks");
    await request.fill(`{"action": "purchase", "vendor": "dice.fm", "amount": 500}`);
    await verdict.getByText("Allowed", { exact: true }).waitFor();
    await request.fill(`{"action": "purchase", "amount": -1}`);
    await page.getByText("amount must be 0 or more.").waitFor();
    await request.fill(`{"action": `);
    await page.getByText("This is not JSON.").waitFor();
    await page
      .getByLabel("What you permitted")
      .fill(`[{"action": "purchase", "constraints": {"maxAmount": "a lot"}}]`);
    await page
      .getByText("0.constraints.maxAmount must be a number.")
      .or(page.getByText("This is not JSON."))
      .first()
      .waitFor();
    await page.getByRole("button", { name: "Reset" }).click();
    await verdict.getByText("vendor_not_allowed").waitFor();

    expect(calls.filter((path) => path.startsWith("/api"))).toEqual([]);
    expect(offences).toEqual([]);
    await context.close();
  });
});

describe("signing up and in", () => {
  it("opens the dashboard, closes it again, and comes back to where it was", async () => {
    const { context, page, offences } = await visitor(browser, system.baseUrl);
    await page.goto("/dashboard?from=mail");
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.getByRole("link", { name: "Create an account" }).click();
    await page.getByRole("heading", { name: "Create an account" }).waitFor();

    await page.getByLabel("Email").fill("ann@example");
    await page.getByLabel("Password").fill("short");
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByText("Must be an email address.").waitFor();
    await page.getByText("Must have at least 8 characters.").waitFor();

    const email = "ann@site.example.com";
    await page.getByLabel("Name").fill("Ann");
    await page.getByLabel("Email").fill(email);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    expect(new URL(page.url()).search).toBe("?from=mail");
    await page.getByText("No agent yet").waitFor();

    await page.getByRole("button", { name: "Account: Ann", exact: false }).click();
    await page.getByRole("menuitemradio", { name: "Dark" }).click();
    expect(await page.evaluate(() => document.documentElement.dataset["theme"])).toBe("dark");
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keyboard" }).waitFor();
    await page.keyboard.press("Escape");

    await page.getByRole("button", { name: "Account: Ann", exact: false }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.goto("/dashboard");
    await page.getByRole("heading", { name: "Sign in" }).waitFor();

    await page.getByLabel("Email").fill(email);
    await page.getByLabel("Password").fill("not the password");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("The email or the password is wrong.").waitFor();
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    expect(offences).toEqual([]);
    await context.close();
  });

  it("never leads to another site", async () => {
    const { context, page, offences } = await visitor(browser, system.baseUrl);
    await signUp(page, "bea@site.example.com");
    for (const next of [
      "https://evil.example/",
      "//evil.example/",
      "/\\evil.example",
      "/%09/evil.example",
      "javascript:alert(1)",
    ]) {
      await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
      await page.getByRole("heading", { name: /Overview|Nothing is here/ }).waitFor();
      expect(new URL(page.url()).origin).toBe(system.baseUrl);
    }
    expect(offences).toEqual([]);
    await context.close();
  });
});

describe("a device", () => {
  it("is answered by a click and not by the link", async () => {
    const { context, page, offences } = await visitor(browser, system.baseUrl);
    await signUp(page, "cem@site.example.com");
    for (const [answer, status] of [
      ["Refuse", "denied"],
      ["Sign in this device", "authorized"],
    ] as const) {
      const device = await post("/api/auth/device/request", {});
      await page.goto(
        new URL(device["verificationUriComplete"] ?? "").pathname +
          new URL(device["verificationUriComplete"] ?? "").search,
      );
      await page.getByText(device["userCode"] ?? "").waitFor();
      await page.getByText("cem@site.example.com").waitFor();
      expect(await post("/api/auth/device/poll", { deviceCode: device["deviceCode"] })).toEqual({
        status: "pending",
      });
      await page.getByRole("button", { name: answer }).click();
      await page
        .getByRole("heading", {
          name: status === "denied" ? "The device stays out" : "The device is signed in",
        })
        .waitFor();
      expect(await post("/api/auth/device/poll", { deviceCode: device["deviceCode"] })).toMatchObject({
        status,
      });
    }
    await page.goto("/device");
    await page.getByLabel("Code").fill("zzzz-zzzz");
    await page.getByRole("button", { name: "Go on" }).click();
    await page.getByRole("button", { name: "Sign in this device" }).click();
    await page.getByText("No device waits with this code").waitFor();
    expect(offences).toEqual([]);
    await context.close();
  });
});

describe("the documentation", () => {
  it("leads from page to page and to its sections, and every link of it leads somewhere", async () => {
    const { context, page, offences } = await visitor(browser, system.baseUrl);
    await page.goto("/docs");
    const links = new Set<string>();
    for (const [slug, title] of docs) {
      await page.getByRole("navigation", { name: "Documentation" }).getByText(title, { exact: true }).click();
      await page.getByRole("heading", { level: 1, name: title }).waitFor();
      expect(new URL(page.url()).pathname).toBe(`/docs/${slug}`);
      for (const link of await page.locator("article a").all())
        links.add(new URL((await link.getAttribute("href")) ?? "", page.url()).href);
    }
    for (const link of links) {
      const { origin, pathname, hash } = new URL(link);
      expect(origin).toBe(system.baseUrl);
      await page.goto(pathname + hash);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await expect(page.getByText("Nothing is here").count()).resolves.toBe(0);
      if (hash !== "") await page.locator(`[id="${hash.slice(1)}"]`).waitFor();
    }
    expect(links.size).toBeGreaterThan(20);
    expect(offences).toEqual([]);
    await context.close();
  });
});

describe("every page", () => {
  it("is accessible and whole, wide and narrow, in light and in dark", { timeout: 120_000 }, async () => {
    const owner = await visitor(browser, system.baseUrl);
    await signUp(owner.page, "dee@site.example.com");
    const invited = await owner.page.evaluate(async () => {
      const response = await fetch("/api/dashboard/invitations", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ email: "eve@site.example.com", roles: ["approver", "developer"] }),
      });
      return ((await response.json()) as { invitation: { link: string } }).invitation.link;
    });
    const { cookies } = await owner.context.storageState();
    const invitation = new URL(invited).pathname;
    const pages: [name: string, path: string, ready: string, isSignedIn: boolean][] = [
      ["landing", "/", "Permission checks before AI agents act.", false],
      ["sign-in", "/sign-in", "Sign in", false],
      ["sign-up", "/sign-up", "Create an account", false],
      ["invitation", invitation, "You are invited", false],
      ["not-found", "/no/such/page", "Nothing is here", false],
      ...docs.map(([slug, title]): [string, string, string, boolean] => [
        `docs-${slug}`,
        `/docs/${slug}`,
        title,
        false,
      ]),
      ["device", "/device?userCode=BCDF-GHJK", "Sign in this device?", true],
      ["overview", "/dashboard", "Overview", true],
    ];
    const { context, page, offences } = await visitor(browser, system.baseUrl);
    for (const [name, path, ready, isSignedIn] of pages) {
      await (isSignedIn ? context.addCookies(cookies) : context.clearCookies());
      await page.goto(path);
      await page.getByRole("heading", { level: 1, name: ready }).waitFor();
      if (name === "landing") {
        await page.locator("#sandbox").scrollIntoViewIfNeeded();
        await page.getByLabel("What the agent asks").waitFor();
      }
      if (name.startsWith("docs")) await page.locator("article").waitFor();
      if (name === "overview") await page.getByText("No agent yet").waitFor();
      for (const look of looks) {
        await wear(page, look);
        await expectNoSidewaysScroll(page);
        await picture(page, name, look);
        // The widths differ in what is shown and the themes in contrast: two of the four see both.
        if ((look.width === 360) === (look.theme === "dark")) await expectAccessible(page);
      }
    }
    expect(offences).toEqual([]);
    await context.close();
    await owner.context.close();
  });
});

async function signUp(page: Page, email: string): Promise<void> {
  await page.goto("/sign-up");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("heading", { name: "Overview" }).waitFor();
}

async function post(path: string, body: unknown): Promise<Record<string, string>> {
  const response = await fetch(system.baseUrl + path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  return (await response.json()) as Record<string, string>;
}
