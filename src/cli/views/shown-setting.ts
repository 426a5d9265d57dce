import type { SettingName, Settings, Source } from "../settings/settings.ts";

export type ShownSetting = { value: string | undefined; source: Source | "keychain" | undefined };

/** What a setting is, fit to be shown: of a key nothing but its kind. */
export async function shownSetting(settings: Settings, name: SettingName): Promise<ShownSetting> {
  if (name === "base-url") return settings.baseUrl;
  if (name === "agent-id") return settings.agentId ?? { value: undefined, source: undefined };
  const kept = settings.secrets.placeOf("api-key");
  const key = await settings.apiKey();
  if (key === undefined) return { value: undefined, source: undefined };
  const value = "bhf_sk_[redacted]";
  if (key === "locked") return { value, source: "keychain" };
  return { value, source: key.source === "config" && kept === "keychain" ? "keychain" : key.source };
}
