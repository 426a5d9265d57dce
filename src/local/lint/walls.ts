// What a room may import, as one pattern that everything must match. oxlint's no-restricted-imports
// names what is forbidden, and its patterns have no lookahead: one that has it never matches.

type Source = { type: string; value?: unknown };
type Import = { source: Source | null };
type Context = {
  options: [{ pattern: string; message: string }];
  report(problem: { message: string; node: Source }): void;
};

const onlyImports = {
  meta: { schema: [{ type: "object" }] },
  create(context: Context) {
    const [{ pattern, message }] = context.options;
    const permitted = new RegExp(`^(${pattern})$`);
    const look = ({ source }: Import) => {
      if (source && !permitted.test(String(source.value))) context.report({ message, node: source });
    };
    return {
      ImportDeclaration: look,
      ImportExpression: look,
      ExportAllDeclaration: look,
      ExportNamedDeclaration: look,
    };
  },
};

export default { meta: { name: "walls" }, rules: { "only-imports": onlyImports } };
