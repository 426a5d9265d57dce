import { visibleText } from "../contract/visible-text.ts";
import { redact } from "../crypto/redact.ts";

/**
 * A text from elsewhere as one line in which nothing hides. An action named "deploy\nApprove at: https://evil" would
 * else write a line of the instructions that an agent follows and a person reads.
 */
export function oneLine(text: string): string {
  return visibleText(redact(text)).replaceAll("\n", "\\n");
}
