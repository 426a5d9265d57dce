import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { describe, expect, test } from "vitest";
import { newWebhookSecret } from "../../src/crypto/secrets.ts";
import { checkDelivery, signBehalf, signDelivery, signStandard } from "../../src/crypto/webhook-signature.ts";

const body = '{"eventId":"evt_1","type":"webhook.test","data":{"text":"ünïcödé"}}';
const timestamp = 1_700_000_000;
const now = timestamp * 1000;
const delivery = { eventId: "evt_1", timestamp, body };

type Headers = Record<string, string>;
function received(headers: Headers, content: string | Uint8Array = body) {
  const lower = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  return { body: content, header: (name: string) => lower[name] ?? null };
}

const without = (headers: Headers, part: string) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !name.toLowerCase().startsWith(part)));

test("the check value of the contract holds", async () => {
  const given = { timestamp: 1_700_000_000, body: '{"eventId":"evt_1"}' };
  expect(await signBehalf(given, "whsec_test")).toBe(
    "v1=bc15b2cc5a8f042e53bd8ca802a68aee5f5dd7e5c72e7efc74accaa73f229454",
  );
});

test.each([
  ["standardwebhooks", StandardWebhook],
  ["svix", SvixWebhook],
])("what we sign, %s accepts", async (_, Webhook) => {
  const secrets = [newWebhookSecret(), newWebhookSecret()];
  const live = { ...delivery, timestamp: Math.floor(Date.now() / 1000) };
  const headers = await signDelivery(live, secrets);
  for (const secret of secrets) {
    const verifier = new Webhook(secret);
    verifier.verify(body, headers);
    expect(await signStandard(live, secret)).toBe(
      verifier.sign("evt_1", new Date(live.timestamp * 1000), body),
    );
    expect(() => verifier.verify(body.replace("webhook.test", "webhook.TEST"), headers)).toThrow(
      "No matching signature found",
    );
  }
  expect(() => new Webhook(newWebhookSecret()).verify(body, headers)).toThrow("No matching signature found");
});

describe("a delivery", () => {
  const secret = newWebhookSecret();
  const other = newWebhookSecret();

  test("is accepted with both schemes, and with either alone", async () => {
    const headers = await signDelivery(delivery, [secret]);
    for (const each of [headers, without(headers, "webhook-"), without(headers, "behalfid-")])
      expect(await checkDelivery(received(each), [secret], { now })).toBeNull();
  });

  test("is accepted as bytes, which are what is signed", async () => {
    const headers = await signDelivery(delivery, [secret]);
    const bytes = new TextEncoder().encode(body);
    expect(await checkDelivery(received(headers, bytes), [secret], { now })).toBeNull();
    const marked = new Uint8Array([0xef, 0xbb, 0xbf, ...bytes]);
    expect(await checkDelivery(received(headers, marked), [secret], { now })).toBe("mismatch");
  });

  test("is accepted while a secret is rotated, on both sides", async () => {
    const both = await signDelivery(delivery, [secret, other]);
    expect(both["webhook-signature"]?.split(" ")).toHaveLength(2);
    expect(await checkDelivery(received(both), [secret], { now })).toBeNull();
    expect(await checkDelivery(received(both), [other], { now })).toBeNull();
    const one = await signDelivery(delivery, [other]);
    expect(await checkDelivery(received(one), [secret, other], { now })).toBeNull();
  });

  test("is refused when it was signed with another secret, or when there is none to check with", async () => {
    const headers = await signDelivery(delivery, [other]);
    expect(await checkDelivery(received(headers), [secret], { now })).toBe("mismatch");
    expect(await checkDelivery(received(headers), [], { now })).toBe("mismatch");
  });

  test("is refused with any part of it changed, under each scheme alone and under both", async () => {
    const headers = await signDelivery(delivery, [secret]);
    const schemes = [headers, without(headers, "webhook-"), without(headers, "behalfid-")];
    for (const scheme of schemes) {
      expect(await checkDelivery(received(scheme, `${body} `), [secret], { now })).toBe("mismatch");
      expect(await checkDelivery(received(scheme, ""), [secret], { now })).toBe("mismatch");
      for (const name of Object.keys(scheme)) {
        if (name === "BehalfID-Event-ID") continue;
        const changed = {
          ...scheme,
          [name]: scheme[name]?.replace(/.$/, (last) => (last === "1" ? "2" : "1")) ?? "",
        };
        expect(changed).not.toEqual(scheme);
        expect(await checkDelivery(received(changed), [secret], { now })).not.toBeNull();
      }
    }
  });

  test("is refused when one scheme holds and the other does not", async () => {
    const headers = await signDelivery(delivery, [secret]);
    const forged = await signDelivery(delivery, [other]);
    const mixes = [
      { ...headers, "webhook-signature": forged["webhook-signature"] ?? "" },
      { ...headers, "BehalfID-Signature": forged["BehalfID-Signature"] ?? "" },
    ];
    for (const mix of mixes) expect(await checkDelivery(received(mix), [secret], { now })).toBe("mismatch");
  });

  test("is accepted up to the tolerance on both sides, and not a second beyond", async () => {
    const headers = await signDelivery(delivery, [secret]);
    const at = (seconds: number, toleranceSeconds?: number) =>
      checkDelivery(received(headers), [secret], { now: now + seconds * 1000, toleranceSeconds });
    expect(await at(300)).toBeNull();
    expect(await at(301)).toBe("too_old");
    expect(await at(-300)).toBeNull();
    expect(await at(-301)).toBe("too_new");
    expect(await at(24 * 3600)).toBe("too_old");
    expect(await at(10, 5)).toBe("too_old");
    expect(await at(0, 0)).toBeNull();
    expect(await at(0, Number.NaN)).not.toBeNull();
  });

  test("is refused without signatures, or with malformed ones", async () => {
    const headers = await signDelivery(delivery, [secret]);
    const signature = headers["webhook-signature"] ?? "";
    const check = (changes: Headers) =>
      checkDelivery(received({ ...without(headers, "behalfid-"), ...changes }), [secret], { now });
    expect(await checkDelivery(received({}), [secret], { now })).toBe("missing");
    expect(await checkDelivery(received(without(headers, "webhook-id")), [secret], { now })).toBe(
      "malformed",
    );
    expect(await checkDelivery(received(without(headers, "webhook-timestamp")), [secret], { now })).toBe(
      "malformed",
    );
    for (const stamp of ["", "0", "01700000000", "1.7e9", "1700000000.0", "-1", " 1700000000", "NaN", "0x65"])
      expect(await check({ "webhook-timestamp": stamp })).toBe("malformed");
    for (const given of [
      "",
      " ",
      "v1",
      "v1,",
      signature.slice(3),
      signature.replace("v1,", "v2,"),
      signature.replace("v1,", "v1="),
      signature.toLowerCase(),
    ])
      expect(await check({ "webhook-signature": given })).toBe("mismatch");
    expect(await check({ "webhook-signature": `v2,abc ${signature}` })).toBeNull();
  });

  test("cannot have a part of its id read as its timestamp", async () => {
    // Both sign the bytes evt_1.1700000000.1700000000.{}
    const dotted = { eventId: "evt_1.1700000000", timestamp, body: "{}" };
    const signature = await signStandard(dotted, secret);
    expect(signature).toBe(
      await signStandard({ eventId: "evt_1", timestamp, body: `${timestamp}.{}` }, secret),
    );
    const headers = {
      "webhook-id": dotted.eventId,
      "webhook-timestamp": String(timestamp),
      "webhook-signature": signature,
    };
    expect(await checkDelivery(received(headers, "{}"), [secret], { now })).toBe("malformed");
  });

  test("is not signed without a usable secret", async () => {
    await expect(signDelivery(delivery, [])).rejects.toThrow("needs a secret");
    for (const bad of ["", "whsec_", "whsec_not base64!", "whsec_YQ"])
      await expect(signDelivery(delivery, [bad])).rejects.toThrow("must be whsec_ and standard base64");
  });
});
