import { expect } from "vitest";
import { InstalledBehalf } from "./installed-behalf.ts";
import type { RunningServer } from "./running-server.ts";

/** Someone who has signed in on the command line. `consumer` is where the package is installed. */
export async function signedInBehalf(consumer: string, server: RunningServer, name: string) {
  const behalf = await InstalledBehalf.in(consumer, { BEHALFID_BASE_URL: server.url });
  const account = await server.signUp(name);
  const login = await behalf.run(["login", "--email", account.email, "--password-stdin"], {
    stdin: `${account.password}\n`,
  });
  expect(login).toMatchObject({ status: 0, stderr: "" });
  return { behalf, account };
}

/** The same with an agent that is the default. */
export async function behalfWithAgent(consumer: string, server: RunningServer, name: string) {
  const { behalf, account } = await signedInBehalf(consumer, server, name);
  const made = await behalf.run(["agents", "create", "Coding agent", "--save", "--json"]);
  const { agentId } = JSON.parse(made.stdout) as { agentId: string };
  const create = (options: string) => behalf.typed(`behalf permissions create ${agentId} ${options}`);
  return { behalf, account, agentId, create };
}
