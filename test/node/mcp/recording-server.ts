// A server that speaks MCP over stdio as little as it can: it keeps every byte that reaches it in a file, and answers
// requests with what they asked for: the tool ask with a question of its own, the tool silent never. Started by tests,
// behind a gateway.

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

type Params = { name?: string; inputResponses?: unknown };
const question = { resultType: "input_required", inputRequests: { color: {} }, requestState: "s1" };

function answer(line: string): void {
  if (line.trim() === "") return;
  const message = JSON.parse(line) as { id?: unknown; method?: string; params?: Params };
  if (message.method === "raw") process.stdout.write(Buffer.from('// no JSON \u2028\r\n{ "odd" :  1 }\n\n'));
  if (message.id === undefined || message.method === undefined) return;
  const { name, inputResponses } = message.params ?? {};
  if (name === "silent") return;
  const isAsking = name === "ask" && inputResponses === undefined;
  const result = isAsking ? question : { did: name ?? message.method };
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id: message.id, result })}\n`);
}
