import { createReadStream, existsSync } from "node:fs";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { exitCodes, UserError } from "../../failure.ts";
import { requiredArgument, text } from "../../inputs.ts";
import { visibleLine } from "../../output/visible.ts";
import type { CheckedLedger } from "../../exported-ledger.ts";

type Head = { seq: number; hash: string };

export const ledgerVerifyCommand = command(
  {
    path: ["ledger", "verify"],
    summary: "check that no entry of a ledger was changed, removed or added",
    description:
      "A file is one that behalf logs --ndjson wrote; it is checked here, without a server, and - reads it from stdin. An agent's ledger is fetched, checked here, and compared with what the server itself finds. Note the head that is printed: with --head, a later check notices entries that were cut off at the newest end.\nExit code 1 when anything is wrong.",
    access: "person",
    args: { source: requiredArgument("an agent, a file, or -") },
    options: {
      head: text("SEQ:HASH", "an entry that was the newest once and has to be there still"),
      after: text("SEQ:HASH", "the entry that the file begins behind (the beginning of the ledger)"),
    },
    examples: [
      "behalf ledger verify agent_xxx",
      "behalf logs agent_xxx --ndjson > ledger.ndjson && behalf ledger verify ledger.ndjson",
    ],
  },
  async (context, { args, options }) => {
    const { output } = context;
    const isAgent = /^agent_[A-Za-z0-9_-]+$/.test(args.source) && !existsSync(args.source);
    const noted = headOf("--head", options.head);
    const { checkExport } = await import("../../exported-ledger.ts");
    const after = headOf("--after", options.after);
    const lines = isAgent ? await fetched(context, args.source) : stored(context, args.source);
    const { ledgers, hasNoted } = await checkExport(lines, { after, noted });
    const problems = isAgent ? await differenceFromServer(context, args.source, ledgers) : [];
    if (noted !== undefined && !hasNoted)
      problems.push(`Entry ${noted.seq} is not the one that was noted: the end was cut off, or rewritten.`);
    const isWhole = problems.length === 0 && ledgers.every(({ firstWrong }) => firstWrong === null);
    output.result({ ok: isWhole, ledgers, problems }, () => {
      if (ledgers.length === 0) output.line("There is no entry in it.");
      for (const ledger of ledgers) printLedger(context, ledger);
      for (const problem of problems) output.line(`${output.paint("denied", "✗")} ${visibleLine(problem)}`);
    });
    return isWhole ? exitCodes.done : exitCodes.failed;
  },
);

function printLedger({ output }: Context, { agentId, entries, head, firstWrong }: CheckedLedger): void {
  const name = visibleLine(agentId === "" ? "the file" : agentId);
  if (firstWrong === null) {
    output.line(`${output.paint("allowed", "✓")} ${name}: all ${entries} entries are whole.`);
  } else {
    const where = firstWrong.seq === null ? `line ${firstWrong.line}` : `entry ${firstWrong.seq}`;
    output.line(`${output.paint("denied", "✗")} ${name}: ${where} is wrong (${firstWrong.problem}).`);
    output.line(`  ${visibleLine(firstWrong.detail)}`);
  }
  if (head.seq > 0) output.line(`  head ${head.seq}:${visibleLine(head.hash)}`);
}

async function fetched(context: Context, agentId: string): Promise<AsyncIterable<string>> {
  const client = await context.person();
  const body = await client.logs.export("ndjson", { agentId }, { signal: context.signal });
  return linesOf(body);
}

function stored({ output }: Context, file: string): AsyncIterable<string> {
  if (file !== "-" && !existsSync(file))
    throw new UserError(
      `There is no file ${file}.`,
      "Make one: behalf logs agent_… --ndjson > ledger.ndjson",
    );
  return linesOf(file === "-" ? output.streams.stdin : createReadStream(file));
}

// Node's own readline tells of a stream that breaks off by an event, which ends the process where nobody listens yet.
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  yield rest + decoder.decode();
}

async function differenceFromServer(
  context: Context,
  agentId: string,
  ledgers: readonly CheckedLedger[],
): Promise<string[]> {
  const client = await context.person();
  const found = await client.logs.verifyLedger(agentId, { signal: context.signal });
  const head = ledgers[0]?.head ?? { seq: 0, hash: "" };
  if (!found.ok)
    return [`The server finds entry ${found.firstWrong?.seq ?? 0} wrong: ${found.firstWrong?.detail ?? ""}`];
  // What was decided since the export makes the server's head a later one.
  if (found.head.seq < head.seq)
    return [`The server's ledger ends with entry ${found.head.seq}, before the export.`];
  if (found.head.seq === head.seq && head.seq > 0 && found.head.hash !== head.hash)
    return [`The server's ledger ends with the hash ${found.head.hash}.`];
  return [];
}

function headOf(option: string, given: string | undefined): Head | undefined {
  if (given === undefined) return undefined;
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(given) ?? [];
  if (seq === undefined || hash === undefined)
    throw new UserError(
      `${option} must be written as SEQ:HASH.`,
      "As behalf ledger verify prints it after head.",
    );
  return { seq: Number(seq), hash };
}
