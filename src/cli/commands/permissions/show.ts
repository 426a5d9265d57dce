import { standing } from "../../../contract/permission-standing.ts";
import { command } from "../../command.ts";
import { findPermission, namedPermission } from "../../find-permission.ts";
import { rest } from "../../inputs.ts";
import { permissionFacts } from "../../views/permission-facts.ts";

export const permissionsShowCommand = command(
  {
    path: ["permissions", "show"],
    summary: "show everything that a permission says",
    access: "either",
    args: { ids: rest("the permission, and its agent when it is not the configured one") },
    examples: ["behalf permissions show agent_xxx perm_xxx", "behalf permissions show perm_xxx"],
  },
  async (context, { args }) => {
    const { output, signal } = context;
    const named = namedPermission(context, args.ids, "behalf permissions show agent_… perm_…");
    const permission = await findPermission(await context.either(), named, signal);
    const now = context.now();
    output.result({ permission }, () =>
      output.facts([
        ["permission", permission.permissionId],
        ["status", standing(permission, now)],
        ["agent", permission.agentId],
        ...permissionFacts(permission, now),
      ]),
    );
  },
);
