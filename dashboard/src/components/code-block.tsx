import { cx } from "../lib/cx.ts";
import { CopyButton } from "./copy-button.tsx";

type CodeBlockProps = {
  code: string;
  /** Said to screen readers and shown above: a file's name, or what it is. */
  label?: string;
  language?: string | undefined;
  className?: string;
};

/** Code to read and to copy. It scrolls sideways in its box. */
export function CodeBlock({ code, label, language, className }: CodeBlockProps) {
  const lines = code.replace(/\n$/, "").split("\n");
  const isShell = language === "sh" || language === "console";
  return (
    <figure
      className={cx("group relative overflow-hidden rounded-lg border border-line bg-sunken", className)}
    >
      {label === undefined ? null : (
        <figcaption className="border-b border-line px-4 py-2 pr-12 font-mono text-12 text-muted">
          {label}
        </figcaption>
      )}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by key */}
      <pre
        tabIndex={0}
        className="overflow-x-auto px-4 py-3 pr-12 font-mono text-12 leading-5 -outline-offset-2"
      >
        <code>
          {lines.map((line, index) => (
            <span key={index} className={cx(isComment(line, isShell) && "text-faint")}>
              {line}
              {index < lines.length - 1 ? "\n" : ""}
            </span>
          ))}
        </code>
      </pre>
      <CopyButton
        text={code.replace(/\n$/, "")}
        label="Copy the code"
        className="absolute top-1.5 right-1.5 bg-sunken"
      />
    </figure>
  );
}

function isComment(line: string, isShell: boolean): boolean {
  const start = line.trimStart();
  return isShell ? start.startsWith("#") : start.startsWith("//");
}
