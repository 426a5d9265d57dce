import { command } from "../../command.ts";
import { requiredArgument } from "../../inputs.ts";

export const permissionsRevokeCommand = command(
  {
    path: ["permissions", "revoke"],
    summary: "end a permission",
    description: "From this moment it allows nothing; what waits or was approved under it is void.",
    access: "person",
    args: { permission: requiredArgument("the permission") },
    examples: ["behalf permissions revoke perm_xxx"],
  },
  async (context, { args }) => {
    const { output, signal } = context;
    const client = await context.person();
    const answer = await client.permissions.revoke(args.permission, { signal });
    output.result(answer, () => output.line(`${output.paint("allowed", "✓")} ${args.permission} has ended.`));
  },
);
