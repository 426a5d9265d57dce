import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { D1Database } from "@cloudflare/workers-types";
import { bundledWorker, startWorker } from "../node/worker-process.ts";

export type BenchSystem = {
  url: URL;
  db: D1Database;
  /** Where the isolate of an inspected system is inspected: that of the Worker and all of its objects. */
  inspector: () => Promise<URL>;
  close: () => Promise<void>;
};

/** The product with the floors beside it. What is inspected is slower, so only its memory is looked at. */
export async function startSystem({ isInspected = false } = {}): Promise<BenchSystem> {
  const folder = mkdtempSync(join(tmpdir(), "behalf-bench-"));
  const { miniflare, url } = await startWorker({
    worker: await bundledWorker("test/bench/bench-worker.ts"),
    folder,
    publicUrl: "http://localhost",
    objects: { FLOOR: "Floor" },
    isInspected,
  });
  return {
    url,
    db: await miniflare.getD1Database("DB"),
    inspector: async () => new URL("/core:user:behalfid", await miniflare.getInspectorURL()),
    close: async () => {
      await miniflare.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
