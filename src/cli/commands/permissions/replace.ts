import { command } from "../../command.ts";
import { UserError } from "../../failure.ts";
import { findPermission, namedPermission } from "../../find-permission.ts";
import { list, rest } from "../../inputs.ts";
import { clearable, permissionOf, permissionOptions } from "../../permission-options.ts";

export const permissionsReplaceCommand = command(
  {
    path: ["permissions", "replace"],
    summary: "put a changed permission in the place of one",
    description:
      "A permission never changes; this makes a new one and ends the old one, in one step. What is not named stays as it is, so that nothing is loosened by forgetting it. What was open under the old one is void.",
    access: "person",
    args: { ids: rest("the permission, and its agent when it is not the configured one") },
    options: { ...permissionOptions, clear: list("A,B", `what to take away: ${clearable.join(", ")}`) },
    examples: [
      "behalf permissions replace agent_xxx perm_xxx --max-amount 200",
      "behalf permissions replace perm_xxx --no-requires-approval --clear vendors,expires",
    ],
  },
  async (context, { args, options }) => {
    const { output, signal } = context;
    const unknown = options.clear?.find((name) => !clearable.includes(name));
    if (unknown !== undefined)
      throw new UserError(`${unknown} cannot be taken away.`, `What can: ${clearable.join(", ")}`);
    const named = namedPermission(
      context,
      args.ids,
      "behalf permissions replace agent_… perm_… --max-amount 200",
    );
    const client = await context.person();
    const present = await findPermission(client, named, signal);
    const permission = permissionOf(options, context.now(), present, options.clear);
    const made = await client.permissions.replace(named.agentId, named.permissionId, permission, { signal });
    output.result({ ...made, replaces: named.permissionId }, () => {
      output.line(
        `${output.paint("allowed", "✓")} ${made.permissionId} is active in the place of ${named.permissionId}.`,
      );
      output.next(`behalf permissions show ${named.agentId} ${made.permissionId}`);
    });
  },
);
