import { spawnSync } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../..");
let copy: string;

// A linter that fails to load a rule says nothing and exits 0, so every wall is run against once.
const violations: { file: string; source: string; rule: string }[] = [
  { file: "src/contract/a.ts", source: `import "../decision/b.ts";`, rule: "only-imports" },
  { file: "src/contract/b.ts", source: `import "hono";`, rule: "only-imports" },
  { file: "src/contract/c.ts", source: `export const a = Date.now();`, rule: "no-reading" },
  {
    file: "src/decision/a.ts",
    source: `import type { A } from "../db/a.ts"; export type B = A;`,
    rule: "only-imports",
  },
  { file: "src/decision/b.ts", source: `import "node:fs";`, rule: "only-imports" },
  { file: "src/decision/c.ts", source: `export const a = new Date();`, rule: "no-reading" },
  { file: "src/decision/d.ts", source: `export const a = Math.random();`, rule: "no-restricted-properties" },
  { file: "src/decision/e.ts", source: `export const a = fetch;`, rule: "no-restricted-globals" },
  { file: "src/crypto/a.ts", source: `import "node:crypto";`, rule: "only-imports" },
  { file: "src/crypto/b.ts", source: `import "../db/a.ts";`, rule: "only-imports" },
  { file: "src/sdk/a.ts", source: `import "hono";`, rule: "only-imports" },
  { file: "src/sdk/b.ts", source: `import "../db/a.ts";`, rule: "only-imports" },
  { file: "src/db/a.ts", source: `import "../api/a.ts";`, rule: "no-restricted-imports" },
  { file: "src/db/b.ts", source: `export const a = Date.now();`, rule: "no-reading" },
  { file: "src/gates/a.ts", source: `import "../sdk/a.ts";`, rule: "no-restricted-imports" },
  { file: "src/gates/transition.ts", source: `import "../db/a.ts";`, rule: "only-imports" },
  { file: "src/ledger/a.ts", source: `import "../cli/a.ts";`, rule: "no-restricted-imports" },
  { file: "src/ledger/chain.ts", source: `import "node:fs";`, rule: "only-imports" },
  { file: "src/webhooks/a.ts", source: `import "../mcp/a.ts";`, rule: "no-restricted-imports" },
  { file: "src/feed/a.ts", source: `import "../worker.ts";`, rule: "no-restricted-imports" },
  { file: "src/api/routes/a/b.ts", source: `import "../../../cli/a.ts";`, rule: "no-restricted-imports" },
  { file: "src/api/a.ts", source: `export const a = new Date();`, rule: "no-reading" },
  { file: "src/cli/a.ts", source: `import "../db/a.ts";`, rule: "only-imports" },
  { file: "src/cli/commands/agents/b.ts", source: `import "../../../api/app.ts";`, rule: "only-imports" },
  { file: "src/cli/c.ts", source: `import "../ledger/journal.ts";`, rule: "only-imports" },
  { file: "src/api/e.ts", source: `import "../mcp/a.ts";`, rule: "no-restricted-imports" },
  { file: "src/mcp/a.ts", source: `import "../api/a.ts";`, rule: "only-imports" },
  { file: "src/mcp/b.ts", source: `import "../mcp-endpoint.ts";`, rule: "only-imports" },
  { file: "src/mcp/c.ts", source: `import "node:fs";`, rule: "only-imports" },
  { file: "src/mcp/tools/a.ts", source: `import "../../cli/a.ts";`, rule: "only-imports" },
  { file: "src/mcp/tools/b.ts", source: `await import("../../worker.ts");`, rule: "only-imports" },
  { file: "dashboard/src/a.ts", source: `import "../../src/db/a.ts";`, rule: "no-restricted-imports" },
  { file: "dashboard/src/b.ts", source: `import "../../src/crypto/ids.ts";`, rule: "no-restricted-imports" },
  { file: "src/api/c.ts", source: `async function a() {}\na();`, rule: "no-floating-promises" },
  { file: "src/api/d.ts", source: `export const a: any = 1;`, rule: "no-explicit-any" },
];

const permitted: { file: string; source: string }[] = [
  { file: "src/contract/ok.ts", source: `import { z } from "zod"; export const a = z.string();` },
  {
    file: "src/decision/ok.ts",
    source: `import type { A } from "../contract/ok-type.ts"; export type B = A;`,
  },
  { file: "src/decision/when.ts", source: `export const day = (now: number) => new Date(now).getUTCDay();` },
  { file: "src/api/clock.ts", source: `export const now = () => Date.now();` },
  {
    file: "src/mcp/tools/ok.ts",
    source: `import "@modelcontextprotocol/server"; import "../b.ts"; import "../../sdk/a.ts";`,
  },
  { file: "src/cli/ok.ts", source: `import "../ledger/chain.ts"; import "../sdk/a.ts";` },
  { file: "dashboard/src/ok.ts", source: `import "../../src/decision/ok.ts";` },
  { file: "src/api/routes/ok.ts", source: `import "../../gates/a.ts";` },
];

type Diagnostic = { code: string; filename: string };
let diagnostics: Diagnostic[];

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), "behalf-walls-"));
  await symlink(join(root, "node_modules"), join(copy, "node_modules"));
  for (const file of [".oxlintrc.json", "tsconfig.json", "src/local/lint"]) {
    await cp(join(root, file), join(copy, file), { recursive: true });
  }
  for (const { file, source } of [...violations, ...permitted]) {
    await mkdir(dirname(join(copy, file)), { recursive: true });
    await writeFile(join(copy, file), source);
  }
  const { stdout } = spawnSync(
    join(root, "node_modules/.bin/oxlint"),
    ["--format=json", "src", "dashboard"],
    {
      cwd: copy,
      encoding: "utf8",
    },
  );
  diagnostics = (JSON.parse(stdout) as { diagnostics: Diagnostic[] }).diagnostics;
});

afterAll(() => rm(copy, { recursive: true, force: true }));

const codesIn = (file: string) =>
  diagnostics.filter(({ filename }) => filename === file).map(({ code }) => code);

describe("the walls between rooms", () => {
  it.each(violations)("$rule stops $source in $file", ({ file, rule }) => {
    expect(codesIn(file)).toContainEqual(expect.stringContaining(`(${rule})`));
  });

  it.each(permitted)("$file may say $source", ({ file }) => {
    expect(codesIn(file)).toEqual([]);
  });
});
