import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sparticuz from "@sparticuz/chromium";
import axe from "axe-core";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { expect } from "vitest";

export type Look = { theme: "light" | "dark"; width: 1280 | 360 };

export const looks: readonly Look[] = [
  { theme: "light", width: 1280 },
  { theme: "dark", width: 1280 },
  { theme: "light", width: 360 },
  { theme: "dark", width: 360 },
];

/** Where the pictures of a run with PICTURES=1 are. */
export const pictures = join(tmpdir(), "behalf-e2e");

/** A real Chromium, out of the npm package. */
export async function launch(): Promise<Browser> {
  mkdirSync(pictures, { recursive: true });
  return chromium.launch({
    // And none of the package's own flags: they switch off the web's security, and with it the Origin header.
    args: ["--no-sandbox"],
    executablePath: await sparticuz.executablePath(),
    headless: true,
  });
}

/** Everything that no page of ours may ever do. */
export type Offences = string[];

/** A visitor's window. What breaks the rules on the way is collected in `offences`. */
export async function visitor(
  browser: Browser,
  origin: string,
  look: Look = { theme: "light", width: 1280 },
): Promise<{ context: BrowserContext; page: Page; offences: Offences }> {
  const context = await browser.newContext({
    baseURL: origin,
    colorScheme: look.theme,
    viewport: sizeOf(look),
    reducedMotion: "reduce",
  });
  const offences: Offences = [];
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && url.protocol !== "data:") offences.push(`third party: ${request.url()}`);
  });
  context.on("console", (message) => {
    if (/Content Security Policy|violates the following/i.test(message.text()))
      offences.push(`policy: ${message.text()}`);
  });
  context.on("weberror", (error) => offences.push(`error: ${error.error().message}`));
  const page = await context.newPage();
  return { context, page, offences };
}

/** The same page in another window and theme. */
export async function wear(page: Page, look: Look): Promise<void> {
  await page.emulateMedia({ colorScheme: look.theme });
  await page.setViewportSize(sizeOf(look));
}

const sizeOf = ({ width }: Look) => ({ width, height: width === 360 ? 740 : 800 });

/** Fails with every rule that axe finds broken, and where. axe is put into a page once, and says only what is wrong. */
export async function expectAccessible(page: Page): Promise<void> {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    const { axe: inPage } = globalThis as unknown as { axe: typeof axe };
    return (await inPage.run(document, { resultTypes: ["violations"] })).violations;
  });
  const found = violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} (${help}) at ${target.join(" ")}: ${failureSummary}`),
  );
  expect(found).toEqual([]);
}

/** Fails when the page can be scrolled sideways. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const [content, window] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  expect(content).toBeLessThanOrEqual(window ?? 0);
}

/** Keeps a picture of the page for a person to look at, where one is wanted: it takes its time. */
export async function picture(page: Page, name: string, { theme, width }: Look): Promise<void> {
  if (process.env["PICTURES"] === undefined) return;
  await page.screenshot({ path: join(pictures, `${name}-${width}-${theme}.png`), fullPage: true });
}
