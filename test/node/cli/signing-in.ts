import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { base32 } from "@better-auth/utils/base32";
import { createOTP } from "@better-auth/utils/otp";
import { beforeAll, expect, test } from "vitest";
import { hasTerminal, InstalledBehalf } from "./installed-behalf.ts";
import { runningServer, type RunningServer } from "./running-server.ts";
import { signedInBehalf } from "./signed-in-behalf.ts";

/** Signing in and out against a real server. `consumer` is where the package is installed. */
export function signingInTests(consumer: () => string): void {
  let server: RunningServer;

  beforeAll(async () => {
    server = await runningServer();
  }, 180_000);

  test("a person signs in by code on another device, and out again", async () => {
    await using behalf = await InstalledBehalf.in(consumer(), { BEHALFID_BASE_URL: server.url });
    const { cookie, email } = await server.signUp("device");
    const login = behalf.begin(["behalf", "login"]);
    const shown = await login.shows("Confirm there");
    expect(shown).toContain(`${server.url}/device?userCode=`);
    const userCode = /[A-Z]{4}-[A-Z]{4}/.exec(shown)?.[0];
    expect((await server.post("/api/auth/device/authorize", { userCode }, cookie)).status).toBe(200);
    expect(await login.ended).toMatchObject({ status: 0 });
    expect(JSON.parse((await behalf.run(["whoami", "--json"])).stdout)).toMatchObject({ user: { email } });

    // The session that was ended elsewhere, too: whoever still holds its value is told to sign in.
    const file = join(behalf.home, ".behalf/credentials.json");
    const credentials = await readFile(file, "utf8");
    expect((await behalf.run(["logout"])).stdout).toContain("Signed out");
    expect(await behalf.run(["whoami"])).toMatchObject({
      status: 1,
      stderr: `✗ You are not signed in at ${server.url}.\n  Sign in: behalf login\n`,
    });
    await writeFile(file, credentials);
    const ended = await behalf.run(["agents", "list"]);
    expect(ended).toMatchObject({ status: 1, stdout: "" });
    expect(ended.stderr).toMatch(
      `✗ Your session at ${server.url} has ended.\n  Sign in again: behalf login\n`,
    );
  });

  test("the address of a first sign-in is kept for other commands, and leads no key of another address there", async () => {
    const { email, password } = await server.signUp("by-flag");
    const login = ["login", "--base-url", server.url, "--email", email, "--password-stdin"];
    const stdin = `${password}\n`;
    await using behalf = await InstalledBehalf.in(consumer(), {});
    expect(await behalf.run(login, { stdin })).toMatchObject({ status: 0, stderr: "" });
    expect(JSON.parse((await behalf.run(["whoami", "--json"])).stdout)).toMatchObject({ user: { email } });

    await using other = await InstalledBehalf.in(consumer(), {});
    await other.run(["config", "set", "api-key", `bhf_sk_${"k".repeat(43)}`]);
    expect(await other.run(login, { stdin })).toMatchObject({ status: 0, stderr: "" });
    expect((await other.run(["config", "get", "base-url"])).stdout).toBe("https://behalfid.com\n");
  });

  test("a second factor is asked for: of a script by flag or stdin, of a person on the terminal", async () => {
    await using behalf = await InstalledBehalf.in(consumer(), { BEHALFID_BASE_URL: server.url });
    const { email, password, cookie } = await server.signUp("two-factor");
    const set = async (what: string, body: object) =>
      (await (await server.post(`/api/auth/two-factor/${what}`, body, cookie)).json()) as {
        secret: string;
        recoveryCodes: string[];
      };
    const { secret } = await set("enable", { password });
    const app = createOTP(new TextDecoder().decode(base32.decode(secret)));
    const codeOf = (at: number) => app.hotp(Math.floor(at / 30_000));
    // The step before this one, so that this one's code is still to be used.
    const { recoveryCodes } = await set("confirm", { code: await codeOf(Date.now() - 30_000) });

    const login = ["login", "--email", email, "--password-stdin"];
    const signedIn = async () => (await behalf.run(["whoami"])).status === 0;
    const bare = await behalf.run(login, { stdin: `${password}\n` });
    expect(bare).toMatchObject({ status: 1, stdout: "" });
    expect(bare.stderr).toContain("asks for a code");
    expect(bare.stderr).toContain("--code 123456");
    const wrong = await behalf.run([...login, "--code", "BBBB-BBBB-BBBB"], { stdin: `${password}\n` });
    expect(wrong).toMatchObject({ status: 1, stdout: "" });
    expect(wrong.stderr).toContain("The code is wrong");
    expect(await signedIn()).toBe(false);

    const byFlag = await behalf.run([...login, "--code", await codeOf(Date.now())], {
      stdin: `${password}\n`,
    });
    expect(byFlag).toMatchObject({ status: 0, stderr: "" });
    expect(await signedIn()).toBe(true);
    await behalf.run(["logout"]);
    const byStdin = await behalf.run(login, { stdin: `${password}\n${recoveryCodes[0]}\n` });
    expect(byStdin).toMatchObject({ status: 0, stderr: "" });

    await behalf.run(["logout"]);
    if (!(await hasTerminal())) return;
    const typing = behalf.onTerminal(`behalf login --email ${email}`);
    await typing.shows("Password of");
    typing.type(`${password}\r`);
    await typing.shows("Code of your authenticator app");
    typing.type(`${recoveryCodes[0]}\r`);
    // Typed before it is asked for, it would not reach the question.
    await typing.shows(/That code was not taken[^]*Code of your authenticator app/);
    typing.type(`${recoveryCodes[1]}\r`);
    expect(await typing.ended).toMatchObject({ status: 0 });
    expect(await signedIn()).toBe(true);
  });

  test("a session is for the server that gave it, and goes to no other", async () => {
    const { behalf } = await signedInBehalf(consumer(), server, "bound");
    await using _ = behalf;
    const elsewhere = await behalf.run([
      "agents",
      "list",
      "--base-url",
      server.url.replace("localhost", "127.0.0.1"),
    ]);
    expect(elsewhere).toMatchObject({ status: 1, stdout: "" });
    expect(elsewhere.stderr).toContain("You are not signed in at http://127.0.0.1");
  });
}
