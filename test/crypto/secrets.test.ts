import { describe, expect, test } from "vitest";
import { constantTimeEqual } from "../../src/crypto/constant-time-equal.ts";
import { fromBase64, toHex, utf8 } from "../../src/crypto/encoding.ts";
import { redact, redactIn } from "../../src/crypto/redact.ts";
import { open, seal, sealingKey } from "../../src/crypto/sealing.ts";
import {
  hashSecret,
  isAgentKey,
  isDeveloperToken,
  isPassportToken,
  isWebhookSecret,
  newAgentKey,
  newDeveloperToken,
  newPassportToken,
  newWebhookSecret,
  preview,
} from "../../src/crypto/secrets.ts";

const makers = [
  { make: newAgentKey, is: isAgentKey, form: /^bhf_sk_[A-Za-z0-9_-]{43}$/ },
  { make: newDeveloperToken, is: isDeveloperToken, form: /^bhf_dev_[A-Za-z0-9_-]{43}$/ },
  { make: newPassportToken, is: isPassportToken, form: /^bhf_pass_[A-Za-z0-9_-]{43}$/ },
  { make: newWebhookSecret, is: isWebhookSecret, form: /^whsec_[A-Za-z0-9+/]{43}=$/ },
];

describe.each(makers)("$make.name", ({ make, is, form }) => {
  test("makes 32 fresh random bytes in the form of the contract", () => {
    const secrets = Array.from({ length: 200 }, () => make());
    expect(new Set(secrets).size).toBe(200);
    for (const secret of secrets) {
      expect(secret).toMatch(form);
      expect(is(secret)).toBe(true);
    }
  });

  test("is told from everything that only looks like it", () => {
    const secret = make();
    const malformed = [
      "",
      secret.slice(0, -1),
      `${secret}A`,
      `${secret}\n`,
      ` ${secret}`,
      `${secret} `,
      secret.toUpperCase(),
      secret.replace("_", "-"),
      `${secret.slice(0, -1)}é`,
      `${secret.slice(0, -1)}\u0000`,
      `x\n${secret}`,
      ...makers.filter((other) => other.make !== make).map((other) => other.make()),
    ];
    expect(malformed.filter(is)).toEqual([]);
  });

  test("shows its prefix and last four characters in a preview, and no more", () => {
    const secret = make();
    expect(preview(secret)).toBe(`${secret.slice(0, secret.indexOf("_", 4) + 1 || 6)}…${secret.slice(-4)}`);
  });

  test("is redacted wherever it stands, whole or cut off, and a preview stays", () => {
    const secret = make();
    const prefix = preview(secret).split("…")[0];
    const places = [
      secret,
      `Bearer ${secret}`,
      `{"Authorization":"Bearer ${secret}","x":1}`,
      `https://behalf.example/?token=${encodeURIComponent(secret)}&x=1`,
      JSON.stringify({ secret }).replaceAll("/", "\\/"),
      `a${secret}b ${secret},${secret}`,
      `one\n${secret}\ntwo`,
      secret.slice(0, 20),
    ];
    for (const place of places) {
      const shown = redact(place);
      expect(shown).toContain(`${prefix}[redacted]`);
      for (const part of [secret.slice(10, 18), secret.slice(-10, -2)]) expect(shown).not.toContain(part);
      expect(redact(shown)).toBe(shown);
    }
    expect(redact(`key ${preview(secret)} was rotated`)).toBe(`key ${preview(secret)} was rotated`);
  });
});

test("a preview shows nothing of a text that is none of our secrets", () => {
  for (const text of ["", "hunter2", "bhf_sk_short", "sk-ant-0123456789", `bhf_sk_${"x".repeat(42)}`])
    expect(preview(text)).toBe("[redacted]");
});

test("other bearer tokens and the session cookie are redacted, plain prose is not", () => {
  expect(redact("authorization: bearer eyJhbGciOi.J9.x-y_z")).toBe("authorization: bearer [redacted]");
  expect(redact("cookie: a=b; behalfid_developer=Zm9v.YmFy%3D; c=d")).toBe(
    "cookie: a=b; behalfid_developer=[redacted]; c=d",
  );
  expect(redact('{"behalfid_developer":"Zm9vYmFy","c":1}')).toBe('{"behalfid_developer":"[redacted]","c":1}');
  const prose = "The bearer of this key, bhf_sk_…a1B2, may deploy.";
  expect(redact(prose)).toBe(prose);
});

test("a value is redacted in its texts and names however deep, and one without a secret is itself", () => {
  const key = newAgentKey();
  expect(redactIn({ a: [{ [key]: `x ${key}` }, 1, null, true] })).toEqual({
    a: [{ "bhf_sk_[redacted]": "x bhf_sk_[redacted]" }, 1, null, true],
  });
  const plain = { a: ["b", { c: 1 }] };
  expect(redactIn(plain)).toBe(plain);
});

test("redacting a megabyte of near misses takes no time to speak of", () => {
  const hostile = "whsec_%".repeat(60_000) + "bearer ".repeat(60_000) + "behalfid_developer".repeat(10_000);
  const start = performance.now();
  redact(hostile);
  expect(performance.now() - start).toBeLessThan(1000);
});

test("a secret is stored as the SHA-256 of its text", async () => {
  expect(await hashSecret("bhf_sk_abc")).toBe(
    "66efdbc69f4c3a0b1df5b68cf96ef1ca4ccd760721182e619ec80c4f34451d15",
  );
});

test("equality holds for the same bytes only", () => {
  expect(constantTimeEqual(utf8("abc"), utf8("abc"))).toBe(true);
  for (const other of ["", "ab", "abcd", "abd", "bbc", "\0bc"])
    expect(constantTimeEqual(utf8("abc"), utf8(other))).toBe(false);
});

test("base64 has one spelling for each value", () => {
  expect(toHex(fromBase64("AAE=") ?? new Uint8Array())).toBe("0001");
  // Missing padding, stray bits, white space, the other alphabet: `atob` would take most of these.
  for (const text of ["AAE", "AAF=", "AA E=", "AAE=\n", "A-_=", "====", "A", "AAE==", "ＡＡＥ="])
    expect(fromBase64(text)).toBeNull();
});

describe("a sealed secret", () => {
  const base64Key = btoa(String.fromCharCode(...new Uint8Array(32).fill(7)));

  test("opens with its key in its place", async () => {
    const key = await sealingKey(base64Key);
    for (const plain of ["", "whsec_abc", "ünïcödé \u{1F512}", "\uFEFFkeep the mark"]) {
      const sealed = await seal(plain, key, "wh_1");
      expect(sealed).toMatch(/^v1\.[A-Za-z0-9_-]+$/);
      expect(await open(sealed, key, "wh_1")).toBe(plain);
    }
  });

  test("looks different each time and does not hold its plain text", async () => {
    const key = await sealingKey(base64Key);
    const sealed = await Promise.all(Array.from({ length: 50 }, () => seal("whsec_abc", key, "wh_1")));
    expect(new Set(sealed).size).toBe(50);
    for (const each of sealed)
      expect(atob(each.slice(3).replaceAll("-", "+").replaceAll("_", "/"))).not.toContain("whsec");
  });

  test("does not open in another row, under another key, or with any byte changed", async () => {
    const key = await sealingKey(base64Key);
    const sealed = await seal("whsec_abc", key, "wh_1");
    const otherKey = await sealingKey(btoa(String.fromCharCode(...new Uint8Array(32).fill(8))));
    const closed = { name: "SealingError", message: "Cannot be opened." };
    await expect(open(sealed, key, "wh_2")).rejects.toMatchObject(closed);
    await expect(open(sealed, key, "")).rejects.toMatchObject(closed);
    await expect(open(sealed, otherKey, "wh_1")).rejects.toMatchObject(closed);
    for (let index = 0; index < sealed.length; index++) {
      const changed = sealed.slice(0, index) + (sealed[index] === "A" ? "B" : "A") + sealed.slice(index + 1);
      await expect(open(changed, key, "wh_1")).rejects.toMatchObject(closed);
    }
    for (const broken of [
      "",
      "v1.",
      "v1.AAAA",
      sealed.slice(0, -4),
      `${sealed}AAAA`,
      `${sealed}=`,
      sealed.slice(3),
      `v2${sealed.slice(2)}`,
    ])
      await expect(open(broken, key, "wh_1")).rejects.toMatchObject(closed);
  });

  test.each([
    ["nothing", ""],
    ["31 bytes", btoa("x".repeat(31))],
    ["33 bytes", btoa("x".repeat(33))],
    ["16 bytes, which AES would take", btoa("x".repeat(16))],
    ["32 characters that are not base64", "!".repeat(32)],
    ["a line break after the key", `${btoa("x".repeat(32))}\n`],
    ["no padding", btoa("x".repeat(32)).slice(0, -1)],
    ["hex", "ab".repeat(32)],
  ])("has no key made of %s", async (_, text) => {
    await expect(sealingKey(text)).rejects.toMatchObject({
      name: "SealingError",
      message: "The sealing key must be standard base64 of exactly 32 bytes.",
    });
  });

  test("has a key that cannot be taken out again", async () => {
    const key = await sealingKey(base64Key);
    await expect(crypto.subtle.exportKey("raw", key)).rejects.toThrow(/extractable/);
  });
});
