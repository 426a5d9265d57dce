import type { Context } from "./context.ts";
import { flag, text, wholeNumber, type Arguments, type Given, type Option, type Options } from "./inputs.ts";

/**
 * Whose credential a command uses: nobody's and no server (`local`), nobody's (`anyone`), a person's, an agent's, or
 * whichever of the two there is.
 */
export type Access = "local" | "anyone" | "person" | "agent" | "either";

/** A command as data: parsing, help and completion are made from it. */
export type Spec<A extends Arguments = Arguments, O extends Options = Options> = {
  path: readonly string[];
  summary: string;
  description?: string;
  access: Access;
  args?: A;
  options?: O;
  /** Whether all that follows belongs to the program that it starts, `--help` behind two dashes too. */
  takesAll?: true;
  /** What to type, as it is typed. */
  examples: readonly string[];
};

/** What a command can be told beside its own options. */
export type SharedFlags = {
  json?: boolean | undefined;
  baseUrl?: string | undefined;
  timeout?: number | undefined;
  agentId?: string | undefined;
  apiKey?: string | undefined;
};

/** What is given to a command that takes all that follows, as it was typed. */
export type Typed = { typed: readonly string[] };

/** A command that starts another program: all that is typed after it is that program's. */
export function launcher(
  spec: Omit<Spec, "args" | "options" | "takesAll">,
  run: (context: Context, typed: readonly string[]) => Promise<number>,
): Command {
  return {
    spec: { ...spec, takesAll: true },
    run: (context, { args }) => run(context, (args as Typed).typed),
  };
}

export type Input<A extends Arguments, O extends Options> = { args: Given<A>; options: Given<O> };

export type Command = {
  spec: Spec;
  /** Runs it. The exit code, or nothing when it is done. */
  run: (context: Context, input: Input<never, never>) => Promise<number | void>;
};

/** A command: what it is, as data, and what it does. */
// eslint-disable-next-line typescript/no-empty-object-type
export function command<const A extends Arguments = {}, const O extends Options = {}>(
  spec: Spec<A, O>,
  run: (context: Context, input: Input<A, O>) => Promise<number | void>,
): Command {
  return { spec, run };
}

const maxTimeoutSeconds = 600;

/** The options that every command has beside its own, by whom it acts for. */
export function sharedOptions(access: Access): { [Name in keyof SharedFlags]: Option<SharedFlags[Name]> } {
  const local = { json: flag("print one JSON value and nothing else on stdout") };
  if (access === "local") return local;
  const server = {
    ...local,
    baseUrl: text("URL", "where BehalfID answers, instead of the configured address"),
    timeout: wholeNumber("SECONDS", "how long one attempt may take (10)", maxTimeoutSeconds),
  };
  if (access === "anyone" || access === "person") return server;
  return {
    ...server,
    agentId: text("AGENT", "the agent, instead of the configured one"),
    apiKey: text(
      "KEY",
      "the agent's key, instead of the configured one; others can see it in a process list",
    ),
  };
}
