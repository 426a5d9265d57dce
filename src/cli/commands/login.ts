import { text as readText } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { askSecret } from "../ask.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { UserError } from "../failure.ts";
import { flag, negatable, text } from "../inputs.ts";
import { openBrowser } from "../open-browser.ts";
import { visibleLine } from "../output/visible.ts";

export const loginCommand = command(
  {
    path: ["login"],
    summary: "sign in",
    description:
      "Shows a code and a page; you confirm the code there, in any browser on any device. The session is kept in the\nsystem's keychain, or in a file that only you can read.",
    access: "anyone",
    options: {
      email: text("EMAIL", "sign in with a password instead, as scripts do"),
      passwordStdin: flag("read the password from stdin"),
      browser: negatable("open the page in the browser, where there is one"),
    },
    examples: [
      "behalf login",
      "behalf login --base-url http://localhost:8787",
      "behalf login --email you@example.com --password-stdin < password.txt",
    ],
  },
  async (context, { options }) => {
    const { output, settings } = context;
    if (options.passwordStdin === true && options.email === undefined)
      throw new UserError("Whose password is it?", "Name them: behalf login --email E --password-stdin");
    const session =
      options.email === undefined
        ? await byDevice(context, options.browser !== false)
        : await byPassword(context, options.email, options.passwordStdin === true);
    const { whoIs } = await import("../account-calls.ts");
    const user = await whoIs(context.transport({ session }), context.signal);
    const place = await settings.writeSession(session);
    const baseUrl = settings.baseUrl.value;
    output.result({ user, baseUrl, sessionKeptIn: place }, () => {
      output.line(`${output.paint("allowed", "✓")} Signed in at ${baseUrl} as ${visibleLine(user.email)}.`);
      output.line(
        place === "keychain"
          ? "  The session is in the system's keychain."
          : `  The session is in ${settings.secrets.file}`,
      );
      output.next("behalf agents list");
    });
  },
);

async function byPassword(context: Context, email: string, isOnStdin: boolean): Promise<string> {
  const { output } = context;
  if (!isOnStdin && !output.isInteractive)
    throw new UserError("There is nobody to ask for the password.", "Give it by --password-stdin.");
  const password = isOnStdin
    ? (await readText(output.streams.stdin)).replace(/\r?\n$/, "")
    : await askSecret(output, `Password of ${visibleLine(email)}`);
  const { signIn } = await import("../account-calls.ts");
  const { session } = await signIn(context.transport(), { email, password }, context.signal);
  return session;
}

async function byDevice(context: Context, mayOpen: boolean): Promise<string> {
  const { output, signal } = context;
  const { isPassing, pollDevice, requestDevice } = await import("../account-calls.ts");
  const transport = context.transport();
  const asked = await requestDevice(transport, signal);
  const page = asked.verificationUriComplete;
  const isOpened = mayOpen && output.isInteractive && openBrowser(page, context.env);
  // With --json too: without the code nobody could sign in.
  const { stderr } = output.streams;
  stderr.write(`Code:  ${output.paintNote("strong", visibleLine(asked.userCode))}\n`);
  stderr.write(`Page:  ${visibleLine(page)}${isOpened ? "  (opened in your browser)" : ""}\n`);
  stderr.write("Confirm there that it shows this code.\n");

  const until = performance.now() + asked.expiresIn * 1000;
  let everyMs = Math.max(1, asked.interval) * 1000;
  const progress = output.progress("Waiting for you to confirm", { isLong: true });
  try {
    while (performance.now() < until) {
      await sleep(everyMs, undefined, { signal });
      const polled = await pollDevice(transport, asked.deviceCode, signal).catch((error: unknown) => {
        if (!isPassing(error)) throw error;
        everyMs += 1000;
        return { status: "pending" as const, token: undefined };
      });
      if (polled.status === "authorized" && polled.token !== undefined) return polled.token;
      if (polled.status === "denied")
        throw new UserError("The sign-in was refused.", "Start again: behalf login");
      if (polled.status === "expired") break;
    }
  } finally {
    progress.stop();
  }
  throw new UserError("The code has expired.", "Start again: behalf login");
}
