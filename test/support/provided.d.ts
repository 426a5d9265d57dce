// What a project provides and a test gets with inject(); see vitest.config.ts.
import "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** The origin of a webhook receiver on loopback; see test/node/webhook-receiver.ts. */
    receiver: string;
    /** Where a test file asks for the system that all share; see test/node/shared-system.ts. */
    systemOnDemand: string;
    /** The file of the command line as it is published; see test/node/built-program.ts. */
    program: string;
    /** How long each operation is called with what is hostile, in milliseconds. */
    fuzzMs: number;
    /** How long the model is searched for a broken promise, and from where; the mutant, in a project that has one. */
    model: { seed: number; path?: string; runs: number; seconds: number; mutant?: string };
  }
}
