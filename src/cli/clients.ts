import { BehalfID } from "../sdk/client.ts";
import { settingsOf, type BehalfOptions } from "../sdk/options.ts";
import { Transport } from "../sdk/transport.ts";

export function newClient(options: BehalfOptions): BehalfID {
  return new BehalfID(options);
}

/** For signing in and for looking at a server, which are not among what programs do with the SDK. */
export function newTransport(options: BehalfOptions): Transport {
  return new Transport(settingsOf(options));
}
