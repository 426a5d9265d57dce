import { Cancelled } from "./failure.ts";
import type { Output } from "./output/output.ts";

// What is asked is written to stderr, so that a result on stdout stays clean. The library comes with the first question.
async function asking<T>(
  output: Output,
  question: (
    clack: typeof import("./questions.ts"),
    streams: { input: NodeJS.ReadStream; output: NodeJS.WriteStream },
  ) => Promise<T | symbol>,
): Promise<T> {
  const clack = await import("./questions.ts");
  const { stdin, stderr } = output.streams;
  const answer = await question(clack, { input: stdin, output: stderr });
  if (clack.isCancel(answer) || typeof answer === "symbol") throw new Cancelled();
  return answer;
}

/** Whether the person says yes. What they just press Enter to is no. */
export function confirm(output: Output, message: string): Promise<boolean> {
  return asking<boolean>(output, (clack, streams) =>
    clack.confirm({ message, initialValue: false, ...streams }),
  );
}

export function askText(output: Output, message: string, isRequired = true): Promise<string> {
  const validate = (value: string | undefined) =>
    isRequired && (value ?? "").trim() === "" ? "Type something, or press Ctrl-C." : undefined;
  return asking<string>(output, (clack, streams) =>
    clack.text({ message, validate, defaultValue: "", ...streams }),
  );
}

export function askSecret(output: Output, message: string): Promise<string> {
  return asking<string>(output, (clack, streams) => clack.password({ message, ...streams }));
}

export function choose<T extends string>(
  output: Output,
  message: string,
  choices: readonly { value: T; label: string; hint?: string }[],
): Promise<T> {
  return asking<string>(output, (clack, streams) =>
    clack.select<string>({ message, options: choices.map((each) => ({ ...each })), ...streams }),
  ) as Promise<T>;
}
