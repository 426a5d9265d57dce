import type { UseInfiniteQueryResult } from "@tanstack/react-query";
import type { ComponentProps } from "react";
import { ErrorNotice } from "./error-notice.tsx";
import { Button } from "./ui/button.tsx";

type ShowOlderProps = ComponentProps<typeof Button> & {
  list: Pick<
    UseInfiniteQueryResult,
    "hasNextPage" | "isFetchingNextPage" | "isFetchNextPageError" | "error" | "fetchNextPage"
  >;
};

/** What leads on from the last row of a list, for as long as there is more. It says so where that fails. */
export function ShowOlder({ list, ...button }: ShowOlderProps) {
  if (!list.hasNextPage) return null;
  return (
    <>
      {list.isFetchNextPageError && list.error !== null ? (
        <ErrorNotice error={list.error} className="w-full" />
      ) : null}
      <Button
        className="self-center"
        {...button}
        isBusy={list.isFetchingNextPage}
        onClick={() => void list.fetchNextPage()}
      />
    </>
  );
}
