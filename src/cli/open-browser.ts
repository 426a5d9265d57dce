import { spawn } from "node:child_process";

/** Opens a page in the person's browser, where there is one. Whether it was tried. */
export function openBrowser(page: string, env: NodeJS.ProcessEnv): boolean {
  // Nothing but a web page: a server must not choose a program by the kind of address that it sends.
  if (!URL.canParse(page) || !/^https?:$/.test(new URL(page).protocol)) return false;
  const opener = openerOf(env);
  if (opener === undefined) return false;
  const [program, ...args] = opener;
  const child = spawn(program, [...args, new URL(page).href], { stdio: "ignore", detached: true });
  child.once("error", () => undefined);
  child.unref();
  return true;
}

function openerOf(env: NodeJS.ProcessEnv): [string, ...string[]] | undefined {
  if (process.platform === "darwin") return ["open"];
  if (process.platform === "win32") return ["rundll32", "url.dll,FileProtocolHandler"];
  return env["DISPLAY"] || env["WAYLAND_DISPLAY"] ? ["xdg-open"] : undefined;
}
