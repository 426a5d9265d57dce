import { wildcardRuns } from "./wildcard.ts";

// A host name, perhaps with a scheme or the local part of an address before it, and a port and a path behind it.
// No part can start with a character that the one before it can hold where it ends, so this takes linear time.
const hostForm =
  /^([a-z][a-z0-9+.-]*:\/\/)?(?:([^\s@/,]+)@)?([\p{L}\p{N}_*-]+(?:\.[\p{L}\p{N}_*-]+)+\.?(?::(?:\d+|\*))?)(\/.*)?$/isu;

const hostRun = /^[a-z0-9.-]+$/;
const localRun = /^[a-z0-9.+_-]+$/i;

export type HostItem = {
  scheme: string;
  local: string | undefined;
  host: string;
  path: string | undefined;
};

/** The item of an owner as a host name, with what stands around it, or undefined where it is none. */
export function hostItem(item: string): HostItem | undefined {
  const [, scheme = "", local, host, path] = hostForm.exec(item) ?? [];
  return host === undefined ? undefined : { scheme: lowerAscii(scheme), local, host: lowerAscii(host), path };
}

/**
 * Whether a request's value names a host, or an address at a host, that the owner's item covers.
 *
 * Scheme and host compare without case, in ASCII only: the Kelvin sign is no `k`. In the host a `*` stands for
 * one or more letters, digits, hyphens and dots, so that `*.vercel.com` covers `a.b.vercel.com` and neither
 * `vercel.com` nor anything that hides another host before a slash, a question mark or an at sign. A dot at the
 * end makes another name. Before an at sign a `*` stands for one address and never for a list of them. In the
 * path behind the host it stands for anything.
 */
export function hostCovers(item: HostItem, value: string): boolean {
  if (lowerAscii(value.slice(0, item.scheme.length)) !== item.scheme) return false;
  const rest = value.slice(item.scheme.length);
  const slash = rest.indexOf("/");
  const authority = slash === -1 ? rest : rest.slice(0, slash);
  const path = slash === -1 ? undefined : rest.slice(slash);
  const at = authority.indexOf("@");
  const local = at === -1 ? undefined : authority.slice(0, at);
  return (
    isCoveredLocal(item.local, local) &&
    isCoveredHost(item.host, lowerAscii(authority.slice(at + 1))) &&
    isCoveredPath(item.path, path)
  );
}

function isCoveredLocal(pattern: string | undefined, local: string | undefined): boolean {
  if (pattern === undefined || local === undefined) return pattern === local;
  return wildcardRuns(pattern, local, 1)?.every((run) => localRun.test(run)) === true;
}

function isCoveredHost(pattern: string, host: string): boolean {
  const runs = wildcardRuns(pattern, host, 1);
  if (runs === undefined) return false;
  if (runs.length === 0) return true;
  const [name = ""] = host.split(":", 1);
  const mayEndInDot = pattern.split(":", 1)[0]?.endsWith(".");
  const hasEmptyLabel = name.startsWith(".") || name.includes("..") || (name.endsWith(".") && !mayEndInDot);
  return !hasEmptyLabel && runs.every((run) => hostRun.test(run));
}

function isCoveredPath(pattern: string | undefined, path: string | undefined): boolean {
  if (pattern === undefined || path === undefined) return pattern === path;
  return wildcardRuns(pattern, path, 0) !== undefined;
}

function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
