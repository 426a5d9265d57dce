import { NoDecision } from "./no-decision.ts";

/** A file that is written whole comes along; what is larger than any file that an agent writes does not. */
const maxBytes = 4 * 1024 * 1024;

/** All of stdin as text. Throws NoDecision for what is too large or is not UTF-8. */
export async function readStdin(stdin: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stdin) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes)
      throw new NoDecision(`The tool call is larger than ${maxBytes} bytes.`, "Split it into smaller ones.");
    chunks.push(chunk);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new NoDecision("The tool call is not UTF-8.");
  }
}
