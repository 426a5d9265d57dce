import { inject } from "vitest";
import type { RunningSystem } from "./running-system.ts";

export type SharedSystem = Omit<RunningSystem, "stop">;

/**
 * The system that the test files share, open to everyone who signs up. Each file brings accounts with addresses of
 * its own, and leaves the system running.
 */
export async function sharedSystem(): Promise<SharedSystem> {
  const response = await fetch(inject("systemOnDemand"));
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as SharedSystem;
}
