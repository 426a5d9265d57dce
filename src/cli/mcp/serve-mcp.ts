import { once } from "node:events";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { behalfMcpServer } from "../../mcp/server.ts";
import type { Context } from "../context.ts";
import { visibleLine } from "../output/visible.ts";
import { redact } from "../../crypto/redact.ts";

/** Serves the tools over stdin and stdout until the client closes stdin or ends the process. */
export async function serveMcp(context: Context): Promise<void> {
  const { version, output, signal } = context;
  const { stdin } = output.streams;
  const closed = Promise.race([once(stdin, "end", { signal }), once(stdin, "close", { signal })]);
  const handle = serveStdio(
    () =>
      behalfMcpServer({
        version,
        connect: async () => ({ client: await context.agent(), agentId: context.agentId() }),
      }),
    // stdout is the client's; what is not understood is said beside it.
    { onerror: ({ message }) => output.note(visibleLine(redact(message))) },
  );
  await closed.catch(() => undefined);
  await handle.close();
}
