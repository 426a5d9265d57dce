import { Form as BaseForm } from "@base-ui/react/form";
import { useState, type ReactNode } from "react";
import type * as z from "zod";
import { ApiError, type FieldError } from "../../api-error.ts";
import { cx } from "../../lib/cx.ts";
import { ErrorNotice } from "../error-notice.tsx";

type FormProps<Body> = {
  /** The contract's schema of what is sent: the same rules and sentences as the server's. */
  schema: z.ZodType<Body>;
  /** What is sent, from the fields by name. Empty fields are left out before. */
  toBody?: (values: Record<string, string>) => unknown;
  onValid: (body: Body) => void;
  /** What the server refused it with. Its field errors go to the fields; the rest stands above the form. */
  error?: Error | null | undefined;
  className?: string;
  children: ReactNode;
};

/** A form whose fields are checked by a schema of the contract, and show what the server says of them. */
export function Form<Body>({ schema, toBody, onValid, error, className, children }: FormProps<Body>) {
  const [refused, setRefused] = useState<readonly FieldError[]>([]);
  const [sent, setSent] = useState<readonly string[]>([]);
  const fromServer = error instanceof ApiError ? error.fields : [];
  const errors = fieldMessages([...refused, ...fromServer]);
  // What belongs to no field of this form would otherwise be said to nobody.
  const isUnplaced = error != null && !fromServer.some(({ field }) => sent.includes(rootOf(field)));
  const unplaced = refused.filter(({ field }) => !sent.includes(rootOf(field)));

  return (
    <BaseForm<Record<string, string>>
      className={cx("flex flex-col gap-4", className)}
      errors={errors}
      noValidate
      onFormSubmit={(values) => {
        const filled = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
        const parsed = schema.safeParse(toBody === undefined ? filled : toBody(filled));
        setSent(Object.keys(values));
        setRefused(parsed.success ? [] : fieldErrorsOf(parsed.error));
        if (parsed.success) onValid(parsed.data);
      }}
    >
      {isUnplaced ? <ErrorNotice error={error} /> : null}
      {unplaced.length > 0 ? (
        <ErrorNotice error={new Error(unplaced.map(({ field, rule }) => `${field} ${rule}.`).join(" "))} />
      ) : null}
      {children}
    </BaseForm>
  );
}

/** A schema's refusals in the server's form. */
export function fieldErrorsOf(error: z.ZodError): FieldError[] {
  return error.issues.map(({ path, message }) => ({ field: path.join("."), rule: message }));
}

const rootOf = (field: string) => field.split(".")[0] ?? field;

// The rule "must be a number" under a field reads as a sentence; the field's name is above it.
function fieldMessages(errors: readonly FieldError[]): Record<string, string> {
  const messages: Record<string, string> = {};
  for (const { field, rule } of errors) {
    const sentence = `${rule.charAt(0).toUpperCase()}${rule.slice(1)}.`;
    messages[field] ??= sentence;
    messages[rootOf(field)] ??= sentence;
  }
  return messages;
}
