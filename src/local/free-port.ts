import { randomInt } from "node:crypto";
import { createServer } from "node:net";

// Below every range from which an operating system hands out ports by itself: one of those could be taken, by any
// connection that is opened, between its choice and its use.
const first = 10_000;
const last = 32_767;
const tries = 100;

/** What `localhost` may mean. */
const loopback = ["127.0.0.1", "::1"];

/** A port that nobody listens on, and that nobody gets who does not ask for it by its number. */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < tries; tried += 1) {
    const port = randomInt(first, last + 1);
    if (await isFree(port)) return port;
  }
  throw new Error("No port is free.");
}

/**
 * Whether nobody listens on the port of this machine, at any of these addresses. A server at either address of
 * `localhost` gets the keys and cookies of those who ask that one first.
 */
export async function isFree(port: number, addresses: readonly string[] = loopback): Promise<boolean> {
  for (const address of addresses) if (!(await isFreeAt(address, port))) return false;
  return true;
}

async function isFreeAt(address: string, port: number): Promise<boolean> {
  const probe = createServer();
  return new Promise<boolean>((done) => {
    probe.once("error", ({ code }: NodeJS.ErrnoException) => done(isMissing(code)));
    probe.listen(port, address, () => probe.close(() => done(true)));
  });
}

// Nobody listens at an address that the machine does not have, and many have no IPv6.
function isMissing(code: string | undefined): boolean {
  return code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT";
}
