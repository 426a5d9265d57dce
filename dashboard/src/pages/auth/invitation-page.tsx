import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import * as z from "zod";
import { invitationIdSchema } from "../../../../src/contract/ids.ts";
import { type Invitation, signUpBodySchema, type User } from "../../../../src/contract/people.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { ErrorState } from "../../components/error-state.tsx";
import { SafeText } from "../../components/safe-text.tsx";
import { Time } from "../../components/time.tsx";
import { Button } from "../../components/ui/button.tsx";
import { TextField } from "../../components/ui/field.tsx";
import { Form } from "../../components/ui/form.tsx";
import { Skeleton } from "../../components/ui/skeleton.tsx";
import { roleWords } from "../../lib/role-words.ts";
import { acceptInvitation, invitationQuery, meQuery, signOut, signUp } from "../../data/session.ts";
import { AuthLayout, textLinkClass } from "./auth-layout.tsx";
import { ConfirmFirstNote } from "./confirm-first.tsx";
import { useEntered } from "./use-entered.ts";

type Offer = Omit<Invitation, "link">;

/** What an invitation offers, and the button that accepts it. Opening the page accepts nothing. */
export function InvitationPage() {
  const { id } = useParams({ from: "/invitation/$id" });
  const invitation = useQuery(invitationQuery(id));
  const me = useQuery(meQuery);

  if (invitation.data === undefined && invitation.error !== null)
    return (
      <AuthLayout title="This invitation does not open">
        <ErrorState error={invitation.error} onRetry={() => void invitation.refetch()} />
      </AuthLayout>
    );
  if (invitation.data === undefined || me.isPending)
    return (
      <AuthLayout title="Invitation">
        <div role="status" aria-label="Loading" className="flex flex-col gap-3">
          <Skeleton className="h-4 w-48" />
          <Skeleton className="h-4 w-64" />
          <Skeleton className="h-9" />
        </div>
      </AuthLayout>
    );
  return (
    <AuthLayout title="You are invited" lead={<Terms offer={invitation.data} />}>
      {me.data == null ? <Join offer={invitation.data} /> : <Accept offer={invitation.data} user={me.data} />}
    </AuthLayout>
  );
}

function Terms({ offer }: { offer: Offer }) {
  return (
    <div className="flex flex-col gap-3 pt-1">
      <SafeText text={offer.accountName} className="text-16 font-semibold text-ink" />
      <ul className="flex flex-col gap-1">
        {offer.roles.map((role) => (
          <li key={role}>
            <span className="font-medium text-ink">{roleWords[role].name}</span> {roleWords[role].may}
          </li>
        ))}
      </ul>
      <p className="text-12">
        For <span className="font-medium text-ink">{offer.email}</span>. Ends <Time at={offer.expiresAt} />.
      </p>
    </div>
  );
}

function Accept({ offer, user }: { offer: Offer; user: User }) {
  const entered = useEntered();
  const accepting = useMutation({ mutationFn: acceptInvitation, onSuccess: (joined) => entered(joined) });
  const leaving = useMutation({ mutationFn: signOut, onSuccess: () => window.location.reload() });
  if (user.email !== offer.email)
    return (
      <div className="flex flex-col gap-4">
        <p className="text-14 text-muted">
          You are signed in as <span className="font-medium text-ink">{user.email}</span>, and this invitation
          is for another address.
        </p>
        {leaving.error === null ? null : <ErrorNotice error={leaving.error} />}
        <Button isBusy={leaving.isPending} onClick={() => leaving.mutate()}>
          Sign out, then accept
        </Button>
      </div>
    );
  return (
    <div className="flex flex-col gap-4">
      {accepting.error === null ? null : <ErrorNotice error={accepting.error} />}
      <Button
        look="primary"
        isBusy={accepting.isPending}
        onClick={() => accepting.mutate(offer.invitationId)}
      >
        Join the workspace
      </Button>
    </div>
  );
}

const joinSchema = z.object({ name: signUpBodySchema.shape.name, password: signUpBodySchema.shape.password });

function Join({ offer }: { offer: Offer }) {
  const entered = useEntered();
  const joining = useMutation({
    mutationFn: signUp,
    onSuccess: ({ user, emailVerificationRequired }) => {
      if (emailVerificationRequired !== true) entered(user);
    },
  });
  if (joining.data?.emailVerificationRequired === true) return <ConfirmFirstNote email={offer.email} />;
  const here = `/invitation/${invitationIdSchema.parse(offer.invitationId)}`;
  return (
    <div className="flex flex-col gap-4">
      <Form
        schema={joinSchema}
        error={joining.error}
        onValid={(body) => joining.mutate({ ...body, email: offer.email, invitationId: offer.invitationId })}
      >
        <TextField name="name" label="Name" autoComplete="name" isOptional />
        {/* For password managers: it is the account's name, and not to be changed. */}
        <input type="hidden" name="username" autoComplete="username" value={offer.email} readOnly />
        <TextField name="password" label="Choose a password" type="password" autoComplete="new-password" />
        <Button type="submit" look="primary" isBusy={joining.isPending}>
          Create account and join
        </Button>
      </Form>
      <p className="text-14 text-muted">
        Have an account with this address?{" "}
        <Link to="/sign-in" search={{ next: here }} className={textLinkClass}>
          Sign in
        </Link>{" "}
        and come back here.
      </p>
    </div>
  );
}
