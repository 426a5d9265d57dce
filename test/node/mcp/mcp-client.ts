import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { inject } from "vitest";

export const eras = ["2026-07-28", "2025-11-25"] as const;
export type Era = (typeof eras)[number];

type Opened = { url: string; message: string };

/** The official client, connected over stdio to `behalf mcp start` in one of the protocol's eras. */
export async function mcpClient(
  era: Era,
  env: Record<string, string>,
  { opens, args = [] }: { opens?: (opened: Opened) => void; args?: string[] } = {},
) {
  const client = new Client(
    { name: "test", version: "1.0.0" },
    {
      versionNegotiation: { mode: era === "2026-07-28" ? { pin: era } : "legacy" },
      capabilities: opens === undefined ? {} : { elicitation: { url: {} } },
    },
  );
  if (opens !== undefined)
    client.setRequestHandler("elicitation/create", ({ params }) => {
      if (params.mode === "url") opens({ url: params.url, message: params.message });
      return { action: "accept" };
    });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [inject("program"), "mcp", "start", ...args],
    env: { PATH: process.env["PATH"] ?? "", BEHALFID_KEYCHAIN: "off", ...env },
    stderr: "ignore",
  });
  await client.connect(transport);
  return {
    client,
    async call(name: string, given: Record<string, unknown> = {}, onprogress?: (told: string) => void) {
      const options =
        onprogress === undefined
          ? {}
          : { onprogress: (told: { message?: string }) => onprogress(told.message ?? "") };
      const result = await client.callTool({ name, arguments: given }, options);
      const [first] = result.content;
      const text = first?.type === "text" ? first.text : "";
      return { text, packet: result.structuredContent as Record<string, unknown> | undefined, result };
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}
