import { expect } from "vitest";
import { BehalfError, BehalfID, type BehalfOptions } from "../../../src/sdk/index.ts";

export const apiKey = `bhf_sk_${"k3Y".repeat(14)}k`;
export const developerToken = `bhf_dev_${"t0K".repeat(14)}t`;
export const request = { agentId: "agent_claude_code", action: "deploy", vendor: "vercel.com" };

export const client = (baseUrl: string, options: BehalfOptions = {}) =>
  new BehalfID({ apiKey, baseUrl, timeoutMs: 2000, ...options });

/** The error that a call ends with, which has to be one of the SDK's. */
export async function refusal(call: Promise<unknown>): Promise<BehalfError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(BehalfError);
  return error as BehalfError;
}
