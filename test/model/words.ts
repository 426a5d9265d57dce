import { type Deed, type Round, tricks } from "./deeds.ts";
import type { Call, Seen } from "./reference-state.ts";

/** How a round goes, in words. */
export function wordsOfOrder(round: Round): string {
  if (!("deeds" in round)) return "time passes:";
  return round.order === "at once" ? "all at once:" : "by turns:";
}

/** A call in words, and what becomes of its answer. */
export function wordsOfCall(call: Call, deed: Deed): string {
  const { fate } = deed;
  if (fate === "answered") return wordsOf(call, deed);
  const how = fate === "lost" ? "the answer is lost" : `the Worker dies at step ${fate.atStep}`;
  return `${wordsOf(call, deed)} (${how})`;
}

function wordsOf(call: Call, deed: Deed): string {
  switch (call.do) {
    case "verify":
      return `${deed.do === "retry" ? "retries" : "asks for"} "${call.intent}"${call.key === null ? "" : ` with key ${call.key}`}`;
    case "approve":
    case "deny":
      return `its owner ${call.do === "approve" ? "approves" : "denies"} ${call.approval}`;
    case "revoke":
      return `its owner revokes ${call.permission}`;
    case "replace":
    case "permit": {
      const lasts = call.endsAt === null ? "" : " for 10 minutes";
      const what = `"${call.action}"${call.isGated ? " with approval" : ""}${lasts}`;
      return call.do === "permit"
        ? `its owner permits ${what}`
        : `its owner replaces ${call.permission} by ${what}`;
    }
    case "disable":
    case "enable":
      return `its owner ${call.do}s it`;
    case "intrude":
      return deed.do === "intrude" ? (tricks()[deed.trick] ?? "") : "";
    case "look":
      return "its owner looks";
  }
}

/** What was answered, in words. */
export function wordsOfSeen(seen: Seen): string {
  switch (seen.kind) {
    case "allowed":
    case "denied":
    case "asked": {
      const again = seen.isReplay ? ", again" : "";
      const what = seen.kind === "asked" ? `must wait for ${seen.approval}` : `${seen.kind}: ${seen.reason}`;
      return `${what}${again} (${seen.request})`;
    }
    case "done":
      return `done${seen.permission === undefined ? "" : `: ${seen.permission}`}`;
    case "conflict":
      return "409, the key is another request's";
    case "refused":
      return "refused";
    case "listing":
      return "a list";
    case "lost":
      return "no answer that says anything";
  }
}
