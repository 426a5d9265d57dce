import { expect, it } from "vitest";
import { verifyBodySchema } from "../../src/contract/verify.ts";

const body = { agentId: "agent_x", action: "deploy" };

it("refuses a field of policyContext that it does not know", () => {
  const sent = { ...body, policyContext: { cwd: "/repo", enforcement: "off" } };
  const { error } = verifyBodySchema.safeParse(sent);
  expect(error?.issues).toMatchObject([
    { code: "unrecognized_keys", path: ["policyContext"], keys: ["enforcement"] },
  ]);
});

it("takes a policyContext with spaces around its text, and does not throw", () => {
  expect(verifyBodySchema.safeParse({ ...body, policyContext: { source: " hook " } }).success).toBe(true);
});

it("holds policyContext to 16 KiB and to well-formed Unicode", () => {
  const withCommand = (command: string) => ({ ...body, policyContext: { toolInput: { command } } });
  expect(verifyBodySchema.safeParse(withCommand("x".repeat(16 * 1024 - 31))).success).toBe(true);
  expect(verifyBodySchema.safeParse(withCommand("x".repeat(16 * 1024))).success).toBe(false);
  expect(verifyBodySchema.safeParse(withCommand("\ud800")).success).toBe(false);
});
