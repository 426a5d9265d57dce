import { randomInt } from "node:crypto";
import { createServer } from "node:net";

// Below every range from which an operating system hands out ports by itself: one of those could be taken, by any
// connection that is opened, between its choice and its use.
const first = 10_000;
const last = 32_767;
const tries = 100;

/** A port that nobody listens on, and that nobody gets who does not ask for it by its number. */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < tries; tried += 1) {
    const port = randomInt(first, last + 1);
    if (await isFree(port)) return port;
  }
  throw new Error("No port is free.");
}

/** Whether nobody listens on the port of this machine. */
export async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  return new Promise<boolean>((done) => {
    probe.once("error", () => done(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => done(true)));
  });
}
