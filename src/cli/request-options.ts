import { homedir } from "node:os";
import type { VerifyRequest } from "../sdk/verification.ts";
import type { Context } from "./context.ts";
import { UserError } from "./failure.ts";
import { flag, number, pairs, span, text, type Given } from "./inputs.ts";

/** What an agent asks with, whatever the action. */
export const factOptions = {
  vendor: text("VENDOR", "whom or what the action is done to, such as vercel.com"),
  resource: text("RESOURCE", "the same as --vendor, under another name"),
  amount: number("AMOUNT", "what it costs"),
  env: text("ENVIRONMENT", "where, such as production"),
  branch: text("BRANCH", "the branch, for permissions that limit branches"),
  repository: text("REPOSITORY", "the repository, for permissions that limit repositories"),
  arg: pairs("what the action will run with, bound into the approval; repeatable"),
  meta: pairs("what to note in the log; repeatable"),
};

export const requestOptions = {
  action: text("ACTION", "what is to be done, such as deploy_production"),
  ...factOptions,
  command: text("COMMAND", "the command line, for execute_command"),
  path: text("PATH", "the file, for read_file and write_file"),
  cwd: text("FOLDER", "the folder that the command or the file is seen from; this one when not given"),
};

export const waitOptions = {
  wait: flag("wait for a person's approval where one is needed"),
  waitFor: span("wait at most this long, such as 15m; as --wait otherwise"),
};

/** Whether to wait, as the SDK takes it. */
export function waitOf({ wait, waitFor }: Given<typeof waitOptions>): boolean | number {
  return waitFor ?? wait ?? false;
}

/** The facts of a request as the API takes them. */
export function factsOf(options: Given<typeof factOptions>): Omit<VerifyRequest, "action" | "agentId"> {
  const { env, branch, repository } = options;
  const metadata = {
    ...options.meta,
    ...(env === undefined ? {} : { environment: env }),
    ...(branch === undefined ? {} : { branch }),
    ...(repository === undefined ? {} : { repository }),
  };
  return {
    vendor: options.vendor,
    resource: options.resource,
    amount: options.amount,
    arguments: options.arg,
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
  };
}

/** The whole request that these options ask for. */
export function requestOf(
  context: Context,
  agentId: string,
  options: Given<typeof requestOptions>,
): VerifyRequest & { agentId: string } {
  const { action, command, path } = options;
  if (action === undefined)
    throw new UserError("What is to be done?", "Name it: behalf verify --action deploy --vendor vercel.com");
  const hasTarget = command !== undefined || path !== undefined;
  return {
    agentId,
    action,
    ...factsOf(options),
    ...(hasTarget || options.cwd !== undefined
      ? {
          policyContext: {
            source: "cli",
            cwd: options.cwd ?? context.cwd,
            home: homedir(),
            ...(hasTarget ? { toolInput: { command, filePath: path } } : {}),
          },
        }
      : {}),
  };
}
