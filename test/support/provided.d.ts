// What a project's globalSetup provides and a test gets with inject(); see vitest.config.ts.
import "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** The origin of a webhook receiver on loopback; see test/node/webhook-receiver.ts. */
    receiver: string;
    /** Where a test file asks for the system that all share; see test/node/shared-system.ts. */
    systemOnDemand: string;
  }
}
