import { optionValues, places, type Tree } from "./words.ts";

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
// In a list of _describe a colon ends the word.
const described = (word: string, about: string) => quoted(`${word.replaceAll(":", "\\:")}:${about}`);

/** The completion of zsh: `source <(behalf completion zsh)`, or in a file `_behalf` on the fpath. */
export function zshCompletion(tree: Tree): string {
  const known = places(tree)
    .map(({ path }) => path)
    .filter((path) => path !== "")
    .map(quoted);
  const words = places(tree).map(
    ({ path, words }) =>
      `    ${quoted(path)}) next=(${words.map(({ word, about }) => described(word, about)).join(" ")}) ;;`,
  );
  const values = optionValues(tree).map(
    ({ path, option, values }) =>
      `    ${quoted(`${path} ${option}`)}) compadd -- ${values.map(quoted).join(" ")}; return ;;`,
  );
  return `#compdef behalf
# Completion of behalf for zsh. In ~/.zshrc, after compinit: source <(behalf completion zsh)
_behalf() {
  local at="" word i
  local -a next
  for ((i = 2; i < CURRENT; i++)); do
    word="\${words[i]}"
    [[ $word == -- ]] && { _normal; return }
    case "\${at:+$at }$word" in
    ${known.join(" | ")}) at="\${at:+$at }$word" ;;
    esac
  done
  case "$at \${words[CURRENT-1]}" in
${values.join("\n")}
  esac
  case "$at" in
${words.join("\n")}
  esac
  _describe behalf next
  _files
}
if [[ $funcstack[1] == _behalf ]]; then _behalf "$@"; else compdef _behalf behalf; fi
`;
}
