import { forgetOldMail } from "./db/mail-outbox.ts";
import { drainOutbox } from "./db/outbox.ts";
import { sweepSignIns } from "./db/people.ts";
import { endStaleGrants } from "./gates/sweep.ts";
import { sweepWebhooks } from "./webhooks/sweep.ts";

/**
 * What the clock does every minute: finishes what a request could not, because something failed or it was
 * killed in between. Each part runs whatever becomes of the others; a failure is reported and tried again.
 */
export async function sweep(env: Env, now: number): Promise<void> {
  const results = await Promise.allSettled([
    drainOutbox(env),
    endEveryStaleGrant(env, now),
    sweepWebhooks(env, now),
    sweepSignIns(env.DB, now),
    forgetOldMail(env.DB, now),
  ]);
  const failures = results.flatMap((each) => (each.status === "rejected" ? causesOf(each.reason) : []));
  if (failures.length > 0) throw new Error(`The sweep failed in part: ${failures.join("; ")}`);
}

async function endEveryStaleGrant(env: Env, now: number): Promise<void> {
  const { failures } = await endStaleGrants(env, now);
  if (failures.length === 0) return;
  const errors = failures.map(
    ({ agentId, permissionId, error }) =>
      new Error(`The gate of ${permissionId} for ${agentId} could not be told: ${String(error)}`),
  );
  throw new AggregateError(errors, "Some gates could not be told.");
}

// What an AggregateError says of itself names none of them.
function causesOf(reason: unknown): string[] {
  return reason instanceof AggregateError ? reason.errors.flatMap(causesOf) : [String(reason)];
}
