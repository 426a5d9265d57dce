import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

type Generated = { name: string; command: string; path: string };

/** Everything that is generated and committed. */
export const generated: Generated[] = [
  {
    name: "binding types",
    command: "wrangler types src/worker-configuration.d.ts --include-runtime=false --strict-vars=false",
    path: "src/worker-configuration.d.ts",
  },
  { name: "OpenAPI document", command: "node src/local/openapi.ts", path: "src/api/openapi.json" },
  // `drizzle-kit check` passes after a change of the schema; generating again does not.
  { name: "migrations", command: "drizzle-kit generate", path: "migrations" },
];

export class GeneratingFailed extends Error {}

/** Runs a command the way npm scripts do; throws with what it printed if it fails. */
export function generate({ name, command }: Generated): void {
  const env = { ...process.env, CI: "1", WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true" };
  const { status, stdout, stderr } = spawnSync(command, { cwd: root, env, shell: true, encoding: "utf8" });
  if (status !== 0) throw new GeneratingFailed(`${stdout}${stderr}\nGenerating ${name} failed.`);
}

/** Which of them generating again would change. Leaves the files as they are. */
export function staleFiles(): string[] {
  return generated.flatMap((one) => {
    const path = join(root, one.path);
    const kept = join(mkdtempSync(join(tmpdir(), "behalf-generated-")), "kept");
    if (existsSync(path)) cpSync(path, kept, { recursive: true });
    try {
      const before = contents(path);
      generate(one);
      const after = contents(path);
      return [...new Set([...before.keys(), ...after.keys()])].filter(
        (file) => before.get(file) !== after.get(file),
      );
    } finally {
      rmSync(path, { recursive: true, force: true });
      if (existsSync(kept)) cpSync(kept, path, { recursive: true });
      rmSync(join(kept, ".."), { recursive: true });
    }
  });
}

function contents(path: string): Map<string, string> {
  if (!existsSync(path)) return new Map();
  const files = statSync(path).isFile()
    ? [path]
    : readdirSync(path, { recursive: true, encoding: "utf8" }).map((name) => join(path, name));
  return new Map(
    files
      .filter((file) => statSync(file).isFile())
      .map((file) => [relative(root, file), readFileSync(file, "utf8")]),
  );
}
