// A server with everything that the protocol has, on the official library, in both eras. Started by tests, behind a
// gateway. What its tools do is one more line in a file.

import { McpServer, acceptedContent, inputRequired } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { appendFileSync, existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";

const [log = ""] = process.argv.slice(2);
const done = (what: string) => {
  appendFileSync(log, `${what}\n`);
  return { content: [{ type: "text" as const, text: what }] };
};

serveStdio(() => {
  const server = new McpServer({ name: "whole", version: "1.0.0" }, { capabilities: { logging: {} } });
  server.registerTool(
    "deploy",
    { inputSchema: z.object({ tag: z.string() }) },
    async ({ tag }, { mcpReq }) => {
      const progressToken = mcpReq._meta?.progressToken;
      if (progressToken !== undefined) {
        await mcpReq.notify({
          method: "notifications/progress",
          params: { progressToken, progress: 1, total: 2, message: "half way" },
        });
        // The official client drops what comes in the same read as the answer.
        while (!existsSync(`${log}.told`)) await sleep(20);
      }
      return done(`deploy ${tag}`);
    },
  );
  const color = z.object({ color: z.string() });
  const question = {
    mode: "form" as const,
    message: "Which color?",
    requestedSchema: {
      type: "object" as const,
      properties: { color: { type: "string" as const } },
      required: ["color"],
    },
  };
  server.registerTool(
    "paint",
    { inputSchema: z.object({ what: z.string() }) },
    async ({ what }, { mcpReq }) => {
      if (mcpReq.envelope === undefined) {
        const answer = await mcpReq.elicitInput(question);
        return done(`paint ${what} ${String(answer.content?.["color"])}`);
      }
      const answer = acceptedContent(mcpReq.inputResponses, "color", color);
      if (answer === undefined)
        return inputRequired({
          inputRequests: { color: inputRequired.elicit(question) },
          requestState: "s1",
        });
      return done(`paint ${what} ${answer.color}`);
    },
  );
  server.registerResource("notes", "notes://all", {}, () => ({
    contents: [{ uri: "notes://all", text: "the notes" }],
  }));
  server.registerPrompt("greet", { argsSchema: z.object({ name: z.string() }) }, ({ name }) => ({
    messages: [{ role: "user", content: { type: "text", text: `Greet ${name}` } }],
  }));
  return server;
});
