import { command } from "../command.ts";
import { hookClients } from "../hooks/hook-clients.ts";
import { serveHook } from "../hooks/serve-hook.ts";
import { requiredArgument, span, text, wholeNumber } from "../inputs.ts";

export const hookCommand = command(
  {
    path: ["hook"],
    summary: "decide one tool call of a coding agent, before it runs",
    description:
      "Coding agents start it before each tool call, with the call as JSON on stdin. Exit code 0 and nothing against it if and only if the call is allowed; otherwise 2, which blocks it, with the reason on stderr for the agent to read. No settings, no network, an error, a timeout: 2. behalf claude, behalf codex and behalf run cursor install it.",
    access: "local",
    args: { client: requiredArgument("whose hook it is", hookClients) },
    options: {
      waitFor: span("wait for a person's approval at most this long, such as 5m; not at all when not given"),
      timeout: wholeNumber("SECONDS", "how long a decision may take without the waiting (20)", 20),
      baseUrl: text("URL", "where BehalfID answers, whatever the environment says"),
      agentId: text("AGENT", "the agent, whatever the environment says"),
    },
    examples: ["behalf hook claude", "behalf hook codex --wait-for 5m --agent-id agent_xxx"],
  },
  // Reached only where main did not take it first: as the same hook, with the same end.
  async ({ argv }) => serveHook(argv.slice(1), process.argv[1] ?? ""),
);
