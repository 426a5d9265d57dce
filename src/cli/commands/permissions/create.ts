import { command } from "../../command.ts";
import { argument } from "../../inputs.ts";
import { permissionOf, permissionOptions } from "../../permission-options.ts";
import { visibleLine } from "../../output/visible.ts";

export const permissionsCreateCommand = command(
  {
    path: ["permissions", "create"],
    summary: "give an agent a permission",
    access: "person",
    args: { agent: argument("the agent; the configured one when not given") },
    options: permissionOptions,
    examples: [
      'behalf permissions create agent_xxx --action deploy --resource vercel.com \\\n--allowed "deploy to staging" --blocked "deploy to production"',
      "behalf permissions create agent_xxx --action deploy_production --resource vercel.com --requires-approval",
      "behalf permissions create agent_xxx --action purchase --max-amount 100 --vendors amazon.com --expires 30d",
      'behalf permissions create --action write_file --paths "src/**" --deny-paths "**/.env*"',
    ],
  },
  async (context, { args, options }) => {
    const { output, signal } = context;
    const agentId = context.agentId(args.agent);
    const permission = permissionOf(options, context.now());
    const client = await context.person();
    const made = await client.permissions.create({ agentId, ...permission }, { signal });
    output.result(made, () => {
      const { action, resource, requiresApproval } = permission;
      const about = visibleLine(action) + (resource === undefined ? "" : ` on ${visibleLine(resource)}`);
      const how = requiresApproval === true ? "once a person approves each time" : "by itself";
      output.line(`${output.paint("allowed", "✓")} ${made.permissionId} is active.`);
      output.line(`  ${visibleLine(agentId)} may ${about}, ${how}.`);
      output.next(`behalf permissions list ${visibleLine(agentId)}`);
    });
  },
);
