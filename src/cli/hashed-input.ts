const shownCharacters = 2000;

/** What stands for an input that is too large to be sent: its hash, and a beginning of it for people to read. */
export type HashedInput = { inputSha256: string; inputBytes: number; inputStart: string };

/** The input's stand-in, made from its canonical JSON (RFC 8785). */
export async function hashedInput(text: string): Promise<HashedInput> {
  return {
    inputSha256: await sha256(text, "hex"),
    inputBytes: Buffer.byteLength(text),
    inputStart: text.slice(0, shownCharacters).toWellFormed(),
  };
}

/** Loads what hashes when it is first needed, because a hook that needs no hash should not wait for it. */
export async function sha256(text: string, encoding: "hex" | "base64url"): Promise<string> {
  const { createHash } = await import("node:crypto");
  return createHash("sha256").update(text).digest(encoding);
}
