import { exports } from "cloudflare:workers";
import { expect, it } from "vitest";

it("says that the Worker is up", async () => {
  const answer = await exports.default.fetch("http://localhost/api/health");
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({
    status: "ok",
    service: "behalfid",
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  });
});
