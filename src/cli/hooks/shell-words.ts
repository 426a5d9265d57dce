const bare = /[A-Za-z0-9_./:@%+,=-]/;
const plain = /^[A-Za-z0-9_./:-]$/;
const hidden = /[\p{C}\p{Zl}\p{Zp}]/u;

/**
 * The words of a line that is one simple command: every shell runs one program with exactly these words and does nothing
 * else. Undefined for all that is more than that, and for all that is not certain: operators, substitutions, variables,
 * globs, assignments, comments, line breaks, escapes. Where backslashes and quotes mean other things, on Windows, only
 * words without either are certain.
 */
export function simpleCommand(line: string, isPosix: boolean): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  // The break that ends a line is none between two.
  const text = line.replace(/[ \t\n]{1,200}$/, "");
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === " " || char === "\t") {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (isPosix && (char === "'" || char === '"')) {
      const end = text.indexOf(char, at + 1);
      const quoted = end === -1 ? "\0" : text.slice(at + 1, end);
      if (hidden.test(quoted) || (char === '"' && /[$`\\!]/.test(quoted))) return undefined;
      word = (word ?? "") + quoted;
      at = end;
    } else if (isPosix ? bare.test(char) : plain.test(char)) {
      // zsh takes `=name` for the file of a program.
      if (char === "=" && word === undefined) return undefined;
      word = (word ?? "") + char;
    } else {
      return undefined;
    }
  }
  if (word !== undefined) words.push(word);
  return words[0] === undefined || /^$|=/.test(words[0]) ? undefined : words;
}

/**
 * A line as a shell may come to read it: with `$HOME` and `~` filled in, what is spelled by number spelled out, and without
 * quotes, escapes and continued lines. For looking whether something is mentioned; never for what a line does.
 */
export function unquoted(line: string, home: string): string {
  const fromCode = (digits: string, radix: number) => {
    const code = Number.parseInt(digits, radix);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : "";
  };
  return line
    .replace(/\\\r?\n/g, "")
    .replace(/\\x([0-9a-f]{1,2})/gi, (_, digits: string) => fromCode(digits, 16))
    .replace(/\\u([0-9a-f]{1,4})/gi, (_, digits: string) => fromCode(digits, 16))
    .replace(/\\([0-7]{1,3})/g, (_, digits: string) => fromCode(digits, 8))
    .replace(/\$\{?HOME\}?|%USERPROFILE%|\$env:USERPROFILE/gi, () => home)
    .replace(/\$(?=['"])|['"\\]/g, "")
    .replace(/(^|[\s=:;&|<>(`])~(?=\/|$|\s)/g, (_, before: string) => before + home);
}

/** The words of an unquoted line, whatever operators stand between them. */
export function looseWords(text: string): string[] {
  return text.split(/[\s;&|<>()`]+/).filter((word) => word !== "");
}
