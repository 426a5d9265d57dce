import { command } from "../../command.ts";
import type { CaseResult } from "../../../decision/cases.ts";
import { exitCodes } from "../../failure.ts";
import type { Output } from "../../output/output.ts";
import { rest } from "../../inputs.ts";
import { visibleLine } from "../../output/visible.ts";

export const policyTestCommand = command(
  {
    path: ["policy", "test"],
    summary: "decide cases from files, without a server",
    description:
      'Each case says what is asked, what the agent may do, and what the answer has to be. The code that decides is the server\'s own. Exit code 1 when a case comes out otherwise.\n\nA file:\n  {\n    "facts": { "permissions": [{ "action": "deploy", "resource": "vercel.com",\n      "requiresApproval": true }] },\n    "cases": [{\n      "name": "a deploy needs a person",\n      "request": { "action": "deploy", "vendor": "vercel.com" },\n      "expect": { "outcome": "ask", "reasonCode": "requires_approval" }\n    }]\n  }',
    access: "local",
    args: { files: rest("files of cases") },
    examples: ["behalf policy test cases.json", "behalf policy test policies/*.json --json"],
  },
  async ({ output }, { args }) => {
    const { runCaseFile } = await import("../../case-file.ts");
    const files = args.files.map((file) => ({ file, results: runCaseFile(file) }));
    const all = files.flatMap(({ results }) => results);
    const failed = all.filter(({ passed }) => !passed);
    const passedCount = all.length - failed.length;
    output.result({ ok: failed.length === 0, passed: passedCount, failed: failed.length, files }, () => {
      for (const { file, results } of files) {
        const wrong = results.filter(({ passed }) => !passed);
        const count = `${results.length} case${results.length === 1 ? "" : "s"}`;
        const verdict = wrong.length === 0 ? output.paint("allowed", "✓") : output.paint("denied", "✗");
        output.line(
          `${verdict} ${visibleLine(file)}  ${count}${wrong.length === 0 ? "" : `, ${wrong.length} wrong`}`,
        );
        for (const one of wrong) printWrong(output, one);
      }
    });
    return failed.length === 0 ? exitCodes.done : exitCodes.failed;
  },
);

function printWrong(output: Output, { name, expected, decision, trace }: CaseResult): void {
  output.line(`  ${output.paint("denied", "✗")} ${visibleLine(name)}`);
  output.facts(
    [
      ["expected", [expected.outcome, expected.reasonCode, expected.permissionId].filter(Boolean).join(" ")],
      ["decided", [decision.outcome, decision.reasonCode, decision.permissionId].filter(Boolean).join(" ")],
      [
        "checks",
        trace.map(
          ({ permissionId, matched, failedCheck }) =>
            `${permissionId} ${matched ? "matched" : `failed ${failedCheck ?? ""}`}`,
        ),
      ],
    ],
    "    ",
  );
}
