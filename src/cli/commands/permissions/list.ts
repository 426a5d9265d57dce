import { isInForce, standing } from "../../../contract/permission-standing.ts";
import { command } from "../../command.ts";
import { argument, flag } from "../../inputs.ts";
import { momentText } from "../../output/times.ts";
import { visibleLine } from "../../output/visible.ts";

export const permissionsListCommand = command(
  {
    path: ["permissions", "list"],
    summary: "list what an agent may do",
    access: "either",
    args: { agent: argument("the agent; the configured one when not given") },
    options: { all: flag("those that have ended, too") },
    examples: ["behalf permissions list agent_xxx", "behalf permissions list --all --json"],
  },
  async (context, { args, options }) => {
    const { output, signal } = context;
    const agentId = context.agentId(args.agent);
    const client = await context.either();
    const all = await client.permissions.list(agentId, { signal });
    const now = context.now();
    const permissions = options.all === true ? all : all.filter((each) => isInForce(each, now));
    output.result({ permissions }, () => {
      if (permissions.length === 0) {
        output.line(`${visibleLine(agentId)} may do nothing yet.`);
        output.next(
          `behalf permissions create ${visibleLine(agentId)} --action deploy --resource vercel.com`,
        );
        return;
      }
      output.table(
        ["PERMISSION", "ACTION", "RESOURCE", "APPROVAL", "STATUS", "MADE"],
        permissions.map((each) => [
          each.permissionId,
          visibleLine(each.action),
          visibleLine(each.resource ?? "any"),
          each.requiresApproval ? output.paint("held", "needed") : "not needed",
          output.paint(isInForce(each, now) ? "allowed" : "over", standing(each, now)),
          momentText(each.createdAt, now),
        ]),
      );
      output.next(`behalf permissions show ${visibleLine(agentId)} PERMISSION`);
    });
  },
);
