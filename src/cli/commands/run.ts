import { homedir } from "node:os";
import { command } from "../command.ts";
import { executableOf, shellLine } from "../command-line.ts";
import type { Context } from "../context.ts";
import { reasonText } from "../../contract/reason-text.ts";
import type { DecisionPacket } from "../../contract/verify.ts";
import { UserError } from "../failure.ts";
import { rest, text } from "../inputs.ts";
import { exitCodeOf, obtainDecision } from "../obtain-decision.ts";
import { visibleLine } from "../output/visible.ts";
import { factOptions, factsOf, waitOf, waitOptions } from "../request-options.ts";
import { passOn, runChild, type Ended } from "../run-child.ts";
import { typedCommand } from "../typed-command.ts";

const ourArguments = ["argv", "executable"];

export const runCommand = command(
  {
    path: ["run"],
    summary: "run a command if, and only if, it is allowed",
    description:
      "Asks first; nothing runs without an allow. The approval is bound to the command line, every argument, the file that the command's name stands for (its path, not its content) and the folder, and exactly that is run, without a shell. The environment is passed on and is not bound. The command's exit code is passed on; when it did not run: 2 denied, 3 approval required, 1 no decision.\n\nbehalf run cursor starts Cursor instead: see behalf run cursor --help.",
    access: "agent",
    args: { command: rest("-- and the command, taken as it is", false) },
    options: {
      action: text("ACTION", "the action to ask for (execute_command)"),
      ...factOptions,
      ...waitOptions,
    },
    examples: [
      "behalf run -- npm run deploy",
      "behalf run --wait --env production -- terraform apply plan.out",
      'behalf run --action deploy_production --vendor vercel.com -- sh -c "vercel deploy --prod"',
    ],
  },
  async (context, { args, options }) => {
    const argv = typedCommand(context, args.command, "behalf run");
    const executable = executableOf(argv[0] ?? "", context.cwd, context.env);
    const taken = ourArguments.find((name) => Object.hasOwn(options.arg ?? {}, name));
    if (taken !== undefined)
      throw new UserError(`--arg ${taken} is taken: it holds what is run.`, "Choose another name.");
    const request = {
      agentId: context.agentId(),
      action: options.action ?? "execute_command",
      ...factsOf(options),
      arguments: { ...options.arg, argv, executable },
      policyContext: {
        source: "cli",
        toolName: "behalf run",
        cwd: context.cwd,
        home: homedir(),
        toolInput: { command: shellLine(argv) },
      },
    };
    const asker = await context.asker();
    let ended: Ended | undefined;
    const packet = await obtainDecision(context, asker, request, waitOf(options), async () => {
      // Ctrl-C that came together with the allow.
      context.signal.throwIfAborted();
      ended = await runChild(context, executable, argv);
    });
    if (context.output.isJson) {
      const how = { exitCode: ended?.code ?? null, signal: ended?.signal ?? null };
      context.output.result({ decision: packet, executed: ended !== undefined, ...how }, () => undefined);
      await context.output.streams.flush();
    }
    if (ended !== undefined) return passOn(ended);
    sayNotRun(context, packet);
    return exitCodeOf(packet);
  },
);

function sayNotRun({ output }: Context, packet: DecisionPacket): void {
  const state = packet.approvalRequired ? "held" : "denied";
  output.note(
    `${output.paintNote(state, "✗")} Not run. ${visibleLine(reasonText(packet.reason))} (${packet.reasonCode})`,
  );
  if (packet.approvalRequired)
    output.note(
      `  Approve it: behalf approvals approve ${packet.approvalId}  Then run it again, or use --wait.`,
    );
  else if ("comment" in packet && packet.comment !== undefined)
    output.note(`  The reviewer wrote: ${visibleLine(packet.comment)}`);
  output.note(`  ${output.paintNote("quiet", `request ${packet.requestId}`)}`);
}
