import { text as readText } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { BehalfError, isPassing } from "../../sdk/errors.ts";
import { askSecret, askText } from "../ask.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { UserError } from "../failure.ts";
import { flag, negatable, text } from "../inputs.ts";
import { openBrowser } from "../open-browser.ts";
import { visibleLine } from "../output/visible.ts";

// The server takes five for one password.
const maxCodes = 3;

export const loginCommand = command(
  {
    path: ["login"],
    summary: "sign in",
    description:
      "Shows a code and a page; you confirm the code there, in any browser on any device. The session is kept in the system's keychain, or in a file that only you can read. The address of the first sign-in is kept, where none is set.",
    access: "anyone",
    options: {
      email: text("EMAIL", "sign in with a password instead, as scripts do"),
      passwordStdin: flag("read the password from stdin: its first line; a second one is the code"),
      code: text("CODE", "the code of your authenticator app, or a recovery code, where one is asked for"),
      browser: negatable("open the page in the browser, where there is one"),
    },
    examples: [
      "behalf login",
      "behalf login --base-url http://localhost:8787",
      "behalf login --email you@example.com --password-stdin < password.txt",
      "behalf login --email you@example.com --password-stdin --code 123456 < password.txt",
    ],
  },
  async (context, { options }) => {
    const { output, settings } = context;
    if (options.passwordStdin === true && options.email === undefined)
      throw new UserError("Whose password is it?", "Name them: behalf login --email E --password-stdin");
    if (options.code !== undefined && options.email === undefined)
      throw new UserError("A code goes with a password.", "Name whose: behalf login --email E --code 123456");
    const session =
      options.email === undefined
        ? await byDevice(context, options.browser !== false)
        : await byPassword(context, options.email, options.passwordStdin === true, options.code);
    const { whoIs } = await import("../account-calls.ts");
    const transport = context.transport({ session });
    const user = await whoIs(transport, context.signal);
    const place = await settings.writeSession(session);
    const isAdopted = await settings.adoptBaseUrl(transport.baseUrl);
    const baseUrl = settings.baseUrl.value;
    output.result({ user, baseUrl, sessionKeptIn: place }, () => {
      output.line(`${output.paint("allowed", "✓")} Signed in at ${baseUrl} as ${visibleLine(user.email)}.`);
      output.line(
        place === "keychain"
          ? "  The session is in the system's keychain."
          : `  The session is in ${settings.secrets.file}`,
      );
      if (isAdopted)
        output.line("  Other commands talk to this address too: behalf config set base-url changes it.");
      output.next("behalf agents list");
    });
  },
);

async function byPassword(
  context: Context,
  email: string,
  isOnStdin: boolean,
  codeGiven: string | undefined,
): Promise<string> {
  const { output, signal } = context;
  if (!isOnStdin && !output.isInteractive)
    throw new UserError("There is nobody to ask for the password.", "Give it by --password-stdin.");
  const [password = "", codeOnStdin] = isOnStdin
    ? (await readText(output.streams.stdin)).split(/\r?\n/)
    : [await askSecret(output, `Password of ${visibleLine(email)}`)];
  const { signIn } = await import("../account-calls.ts");
  const step = await signIn(context.transport(), { email, password }, signal);
  if ("session" in step) return step.session;
  const code = codeGiven ?? (codeOnStdin === "" ? undefined : codeOnStdin);
  return bySecondFactor(context, step.challenge, code, !isOnStdin);
}

/** Finishes with a code. A person who mistypes one is asked again; a script has one try. */
async function bySecondFactor(
  context: Context,
  challenge: string,
  given: string | undefined,
  mayAsk: boolean,
): Promise<string> {
  const { output, signal } = context;
  if (given === undefined && !mayAsk)
    throw new UserError(
      "The password is right, and this sign-in asks for a code of your authenticator app too.",
      "Give it by --code 123456, or as a second line on stdin. Or sign in with a browser: behalf login",
    );
  const { finishSignIn } = await import("../account-calls.ts");
  for (let asked = given === undefined ? 1 : maxCodes; ; asked++) {
    const code = given ?? (await askText(output, "Code of your authenticator app, or a recovery code"));
    try {
      const step = await finishSignIn(context.transport(), { challenge, code }, signal);
      if ("session" in step) return step.session;
      throw new UserError("The server asks for yet another code.", "Sign in with a browser: behalf login");
    } catch (error) {
      const isWrong = error instanceof BehalfError && error.code === "INVALID_CODE";
      if (!isWrong || asked >= maxCodes) throw error;
      output.note("That code was not taken. Each is taken once, and only for a minute or so.");
    }
  }
}

async function byDevice(context: Context, mayOpen: boolean): Promise<string> {
  const { output, signal } = context;
  const { pollDevice, requestDevice } = await import("../account-calls.ts");
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
