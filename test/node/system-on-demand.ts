import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestProject } from "vitest/node";
import { startSystem, type RunningSystem } from "./running-system.ts";

// Every project of the run has its own setup, in the one process that all of them share.
let started: Promise<RunningSystem> | undefined;

/** Starts one system for all test files that need no more than that, when the first of them asks for it. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const server = createServer((_request, response) => {
    started ??= startSystem({ SIGNUP_MODE: "open" });
    started.then(
      ({ baseUrl, port, stateDir }) => response.end(JSON.stringify({ baseUrl, port, stateDir })),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  provide("systemOnDemand", `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  return async () => {
    server.close();
    await started?.then(
      ({ stop }) => stop(),
      () => undefined,
    );
  };
}
