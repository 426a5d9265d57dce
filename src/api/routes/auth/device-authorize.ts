import { deviceAuthorizeBodySchema, deviceAuthorizedSchema } from "../../../contract/people.ts";
import { answerDevice } from "../../../db/device-codes.ts";
import { route } from "../../operation.ts";
import { userCodeHash } from "../../people/device-codes.ts";
import { limitGuessing } from "../../people/sign-in-limit.ts";
import { Problem } from "../../problem.ts";

export const deviceAuthorizeRoute = route(
  {
    method: "post",
    path: "/api/auth/device/authorize",
    id: "authorizeDevice",
    tag: "Signing in on a device",
    summary: "Answer a device",
    description:
      "Signs the device that shows userCode in as you, in your present workspace, or refuses it. Only from a browser: a developer token must not grow into a session.",
    access: { kind: "session" },
    body: deviceAuthorizeBodySchema,
    answers: { 200: { description: "Your answer.", schema: deviceAuthorizedSchema } },
    problems: ["NOT_FOUND", "RATE_LIMIT_EXCEEDED"],
  },
  async ({ c, env, now, session: { userId, sessionId, membership }, body }) => {
    await limitGuessing(c, `device code ${userId}`);
    if (membership === undefined)
      throw new Problem("FORBIDDEN", { detail: "You are not a member of a workspace." });
    const status = body.approve ? "authorized" : "denied";
    const person = { userId, accountId: membership.accountId, sessionId };
    const userHash = await userCodeHash(env, body.userCode);
    if (!(await answerDevice(env.DB, userHash, status, person, now)))
      throw new Problem("NOT_FOUND", {
        detail: "No device waits with this code: it is mistyped, was answered, or has expired.",
        hint: "Check the code on the device, or start again there.",
      });
    return c.json({ status });
  },
);
