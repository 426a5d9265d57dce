import { BehalfID } from "../sdk/client.ts";
import type { BehalfOptions } from "../sdk/options.ts";

export function newClient(options: BehalfOptions): BehalfID {
  return new BehalfID(options);
}
