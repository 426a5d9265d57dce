const localHosts = ["localhost", "127.0.0.1"];

/** Whether a host's name or an address is this machine's own. */
export function isLocalHost(host: string): boolean {
  return [...localHosts, "[::1]", "::1"].includes(host);
}

/**
 * Whether a request names this machine as the one that it is for, by a name that is the machine's own. A page whose name
 * was made to point here is asked for under that name, and its browser says so in Host. The address alone proves
 * nothing: the local server in front takes it from a header that any page may send. What a Worker asks another has no
 * Host, and a browser cannot leave it out.
 */
export function isForThisMachine(request: Request): boolean {
  const host = request.headers.get("Host");
  const names = [request.url, ...(host === null ? [] : [`http://${host}`])];
  return names.every((name) => isLocalHost(URL.parse(name)?.hostname ?? ""));
}

/** Whether people open this deployment on their own machine, where there is no TLS. */
export function isLocalSite(env: Env): boolean {
  return localHosts.includes(new URL(env.PUBLIC_URL).hostname);
}

/** Whether a browser that says it is on this origin is on ours. */
export function isOurOrigin(env: Env, origin: string): boolean {
  const site = new URL(env.PUBLIC_URL);
  if (origin === site.origin) return true;
  // On the owner's machine the two names of the loopback address are one site; the port must still be ours.
  return isLocalSite(env) && localHosts.some((host) => origin === `${site.protocol}//${host}:${site.port}`);
}
