import { devicePollBodySchema, devicePolledSchema } from "../../../contract/people.ts";
import { hashSecret } from "../../../crypto/secrets.ts";
import { deviceStatus, redeemDevice } from "../../../db/device-codes.ts";
import { route } from "../../operation.ts";
import { startSession } from "../../people/auth.ts";
import { limitFlood } from "../../people/sign-in-limit.ts";
import { countFailedKey } from "../../rate-limit.ts";

export const devicePollRoute = route(
  {
    method: "post",
    path: "/api/auth/device/poll",
    id: "pollDevice",
    tag: "Signing in on a device",
    summary: "Has the person answered?",
    description:
      "`authorized` comes once and with the token, which is the value of the session cookie. A code that is unknown, over or redeemed is `expired`.",
    access: { kind: "none" },
    body: devicePollBodySchema,
    answers: { 200: { description: "How the sign-in stands.", schema: devicePolledSchema } },
    problems: ["RATE_LIMIT_EXCEEDED"],
  },
  async ({ c, env, now, body }) => {
    const deviceHash = await hashSecret(body.deviceCode);
    await limitFlood(c, `device poll ${deviceHash}`);
    const status = await deviceStatus(env.DB, deviceHash, now);
    if (status === "pending" || status === "denied") return c.json({ status });
    const person = status === "authorized" ? await redeemDevice(env.DB, deviceHash, now) : undefined;
    if (person === undefined) {
      const tooMany = await countFailedKey(c);
      if (tooMany !== undefined) throw tooMany;
      return c.json({ status: "expired" });
    }
    const token = await startSession(c, person, person.accountId);
    return c.json(token === undefined ? { status: "expired" } : { status: "authorized", token });
  },
);
