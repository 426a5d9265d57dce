import * as z from "zod";
import { editSettingsBodySchema, settingsSchema } from "../../../contract/people.ts";
import { editSettings, settingsOf } from "../../../db/settings.ts";
import { route } from "../../operation.ts";
import { Problem } from "../../problem.ts";

const answers = {
  200: { description: "The settings.", schema: z.object({ settings: settingsSchema }) },
};

export const readSettingsRoute = route(
  {
    method: "get",
    path: "/api/dashboard/settings",
    id: "readSettings",
    tag: "Workspace",
    summary: "The workspace's settings",
    access: { kind: "person", capability: "read" },
    answers,
  },
  async ({ c, env, person }) => {
    const settings = await settingsOf(env.DB, person.accountId);
    if (settings === undefined) throw new Problem("NOT_FOUND");
    return c.json({ settings });
  },
);

export const editSettingsRoute = route(
  {
    method: "patch",
    path: "/api/dashboard/settings",
    id: "editSettings",
    tag: "Workspace",
    summary: "Change the workspace's settings",
    description:
      "What is left out stays. Requests that wait already keep the time to decide that they came with.",
    access: { kind: "person", capability: "manage" },
    body: editSettingsBodySchema,
    answers,
  },
  async ({ c, env, person, body }) => {
    const settings = await editSettings(env.DB, person.accountId, body);
    if (settings === undefined) throw new Problem("NOT_FOUND");
    return c.json({ settings });
  },
);
