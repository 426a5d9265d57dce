import { clockText } from "./times.ts";

const afterMs = 1000;
const everyMs = 1000;
/** Takes back what stands on a terminal's line. */
export const eraseLine = "\r\u001b[2K";

/** Something under way that a person is told of. */
export type Progress = { stop: () => void };

/**
 * A line on stderr that says what is waited for and how long already. On a terminal it begins after a second and is
 * rewritten in place; elsewhere it is written once, at once, when `isLong` says that waiting is to be expected.
 */
export function showProgress(
  stream: NodeJS.WriteStream,
  text: string,
  { isLong = false }: { isLong?: boolean } = {},
): Progress {
  if (!stream.isTTY) {
    if (isLong) stream.write(`${text}\n`);
    return { stop: () => undefined };
  }
  const startedAt = performance.now();
  let isShown = false;
  const draw = () => {
    isShown = true;
    const line = `${text}  ${clockText(performance.now() - startedAt)}`;
    // A line that wraps could not be taken back.
    stream.write(eraseLine + line.slice(0, Math.max(10, (stream.columns || 80) - 1)));
  };
  let repeat: NodeJS.Timeout | undefined;
  const first = setTimeout(
    () => {
      draw();
      repeat = setInterval(draw, everyMs);
    },
    isLong ? 0 : afterMs,
  );
  return {
    stop: () => {
      clearTimeout(first);
      clearInterval(repeat);
      if (isShown) stream.write(eraseLine);
      isShown = false;
    },
  };
}
