import { command } from "../../command.ts";
import { UserError } from "../../failure.ts";
import { argument, flag, text } from "../../inputs.ts";
import { printIssuedKey, saveAgent } from "../../views/issued-key.ts";

export const agentsCreateCommand = command(
  {
    path: ["agents", "create"],
    summary: "make an agent, and print its key once",
    description: "The name is what approvers read when the agent asks: say what it does.",
    access: "person",
    args: { name: argument("its name") },
    options: {
      name: text("NAME", "its name, as an option"),
      description: text("TEXT", "what it is for"),
      save: flag("keep the agent and its key as the default"),
    },
    examples: ['behalf agents create "Deploy bot" --save', 'behalf agents create "Deploy bot" --json'],
  },
  async (context, { args, options }) => {
    if (args.name !== undefined && options.name !== undefined && args.name !== options.name)
      throw new UserError("The agent was given two names.", 'Type: behalf agents create "Deploy bot"');
    const client = await context.person();
    const { signal, output } = context;
    const body = { name: args.name ?? options.name, description: options.description };
    const made = await client.agents.create(body, { signal });
    // The key is in hand and nowhere else: if it cannot be kept, it must still be shown.
    const saving = options.save === true ? saveAgent(context, made.agentId, made.apiKey) : undefined;
    const saved = await saving?.catch((error: unknown) => {
      output.result(made, () => printIssuedKey(context, made, undefined));
      throw error;
    });
    output.result(made, () => {
      printIssuedKey(context, made, saved);
      output.next(`behalf permissions create ${made.agentId} --action deploy --resource vercel.com`);
    });
  },
);
