// A server that speaks MCP over stdio as little as it can: it keeps every byte that reaches it in a file, and answers
// requests with what they asked for. Started by tests, behind a gateway.

import { appendFileSync } from "node:fs";

const [log = "", exitCode = "0"] = process.argv.slice(2);
appendFileSync(log, "");
process.stderr.write(`key: ${process.env["BEHALFID_API_KEY"] ?? "none"}\n`);
process.on("SIGTERM", () => process.exit(5));

let rest = "";
process.stdin.on("data", (chunk: Buffer) => {
  appendFileSync(log, chunk);
  const lines = (rest + chunk.toString()).split("\n");
  rest = lines.pop() ?? "";
  for (const line of lines) answer(line);
});
process.stdin.on("end", () => process.exit(Number(exitCode)));

function answer(line: string): void {
  if (line.trim() === "") return;
  const message = JSON.parse(line) as { id?: unknown; method?: string; params?: { name?: string } };
  if (message.method === "raw") process.stdout.write(Buffer.from('// no JSON \u2028\r\n{ "odd" :  1 }\n\n'));
  if (message.id === undefined || message.method === undefined) return;
  const result = { did: message.params?.name ?? message.method };
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id: message.id, result })}\n`);
}
