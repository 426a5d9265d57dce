import { once } from "node:events";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { expect, it } from "vitest";
import { freePort, isFree } from "../../src/local/free-port.ts";

const ours = Object.values(networkInterfaces()).flatMap((found = []) => found.map(({ address }) => address));

/** Listens there, and answers how to stop. */
async function listen(port: number, address: string): Promise<() => Promise<void>> {
  const server = createServer().listen(port, address);
  await once(server, "listening");
  return async () => {
    server.close();
    await once(server, "close");
  };
}

it.each(["127.0.0.1", "::1"])("a port on which somebody listens at %s is not free", async (address) => {
  const port = await freePort();
  // On a machine without the address nobody can listen there, and its ports are free.
  const canListen = ours.includes(address);
  const close = canListen ? await listen(port, address) : undefined;
  expect(await isFree(port)).toBe(!canListen);
  await close?.();
  expect(await isFree(port)).toBe(true);
});

it("every address is asked, but for those that the machine does not have", async () => {
  const port = await freePort();
  // The first is kept for documents and is nobody's.
  const addresses = ["192.0.2.1", "127.0.0.1"];
  const close = await listen(port, "127.0.0.1");
  expect(await isFree(port, addresses)).toBe(false);
  await close();
  expect(await isFree(port, addresses)).toBe(true);
});
