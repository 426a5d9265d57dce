import { queryOptions } from "@tanstack/react-query";
import * as z from "zod";
import { type editSettingsBodySchema, type Settings, settingsSchema } from "../../../src/contract/people.ts";
import { api } from "../api.ts";

const answer = z.object({ settings: settingsSchema });

export const settingsQuery = queryOptions({
  queryKey: ["settings"],
  queryFn: async ({ signal }) => (await api.get("/api/dashboard/settings", answer, { signal })).settings,
});

export async function editSettings(body: z.output<typeof editSettingsBodySchema>): Promise<Settings> {
  return (await api.patch("/api/dashboard/settings", body, answer)).settings;
}
