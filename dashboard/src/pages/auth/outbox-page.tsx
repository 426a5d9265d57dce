import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Mail as MailIcon } from "lucide-react";
import type { Mail } from "../../../../src/contract/sign-in.ts";
import { ApiError } from "../../api-error.ts";
import { EmptyState } from "../../components/empty-state.tsx";
import { ErrorState } from "../../components/error-state.tsx";
import { Logo } from "../../components/logo.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { SafeText } from "../../components/safe-text.tsx";
import { Time } from "../../components/time.tsx";
import { Card } from "../../components/ui/card.tsx";
import { SkeletonRows } from "../../components/ui/skeleton.tsx";
import { outboxQuery } from "../../data/mailed-links.ts";
import { textLinkClass } from "./auth-layout.tsx";

/** The mail of a local instance, which has nobody to hand it to. */
export function OutboxPage() {
  const { data: mails, error, refetch } = useQuery(outboxQuery);
  const isElsewhere = error instanceof ApiError && error.status === 404;
  return (
    <div className="mx-auto flex min-h-dvh max-w-3xl flex-col gap-6 px-4 py-6 sm:py-10">
      <header>
        <Link to="/" className="inline-flex rounded-md">
          <Logo />
        </Link>
      </header>
      <main id="content">
        <PageHeader title="Outbox">What this machine would have mailed. Kept for 7 days.</PageHeader>
        {isElsewhere ? (
          <p className="text-14 text-muted">
            There is no outbox here. Only an instance on your own machine has one, and shows it to this
            machine alone; anywhere else mail is sent.
          </p>
        ) : mails === undefined && error !== null ? (
          <ErrorState error={error} onRetry={() => void refetch()} />
        ) : mails === undefined ? (
          <Card>
            <SkeletonRows rows={3} label="Loading the outbox" />
          </Card>
        ) : mails.length === 0 ? (
          <EmptyState icon={<MailIcon className="size-5" />} title="No mail">
            Ask for a new password or invite someone, and the mail appears here.
          </EmptyState>
        ) : (
          <ol className="flex flex-col gap-4">
            {mails.map((mail) => (
              <li key={mail.mailId}>
                <Letter mail={mail} />
              </li>
            ))}
          </ol>
        )}
      </main>
    </div>
  );
}

function Letter({ mail }: { mail: Mail }) {
  return (
    <Card className="flex flex-col gap-3 p-4">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <h2 className="min-w-0 text-14 font-semibold">
          <SafeText text={mail.subject} />
        </h2>
        <Time at={mail.createdAt} className="text-12 text-muted" />
      </div>
      <p className="flex gap-2 text-12 text-muted">
        To <SafeText text={mail.to} />
      </p>
      <div className="flex flex-col text-14">
        {mail.text.split("\n").map((line, index) => (
          <Line key={index} line={line} />
        ))}
      </div>
    </Card>
  );
}

// Only what leads to this site becomes a link: a workspace's name is somebody's text.
function Line({ line }: { line: string }) {
  if (line === "") return <br />;
  if (!URL.canParse(line) || new URL(line).origin !== window.location.origin) return <SafeText text={line} />;
  return (
    <a href={line} className={`${textLinkClass} font-mono text-12 break-all`}>
      {line}
    </a>
  );
}
