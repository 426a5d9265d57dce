import type {
  CallToolResult,
  InputRequiredResult,
  McpServer,
  ServerContext,
  StandardSchemaWithJSON,
  ToolAnnotations,
} from "@modelcontextprotocol/server";
import type * as z from "zod";
import type { BehalfID } from "../sdk/client.ts";
import { noDecision } from "./no-decision.ts";

/** Whom a call is made for, and with what. */
export type Connection = { client: BehalfID; agentId: string };
export type Connect = () => Connection | Promise<Connection>;

/** A tool as data. */
export type ToolSpec<Input extends z.ZodObject> = {
  name: string;
  title: string;
  description: string;
  input: Input;
  output: z.ZodObject;
  annotations: ToolAnnotations;
};

type Run<Input> = (
  connection: Connection,
  input: Input,
  context: ServerContext,
) => Promise<CallToolResult | InputRequiredResult>;

/**
 * Offers a tool. Whatever goes wrong in a call is answered by `noDecision`, the arguments that break a rule included:
 * the library's own error for those would not say that the action must not be executed.
 */
export function offer<Input extends z.ZodObject>(
  server: McpServer,
  connect: Connect,
  { name, title, description, input, output, annotations }: ToolSpec<Input>,
  run: Run<z.output<Input>>,
): void {
  server.registerTool(
    name,
    { title, description, inputSchema: asGiven(input), outputSchema: output, annotations },
    async (given, context) => {
      try {
        const parsed = input.safeParse(given ?? {});
        if (!parsed.success) return noDecision(new Error(brokenRules(parsed.error)));
        return await run(await connect(), parsed.data, context);
      } catch (error) {
        return noDecision(error);
      }
    },
  );
}

// Shows the schema to clients and leaves the checking to `offer`.
function asGiven(schema: z.ZodObject): StandardSchemaWithJSON<unknown, unknown> {
  const { jsonSchema } = (schema satisfies StandardSchemaWithJSON)["~standard"];
  return { "~standard": { version: 1, vendor: "behalfid", validate: (value) => ({ value }), jsonSchema } };
}

function brokenRules({ issues }: z.ZodError): string {
  const rules = issues.map(({ path, message, code }) => {
    if (code === "unrecognized_keys") return message;
    return `${path.join(".") || "arguments"} ${message}`;
  });
  return `The arguments of this call break a rule: ${rules.join("; ")}.`;
}
