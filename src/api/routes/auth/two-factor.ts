import * as z from "zod";
import {
  confirmTwoFactorBodySchema,
  presentPasswordBodySchema,
  recoveryCodesSchema,
  twoFactorSchema,
  twoFactorSecretSchema,
} from "../../../contract/sign-in.ts";
import { userById } from "../../../db/people.ts";
import {
  beginTwoFactor,
  confirmTwoFactor,
  endTwoFactor,
  twoFactorOf,
  unconfirmedSecret,
} from "../../../db/two-factor.ts";
import { type Operation, route } from "../../operation.ts";
import { requirePassword } from "../../people/password.ts";
import {
  newRecoveryCodes,
  newTotpSecret,
  openTotpSecret,
  recoveryCodeHash,
  sealTotpSecret,
  stepOfCode,
  totpCodeIn,
  totpForApp,
} from "../../people/second-factor.ts";
import { limitGuessing } from "../../people/sign-in-limit.ts";
import { invalidRequest, Problem } from "../../problem.ts";

const shared = {
  tag: "Signing in",
  access: { kind: "session" },
} as const satisfies Partial<Operation>;

export const readTwoFactorRoute = route(
  {
    ...shared,
    method: "get",
    path: "/api/auth/two-factor",
    id: "readTwoFactor",
    summary: "Whether your sign-in asks for a code",
    answers: { 200: { description: "How it stands.", schema: twoFactorSchema } },
  },
  async ({ c, env, session }) => c.json(await twoFactorOf(env.DB, session.userId)),
);

export const enableTwoFactorRoute = route(
  {
    ...shared,
    method: "post",
    path: "/api/auth/two-factor/enable",
    id: "enableTwoFactor",
    summary: "Get a secret for an authenticator app",
    description:
      "Needs your password. Nothing is asked for until a code of the app confirms it; asked again before that, the earlier secret is void.",
    body: presentPasswordBodySchema,
    answers: { 200: { description: "The secret, for the app.", schema: twoFactorSecretSchema } },
    problems: ["CONFLICT", "RATE_LIMIT_EXCEEDED"],
  },
  async ({ c, env, now, session: { userId }, body }) => {
    await requirePassword(c, userId, body.password, "password");
    const user = await userById(env.DB, userId, undefined);
    if (user === undefined) throw new Problem("AUTH_REQUIRED");
    const secret = newTotpSecret();
    if (!(await beginTwoFactor(env.DB, userId, await sealTotpSecret(env, userId, secret), now)))
      throw new Problem("CONFLICT", {
        detail: "Two-factor is on already.",
        hint: "Turn it off first to use another app.",
      });
    return c.json(totpForApp(secret, user.email));
  },
);

export const confirmTwoFactorRoute = route(
  {
    ...shared,
    method: "post",
    path: "/api/auth/two-factor/confirm",
    id: "confirmTwoFactor",
    summary: "Turn two-factor on with the app's first code",
    description: "The recovery codes are shown in this answer and never again.",
    body: confirmTwoFactorBodySchema,
    answers: { 200: { description: "It is on.", schema: recoveryCodesSchema } },
    problems: ["CONFLICT", "RATE_LIMIT_EXCEEDED"],
  },
  async ({ c, env, now, session: { userId }, body }) => {
    await limitGuessing(c, `two-factor ${userId}`);
    const sealed = await unconfirmedSecret(env.DB, userId);
    if (sealed === undefined) throw nothingWaits();
    const code = totpCodeIn(body.code);
    const step =
      code === undefined ? undefined : await stepOfCode(await openTotpSecret(env, userId, sealed), code, now);
    if (step === undefined)
      throw invalidRequest([{ field: "code", rule: "is not the one that the app shows now" }]);
    const recoveryCodes = newRecoveryCodes();
    const codeHashes = await Promise.all(recoveryCodes.map((each) => recoveryCodeHash(env, userId, each)));
    if (!(await confirmTwoFactor(env.DB, userId, sealed, { step, codeHashes }, now))) throw nothingWaits();
    return c.json({ enabled: true, recoveryCodes });
  },
);

export const disableTwoFactorRoute = route(
  {
    ...shared,
    method: "post",
    path: "/api/auth/two-factor/disable",
    id: "disableTwoFactor",
    summary: "Turn two-factor off",
    description: "Needs your password. The secret and the recovery codes are gone.",
    body: presentPasswordBodySchema,
    answers: { 200: { description: "It is off.", schema: z.object({ enabled: z.literal(false) }) } },
    problems: ["CONFLICT", "RATE_LIMIT_EXCEEDED"],
  },
  async ({ c, env, session: { userId }, body }) => {
    await requirePassword(c, userId, body.password, "password");
    if (!(await endTwoFactor(env.DB, userId)))
      throw new Problem("CONFLICT", { detail: "Two-factor is not on." });
    return c.json({ enabled: false });
  },
);

function nothingWaits(): Problem {
  return new Problem("CONFLICT", {
    detail: "No app waits to be confirmed.",
    hint: "Get a secret first, or turn two-factor off to use another app.",
  });
}
