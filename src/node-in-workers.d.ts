// The Node modules that server code may use. Declared by hand instead of taking @types/node, which
// would also put its globals and every other module within reach.

declare module "node:crypto" {
  // Synchronous, where WebCrypto is not: a chain's head may not change while its hash is computed.
  export function createHash(algorithm: "sha256"): {
    update(data: string | Uint8Array): ReturnType<typeof createHash>;
    digest(encoding: "hex" | "base64" | "base64url"): string;
    digest(): Uint8Array<ArrayBuffer>;
  };
}
