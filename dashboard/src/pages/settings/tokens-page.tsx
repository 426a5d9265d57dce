import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { createTokenBodySchema, type Token } from "../../../../src/contract/people.ts";
import { visibleText } from "../../../../src/contract/visible-text.ts";
import { CodeBlock } from "../../components/code-block.tsx";
import { EmptyState } from "../../components/empty-state.tsx";
import { ErrorState } from "../../components/error-state.tsx";
import { KeptOnce } from "../../components/kept-once.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { SafeText } from "../../components/safe-text.tsx";
import { SecretOnce } from "../../components/secret-once.tsx";
import { Time } from "../../components/time.tsx";
import { Button } from "../../components/ui/button.tsx";
import { Card } from "../../components/ui/card.tsx";
import { ConfirmDialog, Dialog } from "../../components/ui/dialog.tsx";
import { TextField } from "../../components/ui/field.tsx";
import { Form } from "../../components/ui/form.tsx";
import { SkeletonRows } from "../../components/ui/skeleton.tsx";
import { toast } from "../../components/ui/toast.tsx";
import { membersQuery } from "../../data/members.ts";
import { may, meQuery } from "../../data/session.ts";
import { createToken, deleteToken, tokensQuery } from "../../data/tokens.ts";

/** Tokens that scripts and tools act with in a person's place. */
export function TokensPage() {
  const { data: user } = useQuery(meQuery);
  const { data: tokens, error, refetch } = useQuery(tokensQuery);
  const [isCreating, setCreating] = useState(false);
  const [deleting, setDeleting] = useState<Token>();
  const newToken = (
    <Button look="primary" icon={<Plus aria-hidden className="size-4" />} onClick={() => setCreating(true)}>
      New token
    </Button>
  );
  return (
    <>
      <PageHeader title="Developer tokens" actions={tokens?.length === 0 ? null : newToken}>
        {may(user, "manage")
          ? "Scripts act with them in a person's place. You see everyone's."
          : "Scripts act with them in your place, with the roles that you have when they are used."}
      </PageHeader>
      {tokens === undefined && error !== null ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : tokens === undefined ? (
        <Card>
          <SkeletonRows rows={3} label="Loading the tokens" />
        </Card>
      ) : tokens.length === 0 ? (
        <EmptyState icon={<KeyRound className="size-5" />} title="No developer token" action={newToken}>
          Make one for a script that creates agents and permissions. An agent does not need one, and must not
          have one: it has a key of its own.
        </EmptyState>
      ) : (
        <Card>
          <ul className="divide-y divide-line">
            {tokens.map((token) => (
              <TokenRow key={token.tokenId} token={token} onDelete={() => setDeleting(token)} />
            ))}
          </ul>
        </Card>
      )}
      <CreateTokenDialog isOpen={isCreating} onClose={() => setCreating(false)} />
      <DeleteTokenDialog token={deleting} onClose={() => setDeleting(undefined)} />
    </>
  );
}

function TokenRow({ token, onDelete }: { token: Token; onDelete: () => void }) {
  const { data: user } = useQuery(meQuery);
  const { data: members } = useQuery(membersQuery);
  const owner = members?.find(({ userId }) => userId === token.userId);
  const isYours = token.userId === user?.userId;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <div className="flex min-w-0 flex-1 basis-56 flex-col">
        <SafeText text={token.name} className="truncate text-14 font-medium" />
        <span className="font-mono text-12 text-muted">{token.tokenPreview}</span>
      </div>
      <div className="flex grow basis-48 flex-col text-12 text-muted sm:grow-0">
        <span>
          {isYours ? "yours" : `of ${visibleText(owner?.name ?? owner?.email ?? token.userId)}`}, made{" "}
          <Time at={token.createdAt} />
        </span>
        <span>
          {token.lastUsedAt === null ? (
            "never used"
          ) : (
            <>
              last used <Time at={token.lastUsedAt} />
            </>
          )}
        </span>
      </div>
      <Button look="danger" size="small" onClick={onDelete}>
        Delete
      </Button>
    </li>
  );
}

function CreateTokenDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const client = useQueryClient();
  const creating = useMutation({
    mutationFn: createToken,
    onSuccess: () => client.invalidateQueries({ queryKey: tokensQuery.queryKey }),
  });
  const made = creating.data;
  const close = () => {
    onClose();
    // The token does not stay in memory behind the page.
    creating.reset();
  };
  return (
    <Dialog
      isOpen={isOpen}
      staysOpen={creating.isPending || made !== undefined}
      onOpenChange={(open) => (open ? undefined : close())}
      title={made === undefined ? "New developer token" : "The token is made"}
      description={
        made === undefined
          ? "Whoever holds it can do what you can do in this workspace, until you delete it."
          : undefined
      }
    >
      {made === undefined ? (
        <Form schema={createTokenBodySchema} error={creating.error} onValid={(body) => creating.mutate(body)}>
          <TextField
            name="name"
            label="Name"
            placeholder="CI of the shop"
            autoComplete="off"
            autoFocus
            hint="After what will use it, so that you know later what to delete."
          />
          <Button type="submit" look="primary" className="self-end" isBusy={creating.isPending}>
            Create token
          </Button>
        </Form>
      ) : (
        <KeptOnce
          name="token"
          loss={<p>It cannot be shown again. You would have to delete it and make another.</p>}
          onStored={close}
        >
          <SecretOnce secret={made.token} name="token" />
          <CodeBlock
            label="With the SDK"
            language="ts"
            code={`import { BehalfID } from "behalf";\n\nconst behalf = new BehalfID({\n  baseUrl: "${window.location.origin}",\n  developerToken: process.env.BEHALFID_DEVELOPER_TOKEN,\n});\n`}
          />
        </KeptOnce>
      )}
    </Dialog>
  );
}

function DeleteTokenDialog({ token, onClose }: { token: Token | undefined; onClose: () => void }) {
  const client = useQueryClient();
  const deleting = useMutation({
    mutationFn: deleteToken,
    onSuccess: () => {
      onClose();
      toast.done("The token is deleted.", "From this moment it opens nothing.");
      return client.invalidateQueries({ queryKey: tokensQuery.queryKey });
    },
  });
  return (
    <ConfirmDialog
      isOpen={token !== undefined}
      onOpenChange={(open) => {
        if (open) return;
        deleting.reset();
        onClose();
      }}
      title="Delete this token?"
      action="Delete token"
      look="danger"
      isBusy={deleting.isPending}
      error={deleting.error}
      onConfirm={() => token !== undefined && deleting.mutate(token.tokenId)}
    >
      {token === undefined ? null : (
        <>
          <SafeText text={token.name} className="font-medium text-ink" />
          <p>What uses it is refused from that moment. This cannot be undone.</p>
        </>
      )}
    </ConfirmDialog>
  );
}
