import { html } from "hono/html";

/** A piece of a page: hono escapes whatever is put into it that is not itself such a piece. */
export type Html = ReturnType<typeof html>;

/** A sentence in which backticks mark code. */
export function prose(text: string): Html[] {
  return text.split("`").map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));
}

/** Texts separated by empty lines as paragraphs. */
export function paragraphs(text: string | undefined): Html[] {
  return (text ?? "").split("\n\n").flatMap((part) => (part === "" ? [] : html`<p>${prose(part)}</p>`));
}

/** Pieces with a separator between each two. */
export function joined(pieces: readonly Html[], separator: string): Html[] {
  return pieces.map((piece, index) => (index === 0 ? piece : html`${separator}${piece}`));
}
