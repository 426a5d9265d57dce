import { askText } from "../ask.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { argument, type Given } from "../inputs.ts";
import { exitCodeOf, obtainDecision } from "../obtain-decision.ts";
import { requestOf, requestOptions, waitOf, waitOptions } from "../request-options.ts";
import { tracedAgent } from "../traced-agent.ts";
import { printTrace } from "../views/decision-trace.ts";

// Both were asked at once, so this is rarely used up.
const patienceMs = 3000;
const options = { ...requestOptions, ...waitOptions };

export const verifyCommand = command(
  {
    path: ["verify"],
    summary: "ask whether an agent may do something",
    description:
      "Asks with the agent's own key and prints the decision. It runs nothing: act only when the exit code is 0.\nExit codes: 0 allowed, 2 denied, 3 approval required, 1 no decision.",
    access: "agent",
    args: { agent: argument("the agent; the configured one when not given") },
    options,
    examples: [
      "behalf verify --action deploy --vendor vercel.com",
      "behalf verify agent_xxx --action purchase --vendor coachella.com --amount 742",
      "behalf verify --action deploy_production --vendor vercel.com --env production --arg tag=v1.2 --wait",
    ],
  },
  async (context, { args, options }) => {
    const { output, signal } = context;
    const agentId = context.agentId(args.agent);
    const asker = await context.asker();
    const request = requestOf(context, agentId, await completed(context, options));
    const deciding = obtainDecision(context, asker, request, waitOf(options));
    // Only for the trace: it decides nothing, and a decision that is there waits for it a moment at most.
    const known = output.isJson ? undefined : tracedAgent(asker.transport, agentId, context.now(), signal);
    const packet = await deciding;
    const agent = known && (await Promise.race([known, after(patienceMs)]));
    const now = context.now();
    output.result(packet, () => {
      const asked = {
        agentId,
        agentName: agent?.name,
        permissionCount: agent?.permissionCount,
        action: request.action,
        vendor: request.vendor ?? request.resource,
        environment: options.env,
        amount: request.amount,
      };
      printTrace(output, asked, packet, now);
      if (packet.approvalRequired) output.next(`behalf approvals approve ${packet.approvalId}`);
      else if (!packet.allowed) output.next("behalf explain with the same options says which check failed");
    });
    return exitCodeOf(packet);
  },
);

function after(ms: number): Promise<undefined> {
  return new Promise((done) => {
    setTimeout(done, ms, undefined).unref();
  });
}

async function completed(
  { output }: Context,
  options: Given<typeof requestOptions>,
): Promise<Given<typeof requestOptions>> {
  if (options.action !== undefined || !output.isInteractive) return options;
  const action = await askText(output, "Which action?");
  const vendor =
    options.vendor ?? options.resource ?? (await askText(output, "On what or whom? (may be empty)", false));
  return { ...options, action, ...(vendor === "" || options.resource !== undefined ? {} : { vendor }) };
}
