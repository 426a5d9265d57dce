import type { ActionRequest } from "../contract/verify.ts";
import { placeOf, type Place } from "./paths.ts";

/** The facts that a request carries, for constraints to look at. What is undefined is not carried. */
export type Carried = {
  resource: string | undefined;
  amount: number | undefined;
  environment: string | undefined;
  branch: string | undefined;
  repository: string | undefined;
  command: string | undefined;
  filePath: string | undefined;
  place: Place;
};

/**
 * Reads the facts of a request. Metadata is the caller's, so anything may be in it: a value that is not a string
 * is not carried, nor is one that is blank or that the object only inherits.
 */
export function carriedBy(request: ActionRequest): Carried {
  const { metadata, policyContext } = request;
  const toolInput = policyContext?.toolInput;
  return {
    resource: textIn(request, "resource"),
    amount: amountIn(request),
    environment: textIn(metadata, "environment"),
    branch: textIn(metadata, "branch"),
    repository: textIn(metadata, "repository"),
    command: textIn(toolInput, "command"),
    filePath: textIn(toolInput, "filePath"),
    place: placeOf(textIn(policyContext, "cwd"), textIn(policyContext, "home")),
  };
}

function textIn(holder: object | null | undefined, key: string): string | undefined {
  if (holder === null || typeof holder !== "object" || !Object.hasOwn(holder, key)) return undefined;
  const value: unknown = Reflect.get(holder, key);
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

function amountIn({ amount }: ActionRequest): number | undefined {
  return typeof amount === "number" && amount >= 0 ? amount : undefined;
}
