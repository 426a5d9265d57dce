const localHosts = ["localhost", "127.0.0.1"];

/** Whether a host's name or an address is this machine's own. */
export function isLocalHost(host: string): boolean {
  return [...localHosts, "[::1]", "::1"].includes(host);
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
