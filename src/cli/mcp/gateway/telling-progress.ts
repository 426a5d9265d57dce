import { oneLine } from "../../../mcp/one-line.ts";
import type { ProgressToken } from "./read-message.ts";

const tellEveryMs = 5000;
// Each must be more than the one before it, and the server goes on under the same token once the call is made: as
// little as can be leaves it what it begins with.
const step = 1e-6;

/**
 * Tells a client that asked for it, for as long as `waiting` takes, that a call waits for a person. One that gives a
 * call up when it hears nothing would make it again, and be held again.
 */
export async function tellingProgress<T>(
  progressToken: ProgressToken | undefined,
  approvalId: string,
  tell: (message: object) => void,
  waiting: () => Promise<T>,
): Promise<T> {
  if (progressToken === undefined) return waiting();
  const message = `Waiting for a person to decide ${oneLine(approvalId)}.`;
  let told = 0;
  const send = () => {
    const params = { progressToken, progress: ++told * step, message };
    tell({ jsonrpc: "2.0", method: "notifications/progress", params });
  };
  send();
  const timer = setInterval(send, tellEveryMs);
  try {
    return await waiting();
  } finally {
    clearInterval(timer);
  }
}
