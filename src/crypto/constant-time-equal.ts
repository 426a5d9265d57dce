/**
 * Whether two byte strings are the same, in a time that depends on their lengths only. An early exit at the
 * first difference would tell a forger how much of a signature is right.
 */
export function constantTimeEqual(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  let difference = 0;
  for (let index = 0; index < one.length; index++) difference |= (one[index] ?? 0) ^ (other[index] ?? 0);
  return difference === 0;
}
