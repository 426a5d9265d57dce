/**
 * Goes to the workspace that the session is in now. The page is loaded anew: what it holds, and the feed that it
 * listens to, are those of the workspace before.
 */
export function enterAnew(): void {
  window.location.assign("/dashboard");
}
