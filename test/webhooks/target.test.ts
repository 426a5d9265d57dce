import { describe, expect, inject, test } from "vitest";
import { ipv6, isReservedAddress } from "../../src/webhooks/addresses.ts";
import { resolutionProblem } from "../../src/webhooks/resolution.ts";
import { targetProblem } from "../../src/webhooks/target.ts";
import { goodUrls, hostileUrls, ownMachineUrls } from "./target-urls.ts";

const deployed = { environment: "production", ownOrigin: "https://behalfid.example" };
const local = { environment: "local", ownOrigin: "http://localhost:8787" };

describe("a webhook's target", () => {
  test.each([...hostileUrls, ...ownMachineUrls])("is refused: %j", (url) => {
    expect(targetProblem(url, deployed)).not.toBeNull();
    expect(targetProblem(url, { ...deployed, environment: "test" })).not.toBeNull();
  });

  test.each(goodUrls)("is taken: %j", (url) => {
    expect(targetProblem(url, deployed)).toBeNull();
    expect(targetProblem(url, local)).toBeNull();
  });

  test("is on the corpus of hostile URLs a hundred times, each in another way", () => {
    expect(new Set(hostileUrls).size).toBe(hostileUrls.length);
    expect(hostileUrls.length).toBeGreaterThan(100);
  });

  test.each(ownMachineUrls)("may be the owner's own machine while developing: %j", (url) => {
    expect(targetProblem(url, local)).toBeNull();
  });

  test("is never another private address, nor plain http elsewhere, also while developing", () => {
    const elsewhere = hostileUrls.filter((url) => !/behalfid\.example/i.test(url));
    expect(elsewhere.filter((url) => targetProblem(url, local) === null)).toEqual([]);
    for (const url of [
      "http://2130706433/",
      "http://0x7f.1/",
      "http://127.8.9.10/",
      "http://[::ffff:127.0.0.1]/",
    ])
      expect(targetProblem(url, local)).toMatch(/^must begin with http:\/\/localhost|^must start with https/);
    for (const url of [
      "http://10.0.0.1/",
      "https://192.168.0.1/",
      "http://169.254.169.254/",
      "http://[fe80::1]/",
    ])
      expect(targetProblem(url, local)).not.toBeNull();
    expect(targetProblem("http://example.com/", local)).toBe("must start with https://");
  });

  test("is never this service, by any of its names", () => {
    for (const url of ["http://localhost:8787/", "http://127.0.0.1:8787/api", "http://[::1]:8787/"])
      expect(targetProblem(url, local)).toBe("must not be this service itself");
    expect(targetProblem("https://behalfid.example/hook", deployed)).toBe("must not be this service itself");
  });

  test("says which rule it breaks", () => {
    expect(targetProblem("https://10.0.0.1/", deployed)).toContain("public internet");
    expect(targetProblem("https://a:b@example.com/", deployed)).toContain("password");
    expect(targetProblem("https://intranet/", deployed)).toContain("full host name");
  });
});

describe("an address", () => {
  test("is read in every form of RFC 4291, and in no other", () => {
    expect(ipv6("::")).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    expect(ipv6("1::8")).toEqual([1, 0, 0, 0, 0, 0, 0, 8]);
    expect(ipv6("::ffff:1.2.3.4")).toEqual([0, 0, 0, 0, 0, 0xffff, 0x102, 0x304]);
    for (const text of [
      "",
      ":",
      ":::",
      "1::2::3",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "::1.2.3",
      "::256.0.0.1",
    ])
      expect(ipv6(text)).toBeUndefined();
  });

  test("that a resolver gives is judged by the same rules", () => {
    for (const address of ["127.0.0.1", "10.1.2.3", "::1", "fe80::1", "::ffff:10.0.0.1", "fd00::1"])
      expect(isReservedAddress(address)).toBe(true);
    for (const address of ["93.184.216.34", "2606:2800:220:1::", "not an address"])
      expect(isReservedAddress(address)).toBe(false);
  });
});

describe("a name that is looked up", () => {
  const resolver = (answers: unknown, status = 200) => {
    const url = new URL("/resolver", inject("receiver"));
    url.searchParams.set("get", JSON.stringify(answers));
    url.searchParams.set("status", String(status));
    return url.href;
  };
  const lookUp = (answers: unknown, status?: number) =>
    resolutionProblem("example.com", resolver(answers, status), AbortSignal.timeout(5000));
  const record = (type: number, data: string) => ({ name: "example.com", type, TTL: 60, data });

  test("is sent to when all its addresses are public", async () => {
    const answers = { Status: 0, Answer: [record(5, "cdn.example.com."), record(1, "93.184.216.34")] };
    expect(await lookUp(answers)).toBeNull();
  });

  test("is refused when one of its addresses is private", async () => {
    for (const hidden of [record(1, "10.0.0.1"), record(28, "::1"), record(28, "::ffff:169.254.169.254")])
      expect(await lookUp({ Status: 0, Answer: [record(1, "93.184.216.34"), hidden] })).toBe(
        "target_refused",
      );
  });

  test("is not sent to when nobody can say where it leads", async () => {
    expect(await lookUp({ Status: 3 })).toBe("target_unresolved");
    expect(await lookUp({ Status: 0, Answer: [] })).toBe("target_unresolved");
    expect(await lookUp({ Status: 0, Answer: [record(1, "93.184.216.34")] }, 500)).toBe("target_unresolved");
    expect(await lookUp("nonsense")).toBe("target_unresolved");
    for (const data of ["fe80::1%eth0", "0x7f.1", "cdn.example.com.", ""])
      expect(await lookUp({ Status: 0, Answer: [record(1, "93.184.216.34"), record(28, data)] })).toBe(
        "target_unresolved",
      );
  });
});
