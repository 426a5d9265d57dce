const width = 44;

/** JSON as a person would write it: what fits on a line stays on one. */
export function compactJson(value: unknown, indent = ""): string {
  const line = JSON.stringify(value, null, 1)?.replaceAll(/\n\s*/g, " ") ?? "";
  if (line.length + indent.length <= width || value === null || typeof value !== "object") return line;
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const items = value.map((item) => inner + compactJson(item, inner));
    return `[\n${items.join(",\n")}\n${indent}]`;
  }
  const entries = Object.entries(value).map(
    ([key, item]) => `${inner}${JSON.stringify(key)}: ${compactJson(item, inner)}`,
  );
  return `{\n${entries.join(",\n")}\n${indent}}`;
}
