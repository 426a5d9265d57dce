import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const root = resolve(import.meta.dirname, "../..");

export type StartUp = { bundleKiB: number; gzipKiB: number; activeMs: number };

/** What is deployed, and what running its top level costs here: by `wrangler check startup`, in workerd. */
export async function startUp(): Promise<StartUp> {
  const folder = mkdtempSync(join(tmpdir(), "behalf-start-up-"));
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        join(root, "node_modules/wrangler/bin/wrangler.js"),
        "check",
        "startup",
        "--outfile",
        join(folder, "startup.cpuprofile"),
      ],
      {
        cwd: root,
        env: { ...process.env, WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false" },
      },
    );
    const number = (pattern: RegExp) => {
      const found = pattern.exec(stdout)?.[1];
      if (found === undefined) throw new Error(`wrangler does not say ${String(pattern)}.`);
      return Number(found);
    };
    return {
      bundleKiB: number(/Bundle: ([\d.]+) KiB/),
      gzipKiB: number(/gzip: ([\d.]+) KiB/),
      activeMs: number(/Active: ([\d.]+) ms/),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
