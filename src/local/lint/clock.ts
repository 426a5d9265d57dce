// `new Date(ms)` is arithmetic; `new Date()` reads the clock. oxlint's own rules can forbid only both.

type Node = { type: string; name?: string; value?: unknown; object?: Node; property?: Node };
type Call = Node & { callee: Node; arguments: Node[] };
type Context = { report(problem: { message: string; node: Node }): void };

const message = "Time is read once, at the edge, and passed down as `now`.";

const isGlobal = (node: Node | undefined, name: string) => node?.type === "Identifier" && node.name === name;

const reads = ({ callee: { type, object, property } }: Call, clock: string) =>
  type === "MemberExpression" && isGlobal(object, clock) && (property?.name ?? property?.value) === "now";

const noReading = {
  create(context: Context) {
    return {
      NewExpression(node: Call) {
        if (isGlobal(node.callee, "Date") && node.arguments.length === 0) {
          context.report({ message, node });
        }
      },
      CallExpression(node: Call) {
        if (isGlobal(node.callee, "Date") || reads(node, "Date") || reads(node, "performance")) {
          context.report({ message, node });
        }
      },
    };
  },
};

export default { meta: { name: "clock" }, rules: { "no-reading": noReading } };
