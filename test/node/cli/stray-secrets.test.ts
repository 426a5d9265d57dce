import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { refusalText } from "../../../src/cli/hooks/refusal-text.ts";
import { Output } from "../../../src/cli/output/output.ts";
import type { Streams } from "../../../src/cli/output/streams.ts";
import { printTrace } from "../../../src/cli/views/decision-trace.ts";
import { approvalPacketSchema } from "../../../src/contract/verify.ts";
import { newAgentKey } from "../../../src/crypto/secrets.ts";
import { approvalBlock } from "../../../src/mcp/approval-block.ts";
import { approvalRequired } from "../sdk/scripted-server.ts";

// What an agent asked for is said again to people and to the agent itself, whose transcript others read.
it("a key that strayed into a request is not said again", () => {
  const key = newAgentKey();
  const stdout = new PassThrough();
  const output = new Output({ stdout } as unknown as Streams, { NO_COLOR: "1" }, false);
  const packet = approvalPacketSchema.parse(approvalRequired);
  const asked = { agentId: "agent_1", agentName: "Bot", permissionCount: 1, amount: undefined };
  printTrace(output, { ...asked, action: key, vendor: key, environment: key }, packet, 0);
  const said = [
    String(stdout.read()),
    approvalBlock(key, key, packet),
    refusalText(
      { kind: "held", deed: { action: "execute_command", command: `curl -H "x: ${key}"` }, packet },
      "claude",
    ),
  ];
  for (const text of said) {
    expect(text).toContain("bhf_sk_[redacted]");
    expect(text).not.toContain(key);
  }
});
