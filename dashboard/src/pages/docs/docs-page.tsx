import { useQuery } from "@tanstack/react-query";
import { Link, useLocation, useParams } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { ErrorState } from "../../components/error-state.tsx";
import { Skeleton } from "../../components/ui/skeleton.tsx";
import { SiteHeader } from "../../shell/site-header.tsx";
import { usePageTitle } from "../../lib/page-title.ts";
import { NotFoundPage } from "../../shell/root-layout.tsx";
import { DocsBody } from "./docs-body.tsx";
import { type DocsContent, docsPages } from "./docs-pages.ts";

/** A page of the documentation with the list of all of them and of its own sections. */
export function DocsPage() {
  const { page: slug } = useParams({ from: "/docs/$page" });
  const index = docsPages.findIndex((page) => page.slug === slug);
  const page = docsPages[index];
  const content = useQuery({
    queryKey: ["docs", slug],
    queryFn: () => page?.load() ?? Promise.reject(new Error("No such page.")),
    enabled: page !== undefined,
    staleTime: Infinity,
  });
  usePageTitle(page?.title ?? "Not found");
  useScrollToHash(content.data !== undefined);
  if (page === undefined) return <NotFoundPage />;
  return (
    <>
      <SiteHeader />
      <div className="mx-auto grid max-w-6xl gap-x-12 px-4 pb-24 lg:grid-cols-[11rem_minmax(0,1fr)] xl:grid-cols-[11rem_minmax(0,1fr)_12rem]">
        <PageList slug={slug} />
        <main id="content" className="max-w-[65ch] min-w-0 pt-8">
          {content.error === null ? null : (
            <ErrorState error={content.error} onRetry={() => void content.refetch()} />
          )}
          {content.isPending ? <DocsSkeleton /> : null}
          {content.data === undefined ? null : (
            <article>
              <h1 className="mb-6 text-28 font-semibold">{content.data.title}</h1>
              <DocsBody nodes={content.data.body} />
            </article>
          )}
          <Neighbours index={index} />
        </main>
        {content.data === undefined ? null : <Contents headings={content.data.headings} />}
      </div>
    </>
  );
}

// The text comes after the address was followed, so the browser found nothing to scroll to.
function useScrollToHash(isLoaded: boolean): void {
  const { hash } = useLocation();
  useEffect(() => {
    if (isLoaded && hash !== "") document.getElementById(hash)?.scrollIntoView();
  }, [isLoaded, hash]);
}

function PageList({ slug }: { slug: string }) {
  const list = useRef<HTMLElement>(null);
  // On a phone the list is a strip: what is open must not hide beyond its edge.
  useEffect(() => {
    const open = list.current?.querySelector<HTMLElement>("[aria-current=page]");
    if (open != null) list.current?.scrollTo({ left: open.offsetLeft - 16 });
  }, [slug]);
  return (
    <nav
      ref={list}
      aria-label="Documentation"
      className="-mx-4 flex gap-1 overflow-x-auto border-b border-line px-4 py-2 lg:sticky lg:top-14 lg:mx-0 lg:flex-col lg:self-start lg:border-b-0 lg:px-0 lg:py-8"
    >
      {docsPages.map(({ slug, title }) => (
        <Link
          key={slug}
          to="/docs/$page"
          params={{ page: slug }}
          className="flex h-9 shrink-0 items-center rounded-md px-3 text-14 text-muted hover:bg-hover hover:text-ink aria-[current=page]:bg-hover aria-[current=page]:font-medium aria-[current=page]:text-ink"
        >
          {title}
        </Link>
      ))}
      <a
        href="/api/docs"
        className="flex h-9 shrink-0 items-center rounded-md px-3 text-14 text-muted hover:bg-hover hover:text-ink"
      >
        API reference
      </a>
    </nav>
  );
}

function Contents({ headings }: { headings: DocsContent["headings"] }) {
  const sections = headings.filter(({ level }) => level === 2);
  if (sections.length < 2) return null;
  return (
    <nav aria-label="On this page" className="sticky top-14 hidden flex-col gap-2 self-start py-8 xl:flex">
      <h2 className="text-12 font-semibold">On this page</h2>
      {sections.map(({ id, text }) => (
        <a key={id} href={`#${id}`} className="text-12 text-muted hover:text-ink">
          {text}
        </a>
      ))}
    </nav>
  );
}

function Neighbours({ index }: { index: number }) {
  const [before, after] = [docsPages[index - 1], docsPages[index + 1]];
  return (
    <nav
      aria-label="Next pages"
      className="mt-12 flex justify-between gap-4 border-t border-line pt-4 text-14"
    >
      {before === undefined ? <span /> : <Neighbour {...before} word="Before" />}
      {after === undefined ? <span /> : <Neighbour {...after} word="Next" />}
    </nav>
  );
}

function Neighbour({ slug, title, word }: { slug: string; title: string; word: string }) {
  return (
    <Link to="/docs/$page" params={{ page: slug }} className="group flex flex-col rounded-md">
      <span className="text-12 text-muted">{word}</span>
      <span className="font-medium text-accent-ink group-hover:underline">{title}</span>
    </Link>
  );
}

function DocsSkeleton() {
  return (
    <div role="status" aria-label="Loading" className="flex flex-col gap-4">
      <Skeleton className="h-9 w-56" />
      {["a", "b", "c", "d"].map((line) => (
        <Skeleton key={line} className="h-4 w-full" />
      ))}
      <Skeleton className="h-40 w-full" />
    </div>
  );
}
