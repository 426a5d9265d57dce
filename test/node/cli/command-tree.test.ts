import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { commandsAlone, invocationAlone } from "../../../src/cli/alone.ts";
import type { Command } from "../../../src/cli/command.ts";
import { shellLine } from "../../../src/cli/command-line.ts";
import { commands, nouns } from "../../../src/cli/commands.ts";
import { bashCompletion } from "../../../src/cli/completion/bash.ts";
import { fishCompletion } from "../../../src/cli/completion/fish.ts";
import { zshCompletion } from "../../../src/cli/completion/zsh.ts";
import { visibleLine } from "../../../src/cli/output/visible.ts";
import { readPlainLine } from "../../../src/cli/plain-line.ts";
import { parseCommandLine } from "../../../src/cli/program.ts";
import { visibleText } from "../../../src/contract/visible-text.ts";

const tree = { commands, nouns };
const nameOf = ({ spec }: Command) => spec.path.join(" ");
const parse = (argv: readonly string[]) => {
  let help = "";
  const write = (text: string) => void (help += text);
  return { invocation: parseCommandLine(argv, tree, { version: "1.2.3", write }), help };
};

// What bash makes of an example: its first command's words, without what a shell does around them.
function wordsOf(example: string): string[] {
  const first = example.replaceAll("\\\n", " ").split(/ (?:&&|<|>|\||#) /)[0] ?? "";
  const { stdout } = spawnSync("bash", ["-fc", `printf '%s\\0' ${first}`], { encoding: "utf8" });
  return stdout.split("\0").slice(0, -1);
}

describe("every command", () => {
  test.each(commands.map((each) => [nameOf(each), each] as const))(
    "behalf %s has help with examples, and each of them is read as this command",
    (name, command) => {
      const { invocation, help } = parse([...command.spec.path, "--help"]);
      expect(invocation).toEqual({ exitCode: 0 });
      expect(help).toContain(`Usage: behalf ${name}`);
      expect(help).toMatch(/\nExamples:\n {2}\$ /);
      expect(command.spec.examples.length).toBeGreaterThan(0);
      const own = command.spec.examples.filter((example) => example.startsWith(`behalf ${name}`));
      for (const example of own) {
        const read = parse(wordsOf(example).slice(1)).invocation;
        expect("command" in read ? read.command : undefined, example).toBe(command);
      }
      for (const example of command.spec.examples) expect(example).toContain(`behalf ${name}`);
    },
  );

  test("is listed once, under a noun that says what it is about", () => {
    expect(new Set(commands.map(nameOf)).size).toBe(commands.length);
    const used = commands.flatMap(({ spec }) => (spec.path.length === 2 ? [spec.path[0]] : []));
    expect(new Set(used)).toEqual(new Set(Object.keys(nouns)));
    for (const { spec } of commands) expect(spec.path.length).toBeLessThanOrEqual(2);
    const { help } = parse([]);
    for (const { spec } of commands) expect(help).toMatch(new RegExp(`^ {2}${spec.path[0] ?? ""} `, "m"));
  });

  test("stands under help that begins with examples, too", () => {
    for (const line of ["", "--help", ...Object.keys(nouns).map((noun) => `${noun} --help`)]) {
      const { help } = parse(line === "" ? [] : line.split(" "));
      const examples = [...help.replaceAll("\\\n", " ").matchAll(/^ {2}\$ (.+)$/gm)].map(
        ([, example = ""]) => example,
      );
      expect(examples.length, line).toBeGreaterThan(0);
      for (const example of examples)
        expect(parse(wordsOf(example).slice(1)).invocation, example).toHaveProperty("command");
    }
  });

  test("is described in paragraphs that a terminal of any width can fold", () => {
    for (const { spec } of commands) expect(spec.description ?? "").not.toMatch(/[^\n.:{}[\],]\n(?! *[\]}])/);
  });

  test("takes --json", () => {
    for (const command of commands) expect(parse([...command.spec.path, "--help"]).help).toContain("--json");
  });
});

describe("what is typed", () => {
  const optionsOf = (line: string) => {
    const { invocation } = parse(line.split(" "));
    return "command" in invocation ? invocation.options : {};
  };

  test.each([
    ["permissions create a --action b --allowed x,y --allowed z", { allowed: ["x", "y", "z"] }],
    [String.raw`permissions create a --action b --deny-commands a\,b,c`, { denyCommands: ["a,b", "c"] }],
    ["permissions create a --action b --requires-approval", { requiresApproval: true }],
    ["permissions replace p --no-requires-approval", { requiresApproval: false }],
    ["permissions create a --action b --expires 30d", { expires: { spanMs: 30 * 86_400_000 } }],
    [
      "verify --action b --amount 1e2 --arg n=3 --arg t=007 --arg u=a=b",
      { amount: 100, arg: { n: 3, t: "007", u: "a=b" } },
    ],
    ["verify --action b --wait-for 15m", { waitFor: 900_000 }],
  ])("%s", (line, options) => {
    expect(optionsOf(line)).toMatchObject(options);
  });

  test("a text that no command may hold keeps the spaces at its edges where it comes alone", () => {
    const denied = (...given: string[]) => {
      const options = given.flatMap((each) => ["--deny-commands", each]);
      const { invocation } = parse(["permissions", "create", "a", "--action", "b", ...options]);
      return (invocation as { options?: { denyCommands?: string[] } }).options?.denyCommands;
    };
    expect(denied("rm ", " -rf", String.raw`a\, `)).toEqual(["rm ", " -rf", "a, "]);
    // Whoever writes a space behind a comma means the comma.
    expect(denied("rm -rf, mkfs", "dd ,")).toEqual(["rm -rf", "mkfs", "dd"]);
    expect(denied(" ")).toEqual([]);
  });

  test.each([
    ["verify --amount much", "--amount must be a number."],
    ["verify --amount", "argument missing"],
    ["verify --arg novalue", "--arg must be written as key=value."],
    ["verify --wait-for soon", "--wait-for must be a span"],
    ["logs --decision maybe", "--decision must be one of allowed, denied, approval_required."],
    ["logs --limit 0", "--limit must be a whole number from 1 to 10000."],
    ["agents show one two", "Too many arguments"],
    ["completion tcsh", "Allowed choices are bash, zsh, fish"],
    ["webhooks listen", "--forward-to"],
    ["agents", "behalf agents needs to know what to do."],
    ["agents --json", "behalf agents needs to know what to do."],
    ["permissions --base-url http://localhost:1 --json", "behalf permissions needs to know what to do."],
    ["--frobnicate", "Unknown option '--frobnicate'."],
  ])("%s is a mistake that is told", (line, said) => {
    expect(() => parse(line.split(" "))).toThrow(said);
  });

  test.each([
    ["verfy", "Did you mean verify?"],
    ["agents crate", "Did you mean create?"],
    ["verify --acton deploy", "Did you mean --action?"],
    ["agents", "One of: create, list, show, enable, disable, rotate-key"],
    ["--frobnicate", "See what there is: behalf --help"],
    ["verify --frobnicate", "See what there is: behalf verify --help"],
    ["ledger verify", "See what there is: behalf ledger verify --help"],
    ["agents --frobnicate", "See what there is: behalf agents --help"],
    ["agents --json", "One of: create, list, show, enable, disable, rotate-key"],
  ])("%s is answered with what to type instead", (line, hint) => {
    expect(() => parse(line.split(" "))).toThrow(expect.objectContaining({ hint }) as Error);
  });

  test("a command line is written so that a shell reads the same words back", () => {
    for (const word of ["a b", "", "it's", "'''", "$(x)", "a\nb", "-n", "~", "é", "a\\b", "!"]) {
      const { stdout } = spawnSync("bash", ["-c", `printf '%s\\0' ${shellLine(["x", word])}`], {
        encoding: "utf8",
      });
      expect(stdout).toBe(`x\0${word}\0`);
    }
  });
});

describe("a plain line", () => {
  // The words of real lines and what comes between them: values, mistakes, and what only the parser knows of.
  const words = fc.oneof(
    fc.constantFrom(
      "--action",
      "--vendor",
      "--amount",
      "--arg",
      "--wait",
      "--wait-for",
      "--json",
      "--env",
      "--meta",
    ),
    fc.constantFrom("deploy", "5", "-5", "k=v", "k=1", "15m", "soon", "agent_1", "", " ", "a=b=c", "é"),
    fc.constantFrom(
      "--",
      "-h",
      "--help",
      "--version",
      "--action=x",
      "--amount=1",
      "--json=1",
      "--no-json",
      "--wait=",
    ),
    fc.constantFrom(
      "-",
      "--acton",
      "help",
      "verify",
      "--sa",
      "--name",
      "--requires-approval",
      "--no-requires-approval",
    ),
    fc.constantFrom(
      "--allowed",
      "x,y",
      "--expires",
      "30d",
      "--csv",
      "--decision",
      "denied",
      "bash",
      "--limit",
    ),
  );

  test("is read as the parser reads it, or left to the parser", () => {
    let read = 0;
    const line = fc.tuple(fc.constantFrom(...commands), fc.array(words, { maxLength: 6 }));
    fc.assert(
      fc.property(line, ([command, typed]) => {
        const plain = readPlainLine(typed, command);
        if (plain === undefined) return;
        read += 1;
        const { invocation } = parse([...command.spec.path, ...typed]);
        expect(invocation, shellLine(typed)).toEqual({ command, ...plain });
      }),
      { numRuns: 4000 },
    );
    expect(read).toBeGreaterThan(200);
  });

  test("is every example of the commands that are loaded alone", () => {
    for (const command of commandsAlone)
      for (const example of command.spec.examples) {
        const typed = wordsOf(example).slice(1);
        expect(invocationAlone(typed), example).toEqual(parse(typed).invocation);
      }
    for (const other of ["verify --help", "verify --acton x", "agents list", "ver"])
      expect(invocationAlone(other.split(" "))).toBeUndefined();
  });

  test("of text without anything odd is shown as the whole check would show it", () => {
    const ascii = fc.string({
      unit: fc.integer({ min: 0x1f, max: 0x7f }).map((code) => String.fromCharCode(code)),
    });
    fc.assert(
      fc.property(ascii, (text) => {
        expect(visibleLine(text)).toBe(visibleText(text).replaceAll("\n", "\\n"));
      }),
    );
  });
});

describe("completion", () => {
  const scripts = { bash: bashCompletion(tree), zsh: zshCompletion(tree), fish: fishCompletion(tree) };

  test("of every shell knows every command", () => {
    for (const script of Object.values(scripts))
      for (const { spec } of commands) for (const word of spec.path) expect(script).toContain(word);
  });

  test.each(
    (["zsh", "fish"] as const).filter((shell) => spawnSync(shell, ["--version"]).error === undefined),
  )("of %s is read by that shell", (shell) => {
    const { status, stderr } = spawnSync(shell, ["-n", "/dev/stdin"], {
      input: scripts[shell],
      encoding: "utf8",
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  test.each([
    ["behalf ", ["agents", "verify", "doctor"]],
    ["behalf ver", ["verify"]],
    ["behalf agents ", ["create", "list", "rotate-key"]],
    ["behalf agents create --sa", ["--save"]],
    ["behalf agents create Bot --na", ["--name"]],
    ["behalf logs --decision ap", ["approval_required"]],
    ["behalf config set ", ["agent-id", "api-key", "base-url"]],
    ["behalf permissions replace p --no-req", ["--no-requires-approval"]],
    ["behalf run -- ver", []],
  ])("of bash completes %j", (line, expected) => {
    const typed = line.split(" ");
    const harness = `${scripts.bash}
      COMP_WORDS=(${typed.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${typed.length - 1}
      _behalf; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync("bash", ["-c", harness], { encoding: "utf8" });
    const words = stdout.split("\n").filter(Boolean);
    expect(stderr).toBe("");
    // One or none is the whole answer; of more, these are some.
    expect(expected.length > 1 ? words.filter((word) => expected.includes(word)) : words).toEqual(expected);
  });
});
