import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import type { User } from "../../../../src/contract/people.ts";
import { meQuery } from "../../data/session.ts";
import { returnPath } from "../../lib/return-path.ts";

/** What happens once someone has signed in: nothing of who was here before stays, and on to where they wanted. */
export function useEntered(): (user: User, next?: string) => void {
  const client = useQueryClient();
  const router = useRouter();
  return (user, next) => {
    client.clear();
    client.setQueryData(meQuery.queryKey, user);
    router.history.push(returnPath(next));
  };
}
