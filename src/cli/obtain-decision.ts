import type { AllowedPacket, DecisionPacket } from "../contract/verify.ts";
import { BehalfApprovalRequiredError, BehalfDeniedError } from "../sdk/errors.ts";
import type { VerifyRequest } from "../sdk/verification.ts";
import type { Asker } from "./asker.ts";
import type { Context } from "./context.ts";
import { exitCodes } from "./failure.ts";
import type { Progress } from "./output/progress.ts";
import { visibleLine } from "./output/visible.ts";

/**
 * Asks for a decision, waits for a person where that is wanted, and calls `run` if and only if the answer is allowed.
 * Gives back the packet that decided; throws when there is no decision.
 */
export async function obtainDecision(
  { output, signal }: Context,
  asker: Asker,
  request: VerifyRequest,
  wait: boolean | number,
  run: (packet: AllowedPacket) => void | Promise<void> = () => undefined,
): Promise<DecisionPacket> {
  let progress: Progress | undefined;
  try {
    return await asker.guard(
      request,
      async (packet) => {
        progress?.stop();
        await run(packet);
        return packet;
      },
      {
        wait,
        signal,
        onPending: ({ approvalId, approvalUrl }) => {
          const text = `Waiting for a person: ${approvalId} at ${visibleLine(approvalUrl)}`;
          progress = output.progress(text, { isLong: true });
        },
      },
    );
  } catch (error) {
    if (error instanceof BehalfDeniedError || error instanceof BehalfApprovalRequiredError)
      return error.packet;
    throw error;
  } finally {
    progress?.stop();
  }
}

/** The exit code that says how it was decided. */
export function exitCodeOf(packet: DecisionPacket): number {
  if (packet.allowed) return exitCodes.done;
  return packet.approvalRequired ? exitCodes.approvalRequired : exitCodes.denied;
}
