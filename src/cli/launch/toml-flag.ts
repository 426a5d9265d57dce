/** A value as TOML writes it inside a line. */
export type TomlValue =
  string | number | boolean | readonly TomlValue[] | { readonly [key: string]: TomlValue };

/** The arguments that set a key of Codex's configuration for one session. */
export function configFlag(key: string, value: TomlValue): string[] {
  return ["-c", `${key}=${tomlText(value)}`];
}

function tomlText(value: TomlValue): string {
  // What JSON writes as a string is a basic string of TOML, but for one character that TOML wants escaped.
  if (typeof value === "string") return JSON.stringify(value).replaceAll("\u007F", "\\u007F");
  if (typeof value !== "object") return String(value);
  if (isList(value)) return `[${value.map(tomlText).join(",")}]`;
  return `{${Object.entries(value)
    .map(([key, each]) => `${JSON.stringify(key)}=${tomlText(each)}`)
    .join(",")}}`;
}

function isList(value: object): value is readonly TomlValue[] {
  return Array.isArray(value);
}
