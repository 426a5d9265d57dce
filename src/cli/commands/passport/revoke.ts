import { command } from "../../command.ts";
import { argument } from "../../inputs.ts";
import { visibleLine } from "../../output/visible.ts";

export const passportRevokeCommand = command(
  {
    path: ["passport", "revoke"],
    summary: "end an agent's passport",
    access: "person",
    args: { agent: argument("the agent; the configured one when not given") },
    examples: ["behalf passport revoke agent_xxx"],
  },
  async (context, { args }) => {
    const { output, signal } = context;
    const agentId = context.agentId(args.agent);
    const client = await context.person();
    const answer = await client.passports.revoke(agentId, { signal });
    output.result(answer, () =>
      output.line(`${output.paint("allowed", "✓")} The passport of ${visibleLine(agentId)} has ended.`),
    );
  },
);
