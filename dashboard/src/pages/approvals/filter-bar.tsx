import { Link } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { type RefObject, useEffect, useRef } from "react";
import { controlClass } from "../../components/ui/field.tsx";
import { type ApprovalFilter, approvalFilters } from "../../data/approval-filters.ts";
import { cx } from "../../lib/cx.ts";

type FilterBarProps = {
  filter: ApprovalFilter;
  search: string;
  onSearch: (search: string) => void;
  searchField: RefObject<HTMLInputElement | null>;
};

/** Which requests are listed: by how they stand, and by a word in them. Both are in the address. */
export function FilterBar({ filter, search, onSearch, searchField }: FilterBarProps) {
  const filters = useRef<HTMLElement>(null);
  // On a phone they are a strip: the one that is chosen must not hide beyond its edge.
  useEffect(() => {
    const chosen = filters.current?.querySelector<HTMLElement>("[aria-current=page]");
    if (chosen != null) filters.current?.scrollTo({ left: chosen.offsetLeft - 16 });
  }, [filter]);
  return (
    <div className="mb-4 flex flex-wrap items-center gap-3">
      <nav
        ref={filters}
        aria-label="Show"
        className="relative -mx-4 flex max-w-[100vw] gap-1 overflow-x-auto px-4 sm:mx-0 sm:max-w-full sm:px-0"
      >
        {approvalFilters.map((each) => (
          <Link
            key={each}
            to="/dashboard/approvals"
            search={{
              status: each === "pending" ? undefined : each,
              q: search === "" ? undefined : search,
            }}
            // Otherwise a link whose query is part of the address counts as the present one, too.
            activeOptions={{ exact: true, explicitUndefined: true }}
            aria-current={each === filter ? "page" : undefined}
            className="flex h-8 items-center rounded-full border border-transparent px-3 text-14 text-muted capitalize transition-colors hover:text-ink aria-[current=page]:border-line-strong aria-[current=page]:bg-surface aria-[current=page]:font-medium aria-[current=page]:text-ink"
          >
            {each}
          </Link>
        ))}
      </nav>
      <label className="relative ml-auto w-full sm:w-64">
        <span className="sr-only">Search</span>
        <Search aria-hidden className="absolute top-2.5 left-3 size-4 text-faint" />
        <input
          ref={searchField}
          type="search"
          value={search}
          placeholder="Search these requests"
          autoComplete="off"
          onChange={({ currentTarget }) => onSearch(currentTarget.value)}
          onKeyDown={({ key, currentTarget }) => {
            if (key === "Escape") currentTarget.blur();
          }}
          className={cx(controlClass, "h-9 pl-9")}
        />
      </label>
    </div>
  );
}
