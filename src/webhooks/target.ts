import { isAddress, isLoopback, isReservedAddress } from "./addresses.ts";

/** What decides, beside the URL itself, whether events may be sent to it. */
export type TargetRules = {
  /** Only in `local` is this machine a target. */
  environment: string;
  /** The origin of this deployment: events sent to ourselves would call each other for ever. */
  ownOrigin: string;
};

// Names that only a private network, a machine or a cloud's inside knows.
const privateSuffixes = [
  "internal",
  "local",
  "localhost",
  "localdomain",
  "lan",
  "home",
  "corp",
  "intranet",
  "private",
  "arpa",
];

// Public names whose owners answer with whatever private address the name spells, or always with loopback.
const mirrorDomains = [
  "nip.io",
  "sslip.io",
  "xip.io",
  "localtest.me",
  "lvh.me",
  "vcap.me",
  "lacolhost.com",
  "localho.st",
  "traefik.me",
  "rbndr.us",
  "1u.ms",
];

/**
 * The rule that a webhook's URL breaks, or null for one that events may be sent to.
 *
 * The URL parser brings every spelling of a host into one: decimal, octal, hexadecimal and short IPv4, full-width
 * letters, percent signs, IPv6 with zeros or dots. What it yields is judged, and where the text said it otherwise
 * than a person would, the text is refused too.
 *
 * It knows addresses and names, not what a name resolves to; see `resolutionProblem`. Beyond that the platform
 * helps: a deployed Worker's requests leave from Cloudflare's network and reach public addresses only. It does
 * not keep a name from pointing elsewhere between the look-up and the request.
 */
export function targetProblem(text: string, { environment, ownOrigin }: TargetRules): string | null {
  // Parsers disagree about these; one reader's path is another's host.
  if (/[\s\\\p{Cc}\p{Cf}]/u.test(text)) return "must not contain spaces, control characters or backslashes";
  if (!URL.canParse(text)) return "must be a URL";
  const url = new URL(text);
  const isLocal = environment === "local";
  const authority = /^[a-z]+:\/\/([^/?#]*)/i.exec(text)?.[1];
  if (url.protocol !== "https:" && url.protocol !== "http:") return "must start with https://";
  if (authority === undefined || authority === "")
    return "must be written with two slashes, as https://host/path";
  if (url.username !== "" || url.password !== "" || authority.includes("@"))
    return "must not contain a user name or a password";
  if (url.hash !== "") return "must not contain a fragment (#)";

  const host = url.hostname.replace(/\.$/, "").replace(/^\[|\]$/g, "");
  const isOwnMachine = isLoopback(host) || host === "localhost" || host.endsWith(".localhost");
  if (isOurs(url, host, isOwnMachine, ownOrigin, isLocal)) return "must not be this service itself";
  const isPlain =
    host ===
    authority
      .toLowerCase()
      .replace(/:\d+$/, "")
      .replace(/^\[|\]$/g, "");
  if (isLocal && isOwnMachine)
    return url.protocol === "http:" && isPlain && isLocalhost(host) ? null : ownMachineRule;
  if (url.protocol !== "https:") return "must start with https://";
  if (isAddress(host)) {
    if (isReservedAddress(host)) return publicRule;
    // A public address in disguise has no honest use either.
    return isPlain ? null : "must spell its address plainly";
  }
  return nameProblem(host);
}

// What a developer writes. Loopback has millions of other addresses and spellings, and nobody writes those by chance.
function isLocalhost(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || host === "127.0.0.1" || host === "::1";
}

const ownMachineRule = "must begin with http://localhost to reach this machine";
const publicRule = "must be on the public internet, not a private, local or reserved address";

function nameProblem(name: string): string | null {
  const labels = name.split(".");
  if (name.length > 253 || !labels.every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label)))
    return "must have a valid host name";
  if (labels.length === 1) return "must have a full host name, such as hooks.example.com";
  const isUnder = (suffix: string) => name === suffix || name.endsWith(`.${suffix}`);
  return [...privateSuffixes, ...mirrorDomains].some(isUnder) ? publicRule : null;
}

function isOurs(url: URL, host: string, isOwnMachine: boolean, ownOrigin: string, isLocal: boolean): boolean {
  const own = new URL(ownOrigin);
  if (!isLocal) return host === own.hostname;
  const portOf = ({ port, protocol }: URL) => port || (protocol === "https:" ? "443" : "80");
  return isOwnMachine && portOf(url) === portOf(own);
}
