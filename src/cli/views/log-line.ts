import type { LogItem } from "../../contract/log.ts";
import type { Paint } from "../output/style.ts";
import { momentText } from "../output/times.ts";
import { visibleLine } from "../output/visible.ts";

const widest = "denied (approvalRequired)".length;

/** One decision on record: "req_… → denied (approvalRequired)", then what it was about and when. */
export function logLine(item: LogItem, paint: Paint, now: number): string {
  const verdict = verdictOf(item);
  const state = item.allowed ? "allowed" : item.approvalRequired ? "held" : "denied";
  const about = [
    visibleLine(item.action) + (item.vendor === null ? "" : ` on ${visibleLine(item.vendor)}`),
    ...(item.amount === null ? [] : [String(item.amount)]),
    ...(item.environment === null ? [] : [visibleLine(item.environment)]),
    ...(item.allowed || item.approvalRequired ? [] : [item.reasonCode]),
    ...(item.replayed ? ["answered again"] : []),
    momentText(item.createdAt, now),
  ];
  const gap = " ".repeat(widest - verdict.length + 2);
  return `${item.requestId} → ${paint(state, verdict)}${gap}${paint("quiet", about.join(" · "))}`;
}

function verdictOf({ allowed, approvalRequired }: LogItem): string {
  if (allowed) return "allowed";
  return approvalRequired ? "denied (approvalRequired)" : "denied";
}
