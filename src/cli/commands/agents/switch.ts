import { command } from "../../command.ts";
import { argument } from "../../inputs.ts";
import { visibleLine } from "../../output/visible.ts";

function switching(verb: "enable" | "disable", summary: string, description: string) {
  return command(
    {
      path: ["agents", verb],
      summary,
      description,
      access: "person",
      args: { agent: argument("the agent; the configured one when not given") },
      examples: [`behalf agents ${verb} agent_xxx`],
    },
    async (context, { args }) => {
      const { output, signal } = context;
      const agentId = context.agentId(args.agent);
      const client = await context.person();
      const agent = await client.agents[verb](agentId, { signal });
      output.result({ agent }, () =>
        output.line(
          `${output.paint("allowed", "✓")} ${visibleLine(agent.name)} (${agent.agentId}) is ${agent.status}.`,
        ),
      );
    },
  );
}

export const agentsEnableCommand = switching(
  "enable",
  "switch an agent on",
  "Its permissions hold again. What was open when it was disabled stays void.",
);

export const agentsDisableCommand = switching(
  "disable",
  "switch an agent off: everything it asks is denied",
  "Everything it asks from now on is denied, and what waits or was approved is void.",
);
