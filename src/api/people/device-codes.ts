import { customAlphabet } from "nanoid";
import { toHex } from "../../crypto/encoding.ts";
import { keyedHash } from "./session-cookie.ts";

// RFC 8628 §6.1: consonants only, so that no code looks like another or spells a word.
const newLetters = customAlphabet("BCDFGHJKLMNPQRSTVWXZ", 8);

/** A code for a person to type: two groups of four letters. */
export function newUserCode(): string {
  const letters = newLetters();
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}

/** The stored form of a user code, however it was typed. */
export async function userCodeHash(env: Env, userCode: string): Promise<string> {
  const letters = userCode.toUpperCase().replaceAll(/[^A-Z]/g, "");
  return toHex(await keyedHash(env, `device user code ${letters}`));
}
