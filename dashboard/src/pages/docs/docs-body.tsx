import { Link } from "@tanstack/react-router";
import type { DocsNode } from "*.md";
import { Link as LinkIcon } from "lucide-react";
import type { ReactNode } from "react";
import { CodeBlock } from "../../components/code-block.tsx";
import { cx } from "../../lib/cx.ts";

/** A page's text as elements. What the build made is data; nothing here is parsed as HTML. */
export function DocsBody({ nodes }: { nodes: readonly DocsNode[] }) {
  return nodes.map((node, index) => <Node key={index} node={node} />);
}

const plain: Record<
  string,
  { tag: "p" | "ul" | "blockquote" | "strong" | "em" | "thead" | "tbody" | "tr"; className?: string }
> = {
  p: { tag: "p", className: "my-4 text-16 leading-7" },
  ul: { tag: "ul", className: "my-4 list-disc pl-6 text-16 leading-7 marker:text-faint [&>li]:my-1" },
  blockquote: {
    tag: "blockquote",
    className: "my-4 rounded-lg border border-line bg-surface px-4 [&>p]:text-14 [&>p]:leading-6",
  },
  strong: { tag: "strong", className: "font-semibold" },
  em: { tag: "em" },
  thead: { tag: "thead" },
  tbody: { tag: "tbody" },
  tr: { tag: "tr", className: "border-b border-line last:border-b-0" },
};

function Node({ node }: { node: DocsNode }): ReactNode {
  if (typeof node === "string") return node;
  const [tag, attributes, ...children] = node;
  const inner = <DocsBody nodes={children} />;
  const usual = plain[tag];
  if (usual !== undefined) {
    const { tag: Tag, className } = usual;
    return <Tag {...(className === undefined ? {} : { className })}>{inner}</Tag>;
  }
  switch (tag) {
    case "h2":
    case "h3":
    case "h4":
      return <Heading tag={tag} id={attributes["id"] ?? ""} inner={inner} />;
    case "ol":
      return (
        <ol
          start={Number(attributes["start"] ?? 1)}
          className="my-4 list-decimal pl-6 text-16 leading-7 marker:text-faint [&>li]:my-1"
        >
          {inner}
        </ol>
      );
    case "li":
      return <li className="[&>p]:my-2">{inner}</li>;
    case "code":
      return (
        <code className="rounded-sm border border-line bg-sunken px-1 py-px font-mono text-[0.875em]">
          {inner}
        </code>
      );
    case "a":
      return <TextLink href={attributes["href"] ?? ""} inner={inner} />;
    case "fence":
      return (
        <CodeBlock
          code={typeof children[0] === "string" ? hereIn(children[0]) : ""}
          language={attributes["language"]}
          {...(attributes["label"] === undefined ? {} : { label: attributes["label"] })}
          className="my-4"
        />
      );
    case "table":
      return (
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by key
        <div
          role="group"
          aria-label="Table"
          tabIndex={0}
          className="my-4 overflow-x-auto rounded-lg border border-line bg-surface"
        >
          <table className="w-full border-collapse text-14">{inner}</table>
        </div>
      );
    case "th":
      return (
        <th
          scope="col"
          className="h-9 bg-sunken px-3 text-left text-12 font-medium whitespace-nowrap text-muted"
        >
          {inner}
        </th>
      );
    case "td":
      return (
        <td
          className={cx(
            "px-3 py-2 align-top leading-6",
            attributes["align"] === "right" && "tabular text-right",
          )}
        >
          {inner}
        </td>
      );
    case "hr":
      return <hr className="my-8 border-line" />;
    case "br":
      return <br />;
    default:
      throw new Error(`The documentation has a ${tag}, which no page shows.`);
  }
}

// What is copied from this page is for the deployment that shows it.
function hereIn(code: string): string {
  return code.replaceAll("http://localhost:8787", window.location.origin);
}

const headingClasses = {
  h2: "mt-12 mb-4 text-20 font-semibold",
  h3: "mt-8 mb-2 text-16 font-semibold",
  h4: "mt-6 mb-2 text-14 font-semibold",
};

function Heading({
  tag: Tag,
  id,
  inner,
}: {
  tag: keyof typeof headingClasses;
  id: string;
  inner: ReactNode;
}) {
  return (
    <Tag id={id} className={cx("group flex items-center gap-2", headingClasses[Tag])}>
      <span>{inner}</span>
      <a
        href={`#${id}`}
        aria-label="Link to this section"
        className="text-faint opacity-0 group-hover:opacity-100 focus-visible:opacity-100"
      >
        <LinkIcon aria-hidden className="size-4" />
      </a>
    </Tag>
  );
}

const linkClass = "text-accent-ink underline underline-offset-2";

function TextLink({ href, inner }: { href: string; inner: ReactNode }) {
  const page = /^\/docs\/([a-z-]+)(?:#(.+))?$/.exec(href);
  if (page?.[1] !== undefined)
    return (
      <Link
        to="/docs/$page"
        params={{ page: page[1] }}
        {...(page[2] === undefined ? {} : { hash: page[2] })}
        className={linkClass}
      >
        {inner}
      </Link>
    );
  return (
    <a href={href} className={linkClass} {...(href.startsWith("https://") ? { rel: "noreferrer" } : {})}>
      {inner}
    </a>
  );
}
