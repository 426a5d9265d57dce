import type { Context } from "../context.ts";
import { executableOf } from "../command-line.ts";
import { UserError } from "../failure.ts";
import { visibleLine } from "../output/visible.ts";
import { passOn, runChild } from "../run-child.ts";
import type { Client } from "./client.ts";
import { prepareProject } from "./prepare-project.ts";

// A person's credential: with it, the agent would approve its own requests.
const personal = ["BEHALFID_DEVELOPER_TOKEN"];

/** Starts a client with its tool calls held, and passes on how it ended. */
export async function startClient(
  context: Context,
  client: Client,
  given: readonly string[],
): Promise<number> {
  const { cwd, env, output, settings } = context;
  const agentId = context.agentId();
  const executable = clientFile(context, client);
  const held = await client.hold(context, executable, given);
  await prepareProject(context, client);
  context.signal.throwIfAborted();
  const server = visibleLine(settings.baseUrl.value);
  output.note(
    `${output.paintNote("allowed", "✓")} Every tool call of ${client.name} is asked for as ${visibleLine(agentId)} at ${server}.`,
  );
  const childEnv = Object.fromEntries(Object.entries(env).filter(([name]) => !personal.includes(name)));
  const { interrupts } = context;
  return passOn(
    await runChild({ cwd, env: childEnv, output, interrupts }, executable, [
      client.program,
      ...held,
      ...client.tell(context),
      ...given,
    ]),
  );
}

/** The file of a client. Throws `UserError` when it is not installed. */
export function clientFile({ cwd, env }: Context, { program, name, install }: Client): string {
  try {
    return executableOf(program, cwd, env);
  } catch {
    throw new UserError(`${name} is not installed: ${program} is not in the PATH.`, install);
  }
}
