import { optionValues, places, type Tree } from "./words.ts";

const quoted = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

/** The completion of fish: `behalf completion fish | source`. */
export function fishCompletion(tree: Tree): string {
  const all = places(tree);
  const known = all
    .map(({ path }) => path)
    .filter((path) => path !== "")
    .map(quoted);
  const choices = new Map(
    optionValues(tree).map(({ path, option, values }) => [`${path} ${option}`, values]),
  );
  const lines = all.flatMap(({ path, words }) => {
    const condition = `-n ${quoted(`__behalf_at ${quoted(path)}`)}`;
    return words.map(({ word, about }) => {
      const what = about === "" ? "" : ` -d ${quoted(about)}`;
      if (!word.startsWith("--")) return `complete -c behalf ${condition} -a ${quoted(word)}${what}`;
      const values = choices.get(`${path} ${word}`);
      const takes = values === undefined ? "" : ` -x -a ${quoted(values.join(" "))}`;
      return `complete -c behalf ${condition} -l ${word.slice(2)}${takes}${what}`;
    });
  });
  return `# Completion of behalf for fish. In ~/.config/fish/config.fish: behalf completion fish | source
function __behalf_at
  set -l at ""
  set -l known ${known.join(" ")}
  for word in (commandline -opc)[2..-1]
    test "$word" = --; and return 1
    set -l next (string trim -- "$at $word")
    contains -- "$next" $known; and set at "$next"
  end
  test "$at" = "$argv[1]"
end
${lines.join("\n")}
`;
}
