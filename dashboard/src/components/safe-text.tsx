import { useId, useState } from "react";
import { cx } from "../lib/cx.ts";
import { passesFor, visiblePieces, type Piece } from "../../../src/contract/visible-text.ts";

const foldedLines = 8;
const foldedCharacters = 600;

type SafeTextProps = {
  /** What somebody else wrote. */
  text: string;
  isMono?: boolean;
  /** Given where the page has to know whether all of it is on the screen. */
  isOpen?: boolean;
  onOpenChange?: (isOpen: boolean) => void;
  className?: string;
};

/**
 * Text from outside as it is to the byte: hidden, control, direction and look-alike characters stand as visible
 * escapes. Long text folds and says how much is folded away.
 */
export function SafeText({ text, isMono = false, isOpen, onOpenChange, className }: SafeTextProps) {
  const [isUnfolded, setUnfolded] = useState(false);
  const id = useId();
  const isShown = isOpen ?? isUnfolded;
  const head = isLong(text) ? folded(text) : text;
  const isFolded = head !== text && !isShown;
  const toggle = () => {
    setUnfolded(!isShown);
    onOpenChange?.(!isShown);
  };
  return (
    <span className={cx("block min-w-0", className)}>
      <span
        id={id}
        dir="ltr"
        className={cx("break-words whitespace-pre-wrap [unicode-bidi:isolate]", isMono && "font-mono")}
      >
        {/* An escape at the cut must not change with the cut: the whole is escaped, then cut. */}
        <Pieces pieces={isFolded ? cut(visiblePieces(text), head.length) : visiblePieces(text)} />
        {isFolded ? "…" : null}
      </span>
      {head === text ? null : (
        <button
          type="button"
          aria-expanded={isShown}
          aria-controls={id}
          onClick={toggle}
          className="mt-1 block rounded-sm font-sans text-12 font-medium text-accent-ink hover:underline"
        >
          {isShown
            ? "Fold"
            : `Show all: ${text.length - head.length} more characters in ${text.split("\n").length} lines`}
        </button>
      )}
    </span>
  );
}

/** Whether a text is shown folded at first. */
export function isLong(text: string): boolean {
  return text.length > foldedCharacters || text.split("\n", foldedLines + 1).length > foldedLines;
}

function folded(text: string): string {
  return text.split("\n").slice(0, foldedLines).join("\n").slice(0, foldedCharacters);
}

function cut(pieces: readonly Piece[], length: number): Piece[] {
  const kept: Piece[] = [];
  let left = length;
  for (const piece of pieces) {
    if (left <= 0) break;
    if (piece.kind === "plain") kept.push({ ...piece, text: piece.text.slice(0, left) });
    else kept.push(piece);
    left -= piece.kind === "plain" ? piece.text.length : piece.source.length;
  }
  return kept;
}

function Pieces({ pieces }: { pieces: readonly Piece[] }) {
  return pieces.map((piece, index) =>
    piece.kind === "plain" ? <span key={index}>{piece.text}</span> : <Escape key={index} piece={piece} />,
  );
}

function Escape({ piece }: { piece: Extract<Piece, { kind: "escape" }> }) {
  const { text, source, why } = piece;
  return (
    <span
      title={explanationOf(piece)}
      className="mx-px rounded-sm border border-waiting-line bg-waiting-soft px-0.5 font-mono text-12 text-waiting"
    >
      {why === "look-alike" ? `${source} ${text}` : text}
    </span>
  );
}

function explanationOf({ source, text, why }: Extract<Piece, { kind: "escape" }>): string {
  switch (why) {
    case "look-alike": {
      const other = passesFor(source);
      return other === undefined
        ? `${text}: a letter of another script`
        : `${text}: looks like ${other}, and is not`;
    }
    case "space":
      return source === " " ? "A space at the edge" : `${text}: another kind of space`;
    case "control":
      return `${text}: a control character`;
    case "direction":
      return `${text}: changes the direction of the text after it`;
    case "hidden":
      return `${text}: an invisible character`;
    case "stacked mark":
      return `${text}: one of many marks on one letter`;
  }
}
