import * as z from "zod";
import { isAddress, isReservedAddress } from "./addresses.ts";

const answerSchema = z.object({
  Status: z.number(),
  Answer: z.array(z.object({ type: z.number(), data: z.string() })).optional(),
});

const recordTypes = { A: 1, AAAA: 28 } as const;

/**
 * What speaks against a host after a look-up of its addresses over HTTPS (the JSON form of application/dns-json):
 * one private address among them is enough. A resolver that does not answer, or a name without an address, is
 * `target_unresolved`: what cannot be checked is not sent to.
 */
export async function resolutionProblem(
  host: string,
  resolver: string,
  signal: AbortSignal,
): Promise<"target_refused" | "target_unresolved" | null> {
  try {
    const answers = await Promise.all([
      lookUp(host, "A", resolver, signal),
      lookUp(host, "AAAA", resolver, signal),
    ]);
    const addresses = answers.flat();
    if (addresses.some(isReservedAddress)) return "target_refused";
    // What is no address cannot be judged, and nothing speaks for it.
    return addresses.length > 0 && addresses.every(isAddress) ? null : "target_unresolved";
  } catch {
    return "target_unresolved";
  }
}

async function lookUp(
  host: string,
  type: keyof typeof recordTypes,
  resolver: string,
  signal: AbortSignal,
): Promise<string[]> {
  const url = new URL(resolver);
  url.searchParams.set("name", host);
  url.searchParams.set("type", type);
  const response = await fetch(url, {
    headers: { Accept: "application/dns-json" },
    redirect: "manual",
    signal,
  });
  if (!response.ok) throw new Error(`The resolver answered ${response.status}.`);
  const { Status: code, Answer: records = [] } = answerSchema.parse(await response.json());
  if (code !== 0) return [];
  return records.filter((record) => record.type === recordTypes[type]).map(({ data }) => data);
}
