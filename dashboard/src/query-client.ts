import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiError } from "./api-error.ts";

let whenSignedOut: () => void = () => undefined;

/** What to do when the session has ended under a page: the router goes to the sign-in page. */
export function onSignedOut(act: () => void): void {
  whenSignedOut = act;
}

const notice = (error: Error) => {
  if (error instanceof ApiError && error.isSignedOut) whenSignedOut();
};

// A refusal is an answer: only what may pass by itself is asked again, and a change is never sent twice.
const mayPass = (error: Error) =>
  error instanceof ApiError && (error.code === "OFFLINE" || error.status === 429 || error.status >= 500);

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: notice }),
  mutationCache: new MutationCache({ onError: notice }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (failures, error) => failures < 2 && mayPass(error),
      throwOnError: false,
    },
    // A decision or a new key must not go out later, when the person has looked away.
    mutations: { retry: false, networkMode: "always" },
  },
});
