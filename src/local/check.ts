// What CI runs. The tests come last, and those that download other people's programs at the very end.

import { spawnSync } from "node:child_process";
import { resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

const steps = [
  // From scratch: an incremental build does not notice a global declaration that came or went.
  { name: "types", command: "tsc -b --force" },
  { name: "lint", command: "oxlint" },
  { name: "format", command: "prettier --check --log-level=warn ." },
  { name: "generated files", command: "node src/local/fresh.ts" },
  { name: "tests", command: "npm test" },
  { name: "tests with real clients", command: "npm run test:clients" },
];

for (const { name, command } of steps) {
  const started = performance.now();
  const { status } = spawnSync(command, { cwd: root, shell: true, stdio: "inherit" });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (status !== 0) {
    console.error(`✗ ${name} (${seconds} s): ${command}`);
    process.exit(1);
  }
  console.log(`✓ ${name} (${seconds} s)`);
}
