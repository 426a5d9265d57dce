/** Rows as CSV text (RFC 4180), each with its line end. */
export declare function stringify(
  rows: readonly (readonly (string | number | boolean | null)[])[],
  options: { escape_formulas: boolean; cast: { boolean: (value: boolean) => string } },
): string;
