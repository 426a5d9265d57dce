import { reasonText } from "../../contract/reason-text.ts";
import { redact } from "../../crypto/redact.ts";
import { command } from "../command.ts";
import { argument } from "../inputs.ts";
import { visibleLine } from "../output/visible.ts";
import { requestOf, requestOptions } from "../request-options.ts";

const words = { allow: "would be allowed", deny: "would be denied", ask: "would need approval" } as const;
const states = { allow: "allowed", deny: "denied", ask: "held" } as const;

export const explainCommand = command(
  {
    path: ["explain"],
    summary: "say what would be decided, and which check each permission failed",
    description:
      "Records nothing, opens no approval and spends none: it is not permission to act, so its exit code is 0 whatever the answer.",
    access: "agent",
    args: { agent: argument("the agent; the configured one when not given") },
    options: requestOptions,
    examples: [
      "behalf explain --action deploy_production --vendor vercel.com",
      "behalf explain agent_xxx --action write_file --path ./src/app.ts --json",
    ],
  },
  async (context, { args, options }) => {
    const { output } = context;
    const request = requestOf(context, context.agentId(args.agent), options);
    const client = await context.agent();
    const explanation = await client.explain(request, { signal: context.signal });
    output.result(explanation, () => {
      const { decision, trace } = explanation;
      output.facts([
        ["action", visibleLine(redact(request.action))],
        ["DECISION", output.paint(states[decision.outcome], words[decision.outcome])],
        ["reason", decision.reasonCode],
        ["meaning", visibleLine(reasonText(decision.reason))],
        ["permission", decision.permissionId],
      ]);
      if (trace.length === 0) return;
      output.line();
      output.table(
        ["PERMISSION", "ACTION", "RESULT"],
        trace.map((step) => [
          step.permissionId,
          visibleLine(step.action),
          step.matched
            ? `matched${step.requiresApproval ? ", needs approval" : ""}`
            : `failed ${step.failedCheck ?? ""}: ${visibleLine(reasonText(step.reason ?? ""))}`,
        ]),
      );
    });
  },
);
