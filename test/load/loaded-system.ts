import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../src/local/free-port.ts";
import { bundledWorker, startWorker } from "../node/worker-process.ts";

export type LoadedSystem = {
  baseUrl: string;
  port: number;
  /** The resident memory of the product's processes, in MB. */
  memoryMb(): number;
  stop(): Promise<void>;
};

/**
 * The product in workerd, without the development server around it, which keeps things of every request itself.
 * With the deployment's limit on guesses at keys.
 */
export async function startLoadedSystem(): Promise<LoadedSystem> {
  const folder = mkdtempSync(join(tmpdir(), "behalf-load-"));
  const port = await freePort();
  const baseUrl = `http://127.0.0.1:${port}`;
  const { miniflare, pids } = await startWorker({
    worker: await bundledWorker(),
    folder,
    publicUrl: baseUrl,
    port,
    failedKeys: 600,
  });
  return {
    baseUrl,
    port,
    memoryMb: () => pids.reduce((sum, pid) => sum + residentMb(pid), 0),
    stop: async () => {
      await miniflare.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function residentMb(pid: number): number {
  const [, kilobytes = "0"] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) / 1024;
}
