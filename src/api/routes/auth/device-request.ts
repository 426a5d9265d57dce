import * as z from "zod";
import { deviceCodeMs, devicePollMs, deviceRequestedSchema } from "../../../contract/people.ts";
import { hashSecret } from "../../../crypto/secrets.ts";
import { openDeviceSignIn } from "../../../db/device-codes.ts";
import { route } from "../../operation.ts";
import { newUserCode, userCodeHash } from "../../people/device-codes.ts";
import { newOneTimeSecret } from "../../people/one-time-secret.ts";
import { limitAddress } from "../../people/sign-in-limit.ts";

export const deviceRequestRoute = route(
  {
    method: "post",
    path: "/api/auth/device/request",
    id: "requestDevice",
    tag: "Signing in on a device",
    summary: "Ask to be signed in on a device",
    description:
      "For a device without a browser (RFC 8628): show the person userCode and verificationUri, then poll with deviceCode.",
    access: { kind: "none" },
    body: z.strictObject({}),
    answers: { 200: { description: "The two codes.", schema: deviceRequestedSchema } },
    problems: ["RATE_LIMIT_EXCEEDED"],
  },
  async ({ c, env, now }) => {
    await limitAddress(c);
    const deviceCode = newOneTimeSecret();
    const userCode = newUserCode();
    const deviceHash = await hashSecret(deviceCode);
    await openDeviceSignIn(env.DB, { deviceHash, userHash: await userCodeHash(env, userCode) }, now);
    const verificationUri = `${env.PUBLIC_URL}/device`;
    return c.json({
      deviceCode,
      userCode,
      verificationUri,
      verificationUriComplete: `${verificationUri}?userCode=${userCode}`,
      expiresIn: deviceCodeMs / 1000,
      interval: devicePollMs / 1000,
    });
  },
);
