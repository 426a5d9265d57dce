import { command } from "../command.ts";
import type { Tree } from "../completion/words.ts";
import { requiredArgument } from "../inputs.ts";

const shells = ["bash", "zsh", "fish"] as const;

/** The command needs to know all commands, so it is made where they are listed. */
export function completionCommand(tree: () => Tree) {
  return command(
    {
      path: ["completion"],
      summary: "print the completion script of a shell",
      access: "local",
      args: { shell: requiredArgument("the shell", shells) },
      examples: [
        "source <(behalf completion bash)",
        "source <(behalf completion zsh)",
        "behalf completion fish | source",
      ],
    },
    async ({ output }, { args }) => {
      const script = await scriptOf(args.shell, tree());
      output.result({ shell: args.shell, script }, () => output.write(script.trimEnd()));
    },
  );
}

async function scriptOf(shell: (typeof shells)[number], tree: Tree): Promise<string> {
  switch (shell) {
    case "bash":
      return (await import("../completion/bash.ts")).bashCompletion(tree);
    case "zsh":
      return (await import("../completion/zsh.ts")).zshCompletion(tree);
    case "fish":
      return (await import("../completion/fish.ts")).fishCompletion(tree);
  }
}
