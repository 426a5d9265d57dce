#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { failClosed } from "./hooks/fail-closed.ts";
import { keychainArgument } from "./settings/keychain.ts";

// Beside the package's manifest, two folders up, in the package as in the repository.
const manifest = new URL("../../package.json", import.meta.url);

async function main(argv: readonly string[]): Promise<void> {
  const [first] = argv;
  if (first === "hook" && !argv.includes("--help") && !argv.includes("-h")) {
    // Before anything that can fail: what cannot be loaded must not end in an exit code that lets a tool run.
    failClosed();
    const { serveHook } = await import("./hooks/serve-hook.ts");
    return serveHook(argv.slice(1), process.argv[1] ?? "");
  }
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  if (argv.length === 1 && (first === "--version" || first === "-V")) {
    process.stdout.write(`${version}\n`);
  } else if (argv.length === 1 && first === keychainArgument) {
    const { serveKeychain } = await import("./settings/keychain-process.ts");
    await serveKeychain();
  } else {
    const { invoke } = await import("./invoke.ts");
    await invoke(argv, process.argv[1] ?? "", version);
  }
}

// Not awaited here: what is packed is CommonJS.
void main(process.argv.slice(2));
