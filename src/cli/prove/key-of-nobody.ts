/** A key of the right form that opens nothing: a hook that has it must block whatever it is asked. */
export function keyOfNobody(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return `bhf_sk_${Buffer.from(bytes).toString("base64url")}`;
}
