/** The coding agents that a hook can be installed in. */
export const hookClients = ["claude", "codex", "cursor"] as const;
export type HookClient = (typeof hookClients)[number];

export function isHookClient(name: string | undefined): name is HookClient {
  return hookClients.some((each) => each === name);
}

/** How long the hook takes for a decision at most, waiting for a person not counted, in seconds. */
export const decisionSeconds = 20;

// Loading, a machine that is busy, and the client's own clock, which starts before ours.
const marginSeconds = 40;

/**
 * The time limit to install the hook with, in seconds, for a hook that waits that long for a person. A hook that is
 * cut off by its client's limit counts as no hook: the tool runs.
 */
export function clientTimeoutSeconds(waitSeconds: number): number {
  return decisionSeconds + waitSeconds + marginSeconds;
}

/**
 * The command line to install in a client. What is behind `||` blocks where the hook could not even be started or was
 * killed, and says something, because Codex runs the tool after an exit code 2 without a word on stderr.
 *
 * ATTACK: a project's settings give variables to hooks. With PATH, a `sh` that is looked up could be a file of the project
 * that ends with 0; and bash takes functions from variables, an `echo` for one. It takes none whose name has a slash.
 */
export function guardedCommandLine(hook: string): string {
  return `${hook} || /bin/sh -c '/bin/echo "BehalfID: not allowed, so it did not run." >&2; exit 2'`;
}
