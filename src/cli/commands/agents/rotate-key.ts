import { command } from "../../command.ts";
import { argument, flag, span } from "../../inputs.ts";
import { printIssuedKey, saveAgent } from "../../views/issued-key.ts";

export const agentsRotateKeyCommand = command(
  {
    path: ["agents", "rotate-key"],
    summary: "give an agent a new key, and print it once",
    description:
      "The old key ends at once, or after --overlap. The saved key is replaced when it belongs to this agent.",
    access: "either",
    args: { agent: argument("the agent; the configured one when not given") },
    options: {
      overlap: span("how long the old key stays valid, such as 1h (not at all)"),
      save: flag("keep the agent and its new key as the default"),
    },
    examples: ["behalf agents rotate-key agent_xxx --overlap 1h", "behalf agents rotate-key --save"],
  },
  async (context, { args, options }) => {
    const { output, settings, signal } = context;
    const agentId = context.agentId(args.agent);
    const client = await context.either();
    const overlapSeconds = options.overlap === undefined ? undefined : Math.floor(options.overlap / 1000);
    const made = await client.agents.rotateKey(agentId, { overlapSeconds, signal });
    // The saved key of this agent has just ended, and whoever keeps it wants the one that works.
    const isSaved = settings.agentId?.value === agentId && settings.secrets.placeOf("api-key") !== undefined;
    const saving = options.save === true || isSaved ? saveAgent(context, agentId, made.apiKey) : undefined;
    const saved = await saving?.catch((error: unknown) => {
      output.result(made, () => printIssuedKey(context, made, undefined));
      throw error;
    });
    output.result(made, () => printIssuedKey(context, made, saved));
  },
);
