import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { exitCodes } from "../failure.ts";
import { flag } from "../inputs.ts";
import { checkConfiguration, checkVersion } from "../doctor/local-checks.ts";
import { checkMcp } from "../doctor/mcp-check.ts";
import type { Check, Finding, Known } from "../doctor/finding.ts";
import { checkAgent, checkPerson, checkServer } from "../doctor/server-checks.ts";
import type { State } from "../output/style.ts";
import { visibleLine } from "../output/visible.ts";

/** In this order: what later ones need, earlier ones find out. */
const checks: readonly Check[] = [
  checkVersion,
  checkConfiguration,
  checkServer,
  checkAgent,
  checkPerson,
  checkMcp,
  async (context, known) => (await import("../doctor/hook-checks.ts")).checkHooks(context, known),
];

const signs: Record<Finding["status"], [sign: string, state: State]> = {
  ok: ["✓", "allowed"],
  warning: ["!", "held"],
  broken: ["✗", "denied"],
  skipped: ["-", "over"],
};

export const doctorCommand = command(
  {
    path: ["doctor"],
    summary: "look for what is wrong, and say how to put it right",
    description:
      "Changes nothing. Exit code 1 when something is broken.\n\nWith --prove it also starts each installed coding agent with a model of its own that calls one tool of each kind, and says which were really blocked, which ran, and which could not be tried. The calls do no harm, and cost nothing.",
    access: "either",
    options: { prove: flag("try the hooks of the installed coding agents, which takes some seconds") },
    examples: ["behalf doctor", "behalf doctor --json", "behalf doctor --prove"],
  },
  async (context, { options }) => {
    const { output } = context;
    const known: Known = { isConfigured: false, isReachable: false };
    const findings: Finding[] = [];
    for (const check of checks) {
      context.signal.throwIfAborted();
      const found = await check(context, known);
      findings.push(...found);
      printFindings(context, found);
      // Without a configuration that can be read, nothing else can be looked at.
      if (check === checkConfiguration && !known.isConfigured) break;
    }
    if (options.prove === true && known.isConfigured) {
      const { proveClients } = await import("../prove/prove-clients.ts");
      const found = await proveClients(context);
      findings.push(...found);
      printFindings(context, found);
    }
    const isWhole = !isBroken(findings);
    output.result({ ok: isWhole, findings }, () =>
      output.next(isWhole ? "Nothing is broken." : "Put right what is marked ✗, then: behalf doctor"),
    );
    return isWhole ? exitCodes.done : exitCodes.failed;
  },
);

function isBroken(findings: readonly Finding[]): boolean {
  return findings.some(({ status }) => status === "broken");
}

function printFindings({ output }: Context, findings: readonly Finding[]): void {
  for (const finding of findings) {
    const [sign, state] = signs[finding.status];
    output.line(`${output.paint(state, sign)} ${finding.check.padEnd(14)} ${visibleLine(finding.detail)}`);
    if ("fix" in finding) output.line(`  ${" ".repeat(14)} fix: ${visibleLine(finding.fix)}`);
  }
}
