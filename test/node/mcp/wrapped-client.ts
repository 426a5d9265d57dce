import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { join } from "node:path";
import { inject } from "vitest";
import type { Era } from "./mcp-client.ts";

/** The official client and an official server with everything there is, with `behalf mcp wrap` between them. */
export async function wrappedClient(
  era: Era,
  log: string,
  env: Record<string, string>,
  options: string[] = [],
) {
  const client = new Client(
    { name: "test", version: "1.0.0" },
    {
      versionNegotiation: { mode: era === "2026-07-28" ? { pin: era } : "legacy" },
      capabilities: { elicitation: { form: {} } },
    },
  );
  client.setRequestHandler("elicitation/create", () => ({ action: "accept", content: { color: "red" } }));
  const server = [process.execPath, join(import.meta.dirname, "whole-server.ts"), log];
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [inject("program"), "mcp", "wrap", ...options, "--", ...server],
    env: { PATH: process.env["PATH"] ?? "", BEHALFID_KEYCHAIN: "off", ...env },
    stderr: "ignore",
  });
  await client.connect(transport);
  return {
    client,
    async call(name: string, given: Record<string, unknown>, onprogress?: (told: string) => void) {
      const options =
        onprogress === undefined
          ? {}
          : { onprogress: (told: { message?: string }) => onprogress(told.message ?? "") };
      const result = await client.callTool({ name, arguments: given }, options);
      const [first] = result.content;
      return { text: first?.type === "text" ? first.text : "", isError: result.isError === true };
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}
