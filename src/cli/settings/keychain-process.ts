import { text } from "node:stream/consumers";
import type { KeychainAnswer, KeychainCall } from "./keychain.ts";

const service = "behalfid";

/** Answers the one keychain call that stands on stdin. */
export async function serveKeychain(): Promise<void> {
  const call = JSON.parse(await text(process.stdin)) as KeychainCall;
  process.stdout.write(JSON.stringify(await answer(call).catch((): KeychainAnswer => ({ ok: false }))));
}

async function answer(call: KeychainCall): Promise<KeychainAnswer> {
  // Not there where it was not installed, which is why it is looked for at this moment only.
  const { AsyncEntry } = await import("@napi-rs/keyring");
  if ("get" in call) {
    const secret = await new AsyncEntry(service, call.get).getPassword();
    return secret ? { ok: true, secret } : { ok: true };
  }
  if ("delete" in call) {
    await new AsyncEntry(service, call.delete).deleteCredential();
    return { ok: true };
  }
  const entry = new AsyncEntry(service, call.set);
  await entry.setPassword(call.secret);
  // Some accept a secret and keep nothing.
  return { ok: (await entry.getPassword()) === call.secret };
}
