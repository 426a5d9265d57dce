import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { changePasswordBodySchema, type User } from "../../../../src/contract/people.ts";
import { Fact, Facts } from "../../components/facts.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { SafeText } from "../../components/safe-text.tsx";
import { Time } from "../../components/time.tsx";
import { Button } from "../../components/ui/button.tsx";
import { Card } from "../../components/ui/card.tsx";
import { TextField } from "../../components/ui/field.tsx";
import { Form } from "../../components/ui/form.tsx";
import { Skeleton } from "../../components/ui/skeleton.tsx";
import { toast } from "../../components/ui/toast.tsx";
import { changePassword } from "../../data/my-account.ts";
import { meQuery } from "../../data/session.ts";
import { roleNames } from "../../lib/role-words.ts";
import { Sessions } from "./sessions.tsx";
import { TwoFactor } from "./two-factor.tsx";

/** Who one is, what one signs in with, and where one is signed in. */
export function AccountPage() {
  const { data: user } = useQuery(meQuery);
  return (
    <>
      <PageHeader title="My account">Yours alone, in every workspace.</PageHeader>
      <div className="flex flex-col gap-8">
        {user == null ? <Skeleton className="h-32" /> : <Who user={user} />}
        <Password />
        <TwoFactor />
        <Sessions />
      </div>
    </>
  );
}

function Who({ user }: { user: User }) {
  return (
    <Card className="px-4 py-1">
      <Facts>
        {user.name === null ? null : (
          <Fact name="Name">
            <SafeText text={user.name} />
          </Fact>
        )}
        <Fact name="Email">
          <SafeText text={user.email} />
        </Fact>
        {user.account === null ? null : <Fact name="Roles here">{roleNames(user.account.roles)}</Fact>}
        <Fact name="Account made">
          <Time at={user.createdAt} />
        </Fact>
      </Facts>
    </Card>
  );
}

function Password() {
  // A form that was sent is put up anew, empty.
  const [round, setRound] = useState(0);
  const changing = useMutation({
    mutationFn: changePassword,
    onSuccess: () => {
      setRound(round + 1);
      toast.done("The password is changed.", "Every other session of yours has ended.");
    },
  });
  const { data: user } = useQuery(meQuery);
  return (
    <section className="flex flex-col gap-3">
      <div>
        <h2 className="text-16 font-semibold">Password</h2>
        <p className="text-14 text-muted">Changing it signs you out everywhere else.</p>
      </div>
      <Card className="p-4 sm:p-6">
        <Form
          key={round}
          schema={changePasswordBodySchema}
          error={changing.error}
          onValid={(body) => changing.mutate(body)}
          className="max-w-sm"
        >
          {/* For password managers: whose password this is. */}
          <input type="hidden" name="username" autoComplete="username" value={user?.email ?? ""} readOnly />
          <TextField
            name="currentPassword"
            label="Current password"
            type="password"
            autoComplete="current-password"
          />
          <TextField
            name="newPassword"
            label="New password"
            type="password"
            autoComplete="new-password"
            hint="At least 8 characters. A few words are better than a few signs."
          />
          <Button type="submit" className="self-start" isBusy={changing.isPending}>
            Change password
          </Button>
        </Form>
      </Card>
    </section>
  );
}
