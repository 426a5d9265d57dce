import { describe, expect, test } from "vitest";
import { drop, json, problem, scriptedServer, text } from "../sdk/scripted-server.ts";
import { InstalledBehalf } from "./installed-behalf.ts";
import { liveServer } from "./live-server.ts";
import { pendingApproval } from "./pending-approval.ts";

/** The commands that run until a person ends them. */
export function watchingTests(consumer: () => string): void {
  describe("watching for requests", () => {
    const token = { BEHALFID_DEVELOPER_TOKEN: `bhf_dev_${"t".repeat(43)}` };
    const until = async (holds: () => boolean) => {
      const deadline = performance.now() + 40_000;
      while (!holds()) {
        if (performance.now() > deadline) throw new Error("It never came to that.");
        await new Promise((done) => {
          setTimeout(done, 10);
        });
      }
    };

    test("listens to the live feed, and looks by itself only while there is none", async () => {
      await using server = await liveServer();
      await using behalf = await InstalledBehalf.in(consumer(), { ...token, BEHALFID_BASE_URL: server.url });
      const watching = behalf.begin(["behalf", "approvals", "watch"]);
      const { watchers, state, pending } = server;
      await until(() => watchers.length === 1);
      expect(watchers[0]?.headers["x-developer-token"]).toBe(token.BEHALFID_DEVELOPER_TOKEN);
      // Quiet for longer than it would wait between two looks.
      let before = Number.NaN;
      while (before !== state.lists) {
        before = state.lists;
        await new Promise((done) => {
          setTimeout(done, 2500);
        });
      }
      server.tell({ type: "decision" });
      pending.push({ ...pendingApproval, approvalId: "apr_told" });
      server.tell({ type: "approval", approvalId: "apr_told" });
      await watching.shows("apr_told  deploy_production on vercel.com");
      // One look, and on a slow machine perhaps the one that is due now and then all the same.
      expect(state.lists).toBeLessThanOrEqual(before + 2);

      state.hasFeed = false;
      server.breakOff();
      pending.push({ ...pendingApproval, approvalId: "apr_found" });
      await watching.shows("apr_found");
      await until(() => state.lists >= before + 4);
      state.hasFeed = true;
      await until(() => watchers.length === 1);
      watching.child.kill("SIGINT");
      expect(await watching.ended).toMatchObject({ status: 130 });
    });

    test("outlives a restart of the server, and ends where the sign-in has ended", async () => {
      const page = { approvals: [pendingApproval], nextCursor: null };
      await using server = await scriptedServer((response, seen) => {
        if (seen.url.includes("/live")) return json(404, {})(response, seen);
        const looks = server.seen.filter(({ url }) => !url.includes("/live")).length;
        if (looks === 1) return json(200, { ...page, approvals: [] })(response, seen);
        // What stands before a server that restarts.
        if (looks === 5) return text(502, "<html>", { "content-type": "text/html" })(response, seen);
        if (looks < 6) return drop(response, seen);
        if (looks === 6) return json(200, page)(response, seen);
        return problem(401, "AUTH_REQUIRED")(response, seen);
      });
      await using behalf = await InstalledBehalf.in(consumer(), { ...token, BEHALFID_BASE_URL: server.url });
      const { status, stdout, stderr } = await behalf.run(["approvals", "watch"]);
      expect({ status, stdout }).toEqual({ status: 1, stdout: expect.stringMatching(/^apr_1 /) as string });
      expect(stderr.match(/could not be reached.*Trying again/g)).toHaveLength(1);
      expect(stderr).toContain("opens nothing");
    });

    test("waits for one request through a restart, and no longer than it is told to", async () => {
      const restarting = problem(504, "GATEWAY_TIMEOUT");
      const seen = (status: string) => json(200, { approval: { ...pendingApproval, status } });
      await using server = await scriptedServer(seen("pending"), restarting, seen("approved"));
      await using gone = await scriptedServer(seen("pending"), restarting);
      const waiting = async (url: string, ...options: string[]) => {
        await using behalf = await InstalledBehalf.in(consumer(), { ...token, BEHALFID_BASE_URL: url });
        return await behalf.run(["approvals", "wait", "apr_1", ...options]);
      };
      const [decided, over] = await Promise.all([waiting(server.url), waiting(gone.url, "--wait-for", "5s")]);
      expect(decided).toMatchObject({ status: 0, stdout: "approved\n" });
      expect(decided.stderr).toContain("Trying again until it answers.");
      expect(over).toMatchObject({ status: 1, stdout: "" });
    });
  });
}
