import { Link } from "@tanstack/react-router";
import { CircleSlash, Fingerprint, ListChecks, Ticket } from "lucide-react";
import type { ReactNode } from "react";
import { CodeBlock } from "../../components/code-block.tsx";
import { Logo } from "../../components/logo.tsx";
import { StateBadge } from "../../components/state-badge.tsx";
import { ButtonLink } from "../../components/ui/button.tsx";
import { usePageTitle } from "../../lib/page-title.ts";
import { SiteHeader } from "../../shell/site-header.tsx";
import { LazySandbox } from "./lazy-sandbox.tsx";

const integration = `const decision = await behalf.verify({ agentId, action: "deploy", vendor: "vercel.com" });
if (!decision.allowed) throw new Error(decision.reason);
await deploy(); // only when decision.allowed === true
`;

export function LandingPage() {
  usePageTitle("Permission checks before AI agents act");
  return (
    <>
      <SiteHeader />
      <main id="content">
        <Hero />
        <Steps />
        <Integration />
        <section id="sandbox" aria-labelledby="sandbox-title" className="border-t border-line bg-sunken">
          <div className="mx-auto flex max-w-6xl flex-col gap-8 px-4 py-16 sm:py-24">
            <SectionTitle id="sandbox-title" title="See the boundary decide.">
              Pick a scenario, or write your own request and permissions. Every rule is here: amounts,
              vendors, environments, branches, paths, expiry, blocks.
            </SectionTitle>
            <LazySandbox />
          </div>
        </section>
        <Promises />
        <Beginning />
      </main>
      <footer className="border-t border-line">
        <div className="mx-auto flex max-w-6xl flex-wrap items-center justify-between gap-4 px-4 py-8 text-14 text-muted">
          <Logo className="text-14 text-ink" />
          <nav aria-label="More" className="flex flex-wrap gap-x-6 gap-y-2">
            <ButtonLink to="/docs/$page" params={{ page: "concepts" }} look="quiet" size="small">
              Concepts
            </ButtonLink>
            <ButtonLink to="/docs/$page" params={{ page: "sdk" }} look="quiet" size="small">
              SDK
            </ButtonLink>
            <a
              href="/api/docs"
              className="inline-flex h-7 items-center px-2 text-12 font-medium hover:text-ink"
            >
              API reference
            </a>
          </nav>
        </div>
      </footer>
    </>
  );
}

function Hero() {
  return (
    <section className="mx-auto grid max-w-6xl items-center gap-12 px-4 py-16 sm:py-24 lg:grid-cols-[minmax(0,1fr)_26rem]">
      <div className="flex flex-col items-start gap-6">
        <p className="text-14 font-medium text-accent-ink">Agent permission infrastructure</p>
        <h1 className="max-w-[16ch] text-28 font-semibold tracking-tight text-balance sm:text-44">
          Permission checks before AI agents act.
        </h1>
        <p className="max-w-[52ch] text-16 text-muted">
          An API key says which agent it is. BehalfID says what it may do, before the tool runs: allowed,
          denied, or held until a person approves. What cannot be decided is denied, and every decision is on
          record.
        </p>
        <div className="flex flex-wrap gap-3">
          <ButtonLink to="/sign-up" look="primary" size="large">
            Get started
          </ButtonLink>
          <a
            href="#sandbox"
            className="inline-flex h-11 items-center rounded-md border border-line-strong bg-surface px-4 text-16 font-medium hover:bg-hover"
          >
            Try the sandbox
          </a>
        </div>
      </div>
      <Trace />
    </section>
  );
}

const facts = [
  ["agent", "agent_claude_code"],
  ["action", "deploy_production"],
  ["vendor", "vercel.com"],
  ["env", "production"],
];

const answer = [
  ["reason", "requires_approval"],
  ["executed", "false"],
  ["requestId", "req_K9mXp2qR"],
];

function Trace() {
  return (
    <figure
      aria-label="A verify in the terminal: the agent asks to deploy to production and is held for approval"
      className="overflow-hidden rounded-lg border border-line bg-surface shadow-lift"
    >
      <figcaption className="border-b border-line bg-sunken px-4 py-3 font-mono text-12 text-muted">
        $ behalf verify
      </figcaption>
      <div className="flex flex-col gap-4 p-4 font-mono text-12 sm:p-6">
        <Pairs pairs={facts} />
        <p className="text-muted">2 permissions checked</p>
        <div className="flex items-center justify-between gap-4 rounded-md border border-line bg-sunken p-3">
          <span className="font-medium">DECISION</span>
          <StateBadge state="approval_required" className="font-sans" />
        </div>
        <Pairs pairs={answer} />
      </div>
    </figure>
  );
}

function Pairs({ pairs }: { pairs: string[][] }) {
  return (
    <dl className="grid grid-cols-[6rem_minmax(0,1fr)] gap-y-2">
      {pairs.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-muted">{name}</dt>
          <dd className="truncate">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

const steps = [
  {
    title: "Action request",
    text: "Before the tool runs, the agent says what it is about to do: which action, on what, for how much, with which arguments.",
  },
  {
    title: "Verify",
    text: "Every permission that has a say is checked in full: blocks, vendors, amounts, environments, paths, expiry. The strictest one wins.",
  },
  {
    title: "Decision",
    text: "Allowed, denied, or approval required. A person sees the exact arguments and says yes once, to this and nothing else.",
  },
  {
    title: "Execute and record",
    text: "The tool runs only on a clear yes. Each decision is appended to a ledger whose entries chain by hash, and sent to your webhooks, signed.",
  },
];

function Steps() {
  return (
    <section aria-labelledby="how" className="border-t border-line">
      <div className="mx-auto flex max-w-6xl flex-col gap-10 px-4 py-16 sm:py-24">
        <SectionTitle id="how" title="Verify first. Execute second.">
          Four steps between what an agent wants and what happens.
        </SectionTitle>
        <ol className="grid gap-px overflow-hidden rounded-lg border border-line bg-line sm:grid-cols-2 lg:grid-cols-4">
          {steps.map(({ title, text }, index) => (
            <li key={title} className="flex flex-col gap-3 bg-surface p-6">
              <span className="tabular font-mono text-12 text-faint">0{index + 1}</span>
              <h3 className="text-16 font-semibold">{title}</h3>
              <p className="text-14 text-muted">{text}</p>
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}

function Integration() {
  return (
    <section aria-labelledby="integration" className="border-t border-line">
      <div className="mx-auto grid max-w-6xl gap-8 px-4 py-16 sm:py-24 lg:grid-cols-[20rem_minmax(0,1fr)] lg:gap-16">
        <SectionTitle id="integration" title="Three lines between request and execution.">
          The check lives in your code and not in the model's memory, so a prompt cannot talk its way around
          it. An error, a timeout or an odd answer is never a yes.
        </SectionTitle>
        <div className="flex min-w-0 flex-col gap-4">
          <CodeBlock label="agent.ts" language="ts" code={integration} />
          <p className="text-14 text-muted">
            No code of your own to change? The MCP server and the launchers put the same check in front of
            coding agents: see{" "}
            <Link
              to="/docs/$page"
              params={{ page: "mcp" }}
              className="text-accent-ink underline underline-offset-2"
            >
              MCP
            </Link>
            .
          </p>
        </div>
      </div>
    </section>
  );
}

const promises = [
  { icon: CircleSlash, title: "Fails closed", text: "No error, timeout or missing fact ends in a yes." },
  {
    icon: Ticket,
    title: "A yes is good once",
    text: "Of a hundred retries at the same moment exactly one goes through.",
  },
  {
    icon: Fingerprint,
    title: "What was approved is what runs",
    text: "Change one byte of the arguments and it asks again.",
  },
  {
    icon: ListChecks,
    title: "Nothing off the record",
    text: "The record is written before the answer leaves.",
  },
];

function Promises() {
  return (
    <section aria-labelledby="promises" className="border-t border-line">
      <div className="mx-auto flex max-w-6xl flex-col gap-10 px-4 py-16 sm:py-24">
        <SectionTitle id="promises" title="What you can rely on.">
          Each of these is a test that tries to break it.
        </SectionTitle>
        <ul className="grid gap-8 sm:grid-cols-2 lg:grid-cols-4">
          {promises.map(({ icon: Icon, title, text }) => (
            <li key={title} className="flex flex-col gap-2">
              <Icon aria-hidden className="size-5 text-accent-ink" />
              <h3 className="text-16 font-semibold">{title}</h3>
              <p className="text-14 text-muted">{text}</p>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

function Beginning() {
  return (
    <section aria-labelledby="beginning" className="border-t border-line bg-sunken">
      <div className="mx-auto flex max-w-6xl flex-wrap items-center justify-between gap-6 px-4 py-16">
        <SectionTitle id="beginning" title="Add the permission check.">
          From zero to an agent that has to ask, in five minutes.
        </SectionTitle>
        <div className="flex flex-wrap gap-3">
          <ButtonLink to="/docs/$page" params={{ page: "quickstart" }} size="large">
            Read the quickstart
          </ButtonLink>
          <ButtonLink to="/sign-up" look="primary" size="large">
            Get started
          </ButtonLink>
        </div>
      </div>
    </section>
  );
}

function SectionTitle({ id, title, children }: { id: string; title: string; children: ReactNode }) {
  return (
    <div className="flex max-w-[60ch] flex-col gap-2">
      <h2 id={id} className="text-28 font-semibold tracking-tight text-balance">
        {title}
      </h2>
      <p className="text-16 text-muted">{children}</p>
    </div>
  );
}
