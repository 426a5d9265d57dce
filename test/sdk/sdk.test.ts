import { describe, expect, test } from "vitest";
import { newWebhookSecret } from "../../src/crypto/secrets.ts";
import { signDelivery } from "../../src/crypto/webhook-signature.ts";
import { BehalfError, BehalfID, verifyWebhookSignature } from "../../src/sdk/index.ts";

const secret = newWebhookSecret();
const timestamp = 1_700_000_000;
const now = timestamp * 1000;
const event = {
  eventId: "evt_1",
  type: "approval.requested",
  createdAt: "2023-11-14T22:13:20.000Z",
  accountId: "acct_1",
  data: { approvalId: "apr_1", text: "ünïcödé" },
};
const payload = JSON.stringify(event);
const sign = (body = payload, eventId = "evt_1") => signDelivery({ eventId, timestamp, body }, [secret]);

const invalid = (message: string) => ({ name: "BehalfError", code: "INVALID_SIGNATURE", message });

describe("the event of a signed delivery", () => {
  test("is given back, however the runtime hands over headers and body", async () => {
    const headers = await sign();
    const bytes = new TextEncoder().encode(payload);
    const lower = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const lists = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
    for (const given of [headers, new Headers(headers), lower, lists, { ...headers, host: undefined }])
      for (const body of [payload, bytes, Uint8Array.from(bytes).buffer])
        expect(await verifyWebhookSignature({ payload: body, headers: given, secret, now })).toEqual(event);
  });

  test("is given back while one secret replaces another", async () => {
    const headers = await sign();
    const other = newWebhookSecret();
    const delivery = { payload, headers, now };
    expect(await verifyWebhookSignature({ ...delivery, secret: [other, secret] })).toEqual(event);
    expect(await verifyWebhookSignature({ ...delivery, secrets: [other, secret] })).toEqual(event);
    expect(await verifyWebhookSignature({ ...delivery, secret: other, secrets: [secret] })).toEqual(event);
  });

  test("may be of a kind that came later", async () => {
    const later = { ...event, type: "approval.escalated", extra: 1 };
    const body = JSON.stringify(later);
    const given = await verifyWebhookSignature({ payload: body, headers: await sign(body), secret, now });
    expect(given.type).toBe("approval.escalated");
  });
});

describe("a delivery is refused", () => {
  test("when its body, its time or its secret is another", async () => {
    const headers = await sign();
    const mismatch = invalid("No signature matches: the body was changed, or the secret is another.");
    const check = (changes: object) => verifyWebhookSignature({ payload, headers, secret, now, ...changes });
    await expect(check({ payload: payload.replace("apr_1", "apr_2") })).rejects.toMatchObject(mismatch);
    await expect(check({ payload: JSON.stringify(event, null, 1) })).rejects.toMatchObject(mismatch);
    await expect(check({ payload: `\uFEFF${payload}` })).rejects.toMatchObject(mismatch);
    await expect(check({ secret: newWebhookSecret() })).rejects.toMatchObject(mismatch);
    await expect(check({ now: now + 301_000 })).rejects.toMatchObject(
      invalid("The delivery's timestamp is too old."),
    );
    await expect(check({ now: now + 9_000, toleranceSeconds: 5 })).rejects.toMatchObject({
      code: "INVALID_SIGNATURE",
    });
    await expect(check({ toleranceSeconds: Number.NaN })).rejects.toMatchObject({
      code: "INVALID_SIGNATURE",
    });
    // Nobody gives a moment: it is this one, and the delivery is years old.
    await expect(check({ now: undefined })).rejects.toMatchObject(
      invalid("The delivery's timestamp is too old."),
    );
  });

  test("when it carries no signature, or two of one kind", async () => {
    const headers = await sign();
    const none = verifyWebhookSignature({ payload, headers: {}, secret, now });
    await expect(none).rejects.toMatchObject(invalid("The delivery carries no signature."));
    const twice = { ...headers, "WEBHOOK-TIMESTAMP": String(timestamp) };
    await expect(verifyWebhookSignature({ payload, headers: twice, secret, now })).rejects.toMatchObject({
      code: "INVALID_SIGNATURE",
    });
  });

  test("when its headers name another event than its body", async () => {
    const message = "The delivery's headers and its body name different events.";
    const signedSo = await sign(payload, "evt_2");
    await expect(verifyWebhookSignature({ payload, headers: signedSo, secret, now })).rejects.toMatchObject(
      invalid(message),
    );
    const changed = { ...(await sign()), "BehalfID-Event-ID": "evt_2" };
    await expect(verifyWebhookSignature({ payload, headers: changed, secret, now })).rejects.toMatchObject(
      invalid(message),
    );
  });

  test("when it is signed and no event", async () => {
    for (const body of ["", "null", "{}", "[]", "not JSON", JSON.stringify({ ...event, eventId: "x" })]) {
      const headers = await sign(body);
      await expect(verifyWebhookSignature({ payload: body, headers, secret, now })).rejects.toMatchObject(
        invalid("The delivery is signed and is not an event."),
      );
    }
  });

  test("when there is no secret to check it with, whatever it carries", async () => {
    const headers = await sign();
    for (const none of [{}, { secret: "" }, { secrets: [] }, { secret: ["", secret] }])
      await expect(verifyWebhookSignature({ payload, headers, now, ...none })).rejects.toMatchObject({
        code: "INVALID_OPTIONS",
      });
  });

  test("without its secret in the error", async () => {
    const headers = await sign();
    const error: unknown = await verifyWebhookSignature({ payload: "{}", headers, secret, now }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(BehalfError);
    expect(`${JSON.stringify(error)}${(error as BehalfError).stack}`).not.toContain(secret.slice(6));
  });
});

test("the client works in a Worker, with its requests, answers and timers", async () => {
  const packet = {
    requestId: "req_1",
    allowed: true,
    approvalRequired: false,
    reason: "Action allowed by active permission.",
    risk: "low",
    reasonCode: "allowed",
    permissionId: "perm_1",
    nextAction: "proceed",
  };
  const answers = [
    () => Response.redirect("https://elsewhere.example/", 307),
    () => new Response(null, { status: 503 }),
    () => Response.json(packet),
  ];
  const asked: Request[] = [];
  const behalf = new BehalfID({
    apiKey: `bhf_sk_${"k".repeat(43)}`,
    baseUrl: "https://behalf.example",
    fetch: (input, init) => {
      asked.push(new Request(input, init));
      return Promise.resolve((answers.shift() ?? (() => Response.error()))());
    },
  });
  const request = { agentId: "agent_1", action: "deploy" };
  await expect(behalf.verify(request)).rejects.toMatchObject({ code: "REDIRECT_REFUSED" });
  expect(await behalf.verify(request)).toEqual(packet);
  await expect(behalf.verify(request)).rejects.toMatchObject({ name: "BehalfError" });
  expect(asked[0]?.headers.get("authorization")).toMatch(/^Bearer bhf_sk_/);
});
