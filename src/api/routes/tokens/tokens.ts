import * as z from "zod";
import { tokenIdSchema } from "../../../contract/ids.ts";
import { createTokenBodySchema, issuedTokenSchema, mayDo, tokenSchema } from "../../../contract/people.ts";
import { hashSecret, newDeveloperToken, preview } from "../../../crypto/secrets.ts";
import { addToken, deleteToken, tokensOf } from "../../../db/developer-tokens.ts";
import { route } from "../../operation.ts";
import { endWatching } from "../../people/end-watching.ts";
import { type Person, requireViaSession } from "../../people/person.ts";
import { Problem } from "../../problem.ts";

// Who runs the workspace sees everyone's tokens and can take them away; others their own.
const whose = (person: Person) => (mayDo(person.roles, "manage") ? undefined : person.userId);

export const listTokensRoute = route(
  {
    method: "get",
    path: "/api/dashboard/tokens",
    id: "listTokens",
    tag: "Developer tokens",
    summary: "Developer tokens, newest first",
    description: "Yours; for owners and admins, everyone's.",
    access: { kind: "person", capability: "read" },
    answers: {
      200: { description: "The tokens.", schema: z.object({ tokens: z.array(tokenSchema) }) },
    },
  },
  async ({ c, env, person }) => c.json({ tokens: await tokensOf(env.DB, person.accountId, whose(person)) }),
);

export const createTokenRoute = route(
  {
    method: "post",
    path: "/api/dashboard/tokens",
    id: "createToken",
    tag: "Developer tokens",
    summary: "Make a developer token",
    description:
      "It acts for you, with the roles that you have whenever it is used. Needs your session: a token makes no other. Shown in this answer and never again.",
    access: { kind: "person", capability: "read", via: "session" },
    body: createTokenBodySchema,
    answers: { 201: { description: "The token.", schema: issuedTokenSchema } },
  },
  async ({ c, env, now, person, body }) => {
    const token = newDeveloperToken();
    const stored = { name: body.name, hash: await hashSecret(token), preview: preview(token) };
    // Its access has seen to it; the type does not say so.
    requireViaSession(person);
    const made = await addToken(env.DB, person, stored, now);
    if (made === undefined) throw new Problem("AUTH_REQUIRED");
    const { tokenId, name, ...facts } = made;
    return c.json({ tokenId, name, token, ...facts }, 201);
  },
);

export const deleteTokenRoute = route(
  {
    method: "delete",
    path: "/api/dashboard/tokens/{id}",
    id: "deleteToken",
    tag: "Developer tokens",
    summary: "Delete a developer token",
    description: "From this moment it opens nothing. Yours; for owners and admins, anyone's.",
    access: { kind: "person", capability: "read" },
    params: z.object({ id: tokenIdSchema }),
    answers: {
      200: { description: "It is gone.", schema: z.object({ deleted: z.literal(true) }) },
    },
    problems: ["NOT_FOUND"],
  },
  async ({ c, env, person, params }) => {
    if (!(await deleteToken(env.DB, person.accountId, params.id, whose(person))))
      throw new Problem("NOT_FOUND");
    endWatching(c, person.accountId);
    return c.json({ deleted: true });
  },
);
