// Crons do not fire by themselves locally. The start script keeps the time, and only the server, which has the Worker,
// can fire them: over HTTP any page that finds the port could.

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

const request = "fire crons";
const fired = "crons fired";
const failed = "crons failed";

// Less than a minute: who keeps the time asks again then.
const patienceMs = 50_000;

/**
 * Has a process fire the crons, and waits until they have ended. False when one failed or takes too long, or when the
 * process ended.
 */
export async function fireCrons(child: ChildProcess): Promise<boolean> {
  if (!child.connected) return false;
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, AbortSignal.timeout(patienceMs)]);
  // A request that cannot be sent any more is one to a process that ends.
  child.send(request, () => undefined);
  try {
    const [answer] = (await Promise.race([
      once(child, "message", { signal }),
      once(child, "exit", { signal }),
    ])) as unknown[];
    return answer === fired;
  } catch {
    return false;
  } finally {
    over.abort();
  }
}

/** Fires the crons whenever the parent of this process asks for it. No sweep runs beside another of the same. */
export function fireOnRequest(fire: () => Promise<boolean>): void {
  let firing: Promise<boolean> | undefined;
  process.on("message", (message) => {
    if (message !== request) return;
    firing ??= fire().finally(() => (firing = undefined));
    void firing.then((went) => process.connected && process.send?.(went ? fired : failed));
  });
}
