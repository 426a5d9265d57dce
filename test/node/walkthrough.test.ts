import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "./running-system.ts";
import { sharedSystem, type SharedSystem } from "./shared-system.ts";

const readme = readFileSync(join(root, "README.md"), "utf8");

/** The code blocks of the README that are marked to be run under this name. */
function blocks(name: string): string[] {
  const marked = new RegExp(`<!-- run: ${name} -->\\s+\`\`\`\\w+\\n([^]*?)\`\`\``, "g");
  return [...readme.matchAll(marked)].map(([, code = ""]) => code);
}

async function run(
  command: string,
  args: string[],
  env: Record<string, string> = {},
  cwd = root,
): Promise<{ code: number; output: string; errors: string }> {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env } });
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const [code] = (await once(child, "close")) as [number];
  return { code, output, errors };
}

describe("a running system", () => {
  let system: SharedSystem;
  let folder: string;

  beforeAll(async () => {
    system = await sharedSystem();
    folder = mkdtempSync(join(tmpdir(), "behalf-readme-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("plays the whole demo", async () => {
    const env = { PORT: String(system.port), BEHALF_STATE_DIR: system.stateDir };
    for (const _time of ["the first time", "and again"]) {
      const { code, output, errors } = await run(process.execPath, [join(root, "src/local/demo.ts")], env);
      expect(code, output + errors).toBe(0);
      expect(output).toContain(`Playing against ${system.baseUrl}`);
      expect(output).toMatch(/req_\S+ → denied \(approvalRequired\)/);
      expect(output).toContain("Every step went as it should.");
    }
  });

  test("does what the README's first five minutes say, by curl and by SDK", async () => {
    const script = blocks("quickstart").join("\n").replace("http://localhost:8787", system.baseUrl);
    const spaced = `${script}\nprintf '\\n%s %s\\n' "$AGENT_ID" "$API_KEY" >&2\n`.replaceAll(
      /^(ask \S+|curl .*verify.*)$/gm,
      "$1; echo",
    );
    const { code, output, errors } = await run("bash", ["-eu", "-c", spaced], {}, folder);
    expect(code, errors).toBe(0);
    const answers = [...output.matchAll(/\{"requestId".*?"nextAction":"(\w+)"/g)].map(([, next]) => next);
    // Asking to deploy, going ahead with the production deploy, and being held again.
    expect(answers).toEqual(["proceed", "proceed", "await_approval"]);
    expect(output).toContain('"approved":true');

    const [agentId = "", apiKey = ""] = errors.trim().split("\n").at(-1)?.split(" ") ?? [];
    const [program = ""] = blocks("sdk");
    const sdk = join(root, "src/sdk/index.ts");
    writeFileSync(join(folder, "sdk.ts"), program.replace('from "behalf"', `from ${JSON.stringify(sdk)}`));
    const guarded = await run(process.execPath, [join(folder, "sdk.ts")], {
      BEHALFID_API_KEY: apiKey,
      BEHALFID_AGENT_ID: agentId,
      BEHALFID_BASE_URL: system.baseUrl,
    });
    expect(guarded).toMatchObject({ code: 0, output: "deployed\n" });
  });
});
