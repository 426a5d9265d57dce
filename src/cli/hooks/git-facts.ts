import { readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

export type GitFacts = { branch?: string; repository?: string };

const maxBytes = 256 * 1024;
const maxUrlCharacters = 500;

/**
 * The branch that is checked out in a folder and the repository that its remote `origin` names, such as
 * `github.com/acme/site`, read without running git, whose configuration could run anything. What cannot be told is left
 * out, and a permission that looks at it then does not apply.
 */
export function gitFacts(cwd: string): GitFacts {
  const folder = gitFolder(cwd);
  if (folder === undefined) return {};
  const branch = /^ref: refs\/heads\/(\S+)\s*$/.exec(textOf(join(folder, "HEAD")) ?? "")?.[1];
  const shared = textOf(join(folder, "commondir"))?.trim();
  const common = shared === undefined ? folder : resolve(folder, shared);
  const repository = repositoryOf(originOf(textOf(join(common, "config")) ?? ""));
  return {
    ...(branch === undefined ? {} : { branch }),
    ...(repository === undefined ? {} : { repository }),
  };
}

function originOf(config: string): string | undefined {
  let isOrigin = false;
  for (const line of config.split("\n").map((each) => each.trim())) {
    if (line.startsWith("[")) isOrigin = line === '[remote "origin"]';
    else if (isOrigin && /^url ?=/.test(line)) return line.slice(line.indexOf("=") + 1).trim();
  }
  return undefined;
}

// Both `https://host/owner/name.git` and `git@host:owner/name.git`, without the user and what they sign in with.
function repositoryOf(url: string | undefined): string | undefined {
  if (url === undefined || url.length > maxUrlCharacters) return undefined;
  const [, host, path] =
    /^(?:[a-z+]+:\/\/)?(?:[^@/]*@)?([A-Za-z0-9.-]+)(?::\d+)?[:/]+([^\s:?#]+?)(?:\.git)?\/*$/.exec(url) ?? [];
  return host === undefined || path === undefined ? undefined : `${host.toLowerCase()}/${path}`;
}

function gitFolder(cwd: string): string | undefined {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const found = join(folder, ".git");
    const kind = statSync(found, { throwIfNoEntry: false });
    if (kind?.isDirectory() === true) return found;
    const elsewhere = kind === undefined ? undefined : /^gitdir: (.+?)\s*$/.exec(textOf(found) ?? "")?.[1];
    if (elsewhere !== undefined) return resolve(folder, elsewhere);
    if (dirname(folder) === folder) return undefined;
  }
}

// Only of a plain file: reading a pipe would hold this process until its client gives up on it.
function textOf(file: string): string | undefined {
  const kind = statSync(file, { throwIfNoEntry: false });
  return kind?.isFile() === true && kind.size <= maxBytes ? readFileSync(file, "utf8") : undefined;
}
