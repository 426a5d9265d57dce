/** What a colour may say. One state, one colour, and always a word with it. */
export type State = "allowed" | "denied" | "held" | "over" | "quiet" | "strong";

const codes: Record<State, [number, number]> = {
  allowed: [32, 39],
  denied: [31, 39],
  held: [33, 39],
  over: [90, 39],
  quiet: [2, 22],
  strong: [1, 22],
};

export type Paint = (state: State, text: string) => string;

/** Paints for this stream, or leaves text as it is: NO_COLOR, a pipe and a dumb terminal get none. */
export function paintFor(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): Paint {
  const hasColour = stream.isTTY === true && !env["NO_COLOR"] && env["TERM"] !== "dumb";
  if (!hasColour) return (_, text) => text;
  return (state, text) => `\u001b[${codes[state][0]}m${text}\u001b[${codes[state][1]}m`;
}
