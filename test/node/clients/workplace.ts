import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { inject } from "vitest";

export type Ran = { status: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string };

type Given = {
  baseUrl: string;
  agentId: string;
  apiKey: string;
  env?: Record<string, string>;
};

/** A person's machine: a home in which `behalf` is configured, a project, and programs that can be run by name. */
export async function workplace({ baseUrl, agentId, apiKey, env = {} }: Given) {
  const folder = await mkdtemp(join(tmpdir(), "behalf-client-"));
  const place = { home: join(folder, "home"), project: join(folder, "project"), bin: join(folder, "bin") };
  for (const each of Object.values(place)) await mkdir(each);
  const write = async (path: string, content: string, mode?: number) => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    if (mode !== undefined) await chmod(path, mode);
  };
  const config = { "agent-id": agentId, "base-url": baseUrl };
  await write(join(place.home, ".behalf/config.json"), JSON.stringify(config), 0o600);
  await write(join(place.home, ".behalf/credentials.json"), JSON.stringify({ "api-key": apiKey }), 0o600);
  await chmod(join(place.home, ".behalf"), 0o700);

  return {
    ...place,
    folder,
    /** Puts a program into the PATH: a file that is there, or a shell script. */
    program: async (name: string, source: { file: string } | { script: string }) => {
      const path = join(place.bin, name);
      await rm(path, { force: true });
      if ("file" in source) await symlink(source.file, path);
      else await write(path, `#!/bin/sh\n${source.script}\n`, 0o755);
    },
    write: (path: string, content: string) => write(join(folder, path), content),
    read: (path: string) => readFile(join(folder, path), "utf8"),
    has: (path: string) => existsSync(join(folder, path)),
    /** Begins `behalf` with these arguments, in the project. */
    begin: (args: readonly string[], more: Record<string, string> = {}) => {
      const path = `${place.bin}:${dirname(process.execPath)}:${process.env["PATH"] ?? ""}`;
      const child = spawn(process.execPath, [inject("program"), ...args], {
        cwd: place.project,
        env: { PATH: path, HOME: place.home, BEHALFID_KEYCHAIN: "off", ...env, ...more },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let stdout = "";
      let stderr = "";
      child.stdout.on("data", (chunk) => (stdout += String(chunk)));
      child.stderr.on("data", (chunk) => (stderr += String(chunk)));
      const ended = new Promise<Ran>((done) => {
        child.on("close", (status, signal) => done({ status, signal, stdout, stderr }));
      });
      return { child, ended };
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

export type Workplace = Awaited<ReturnType<typeof workplace>>;
