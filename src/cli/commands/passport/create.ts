import { command } from "../../command.ts";
import { argument } from "../../inputs.ts";
import { visibleLine } from "../../output/visible.ts";

export const passportCreateCommand = command(
  {
    path: ["passport", "create"],
    summary: "make a link that shows what an agent may do",
    description:
      "The link is printed once, and an earlier one ends. It advises and enforces nothing: whoever has it can read what the agent may do.",
    access: "person",
    args: { agent: argument("the agent; the configured one when not given") },
    examples: ["behalf passport create agent_xxx"],
  },
  async (context, { args }) => {
    const { output, signal } = context;
    const agentId = context.agentId(args.agent);
    const client = await context.person();
    const made = await client.passports.create(agentId, { signal });
    output.result(made, () => {
      output.facts([
        ["agent", made.agentId],
        ["link", `${visibleLine(made.url)}  (shown once)`],
      ]);
      output.next(`behalf passport revoke ${made.agentId}`);
    });
  },
);
