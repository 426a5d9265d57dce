/**
 * The texts of an address's query by these names. The router keeps them as they are; the page that knows what
 * they mean checks them, so that its schemas load with it.
 */
export function searchTexts<Name extends string>(
  search: Record<string, unknown>,
  names: readonly Name[],
): { [Key in Name]?: string } {
  const texts: { [Key in Name]?: string } = {};
  for (const name of names) {
    const value = search[name];
    if (typeof value === "string" && value !== "") texts[name] = value;
    if (typeof value === "number") texts[name] = String(value);
  }
  return texts;
}
