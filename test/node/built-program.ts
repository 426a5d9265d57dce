import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { TestProject } from "vitest/node";
import { bundleProgram } from "../../src/local/bundle-program.ts";

const root = resolve(import.meta.dirname, "../..");

/**
 * Builds the command line once, as it is published: started from its sources it takes four times as long, and the tests
 * start it hundreds of times.
 */
export default async function setup({ provide }: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), "behalf-program-"));
  await bundleProgram(join(folder, "dist"), ["@napi-rs/keyring"]);
  cpSync(join(root, "package.json"), join(folder, "package.json"));
  provide("program", join(folder, "dist/cli/main.cjs"));
  return () => rmSync(folder, { recursive: true, force: true });
}
