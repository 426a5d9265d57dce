import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import * as z from "zod";
import { editSettingsBodySchema, type Settings } from "../../../../src/contract/people.ts";
import { ErrorState } from "../../components/error-state.tsx";
import { Id } from "../../components/id.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { Button } from "../../components/ui/button.tsx";
import { Card } from "../../components/ui/card.tsx";
import { TextField } from "../../components/ui/field.tsx";
import { Form } from "../../components/ui/form.tsx";
import { Skeleton } from "../../components/ui/skeleton.tsx";
import { toast } from "../../components/ui/toast.tsx";
import { meKey } from "../../data/keys.ts";
import { may, meQuery } from "../../data/session.ts";
import { editSettings, settingsQuery } from "../../data/settings.ts";
import { durationText, inUnits } from "./duration.ts";
import { DurationField } from "./duration-field.tsx";

const minute = 60;
const day = 86_400;

// The contract's limits, in the words that the field speaks.
const seconds = (min: number, max: number) =>
  z
    .number({ error: "must be a number" })
    .min(min, { error: `must be ${durationText(min)} or more` })
    .max(max, { error: `must be ${durationText(max)} or less` })
    .int({ error: "must come to whole seconds" });
const formSchema = editSettingsBodySchema
  .pick({ name: true })
  .required()
  .extend({ denialMemorySeconds: seconds(0, 7 * day), pendingExpirySeconds: seconds(minute, 30 * day) });

/** What the workspace is called, and its two clocks. */
export function WorkspacePage() {
  const { data: user } = useQuery(meQuery);
  const { data: settings, error, refetch } = useQuery(settingsQuery);
  const mayManage = may(user, "manage");
  return (
    <>
      <PageHeader title="Workspace">
        {user == null || mayManage
          ? "Its name, and how long requests and refusals live."
          : "Owners and admins can change these. You can read them."}
      </PageHeader>
      {settings !== undefined ? (
        <SettingsForm settings={settings} isReadOnly={!mayManage} />
      ) : error !== null ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <div role="status" aria-label="Loading the settings" className="flex flex-col gap-4">
          <Skeleton className="h-14" />
          <Skeleton className="h-14" />
          <Skeleton className="h-14" />
        </div>
      )}
    </>
  );
}

function SettingsForm({ settings, isReadOnly }: { settings: Settings; isReadOnly: boolean }) {
  const client = useQueryClient();
  const denial = inUnits(settings.denialMemorySeconds);
  const pending = inUnits(settings.pendingExpirySeconds);
  const [denialUnit, setDenialUnit] = useState(denial.unit);
  const [pendingUnit, setPendingUnit] = useState(pending.unit);
  const saving = useMutation({
    mutationFn: editSettings,
    onSuccess: (saved) => {
      client.setQueryData(settingsQuery.queryKey, saved);
      toast.done("The settings are saved.");
      // The workspace's name stands beside the person's.
      return client.invalidateQueries({ queryKey: meKey });
    },
  });
  return (
    <Card className="p-4 sm:p-6">
      <Form
        schema={formSchema}
        error={saving.error}
        toBody={(values) => ({
          name: values["name"] ?? "",
          denialMemorySeconds: secondsOf(values["denialMemorySeconds"], denialUnit),
          pendingExpirySeconds: secondsOf(values["pendingExpirySeconds"], pendingUnit),
        })}
        onValid={(body) => saving.mutate(body)}
        className="max-w-xl gap-6"
      >
        <TextField
          name="name"
          label="Name"
          defaultValue={settings.name}
          disabled={isReadOnly}
          maxLength={120}
        />
        <DurationField
          name="denialMemorySeconds"
          label="Remember a denial for"
          hint="Until then, an agent that asks for the same thing again is refused with the reviewer's comment, and nobody is asked. 0 asks every time."
          amount={denial.amount}
          unit={denialUnit}
          onUnitChange={setDenialUnit}
          isDisabled={isReadOnly}
        />
        <DurationField
          name="pendingExpirySeconds"
          label="A request waits for"
          hint="Then it expires, and the agent has to ask again. Requests that wait already keep the time that they came with."
          amount={pending.amount}
          unit={pendingUnit}
          onUnitChange={setPendingUnit}
          isDisabled={isReadOnly}
        />
        {isReadOnly ? null : (
          <Button type="submit" look="primary" className="self-start" isBusy={saving.isPending}>
            Save
          </Button>
        )}
        <p className="flex flex-wrap items-center gap-2 border-t border-line pt-4 text-12 text-muted">
          Workspace id <Id id={settings.accountId} isFull />
        </p>
      </Form>
    </Card>
  );
}

// Half an hour may be typed as 0.5 hours; the comma is a point to half of the world.
function secondsOf(typed: string | undefined, unit: string): number {
  if (typed === undefined || typed.trim() === "") return Number.NaN;
  const amount = Number(typed.trim().replace(",", "."));
  return Math.round(amount * Number(unit) * 1000) / 1000;
}
