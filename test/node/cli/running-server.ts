import { sharedSystem } from "../shared-system.ts";

const password = "a long passphrase";

export type Account = { email: string; password: string; cookie: string };

/** What `npm start` starts, and people who have signed up there. */
export async function runningServer() {
  const { baseUrl: url } = await sharedSystem();
  const post = async (path: string, body: object, cookie?: string) =>
    fetch(url + path, {
      method: "POST",
      headers: { "content-type": "application/json", origin: url, ...(cookie ? { cookie } : {}) },
      body: JSON.stringify(body),
    });
  return {
    url,
    post,
    async signUp(name: string): Promise<Account> {
      const email = `cli-${name}@example.com`;
      const response = await post("/api/auth/signup", { email, password });
      if (!response.ok) throw new Error(await response.text());
      const cookie = response.headers.getSetCookie()[0]?.split(";")[0] ?? "";
      return { email, password, cookie };
    },
  };
}

export type RunningServer = Awaited<ReturnType<typeof runningServer>>;
