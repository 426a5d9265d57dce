export type KeychainCall = { get: string } | { set: string; secret: string } | { delete: string };
export type KeychainAnswer = { ok: true; secret?: string } | { ok: false };

/** The first argument with which this program answers one keychain call instead of running a command. */
export const keychainArgument = "__keychain";

// A keychain may ask the person to unlock it, so it gets a moment more than a program would need.
const patienceMs = 3000;

/**
 * Whether there may be a keychain at all. On Linux one lives on the desktop's message bus; without it, the kernel's
 * own key store would take a secret and lose it at the next start.
 */
export function mayHaveKeychain(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): boolean {
  if (env["BEHALFID_KEYCHAIN"] === "off" || env["BEHALFID_HOME"]) return false;
  return platform === "darwin" || platform === "win32" || Boolean(env["DBUS_SESSION_BUS_ADDRESS"]);
}

/**
 * Asks the system's keychain, in a process of its own: a keychain that hangs holds a thread that nothing in this
 * process could end, not even its exit. Missing, locked, hanging and broken all answer `ok: false`.
 */
export async function askKeychain(call: KeychainCall, program: string): Promise<KeychainAnswer> {
  const { spawn } = await import("node:child_process");
  const child = spawn(process.execPath, [program, keychainArgument], {
    stdio: ["pipe", "pipe", "ignore"],
    windowsHide: true,
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), patienceMs);
  try {
    const ended = new Promise<boolean>((done) => {
      child.once("error", () => done(false));
      child.once("close", (code) => done(code === 0));
    });
    // By pipe, not by argument: others can see those.
    child.stdin.on("error", () => undefined);
    child.stdin.end(JSON.stringify(call));
    let answer = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (answer += text));
    return (await ended) ? (JSON.parse(answer) as KeychainAnswer) : { ok: false };
  } catch {
    return { ok: false };
  } finally {
    clearTimeout(timer);
  }
}
