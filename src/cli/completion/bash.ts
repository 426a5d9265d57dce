import { optionValues, places, type Tree } from "./words.ts";

/** The completion of bash: `source <(behalf completion bash)`. */
export function bashCompletion(tree: Tree): string {
  const paths = places(tree).map(({ path }) => path);
  const known = paths.filter((path) => path !== "").map((path) => `"${path}"`);
  const words = places(tree).map(
    ({ path, words }) => `    "${path}") words="${words.map(({ word }) => word).join(" ")}" ;;`,
  );
  const values = optionValues(tree).map(
    ({ path, option, values }) => `    "${path} ${option}") words="${values.join(" ")}" ;;`,
  );
  return `# Completion of behalf for bash. In ~/.bashrc: source <(behalf completion bash)
_behalf() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local at="" next word words="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    [[ $word == -- ]] && return
    next="\${at:+$at }$word"
    case "$next" in
    ${known.join(" | ")}) at="$next" ;;
    esac
  done
  case "$at" in
${words.join("\n")}
  esac
  case "$at $previous" in
${values.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _behalf behalf
`;
}
