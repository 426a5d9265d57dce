import { Form as BaseForm } from "@base-ui/react/form";
import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";
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

const doubleClickMs = 500;

const noErrors: readonly FieldError[] = [];

/** A form whose fields are checked by a schema of the contract, and show what the server says of them. */
export function Form<Body>({ schema, toBody, onValid, error, className, children }: FormProps<Body>) {
  const [refused, setRefused] = useState<readonly FieldError[]>([]);
  const [sent, setSent] = useState<readonly string[]>([]);
  const last = useRef<{ text: string; at: number }>(undefined);
  useEffect(() => {
    if (error != null) last.current = undefined;
  }, [error]);
  const fromServer = error instanceof ApiError ? error.fields : noErrors;
  // The same object until something is refused anew: each new one puts back what was corrected since.
  const errors = useMemo(() => fieldMessages([...refused, ...fromServer]), [refused, fromServer]);
  // What belongs to no field of this form would otherwise be said to nobody.
  const isUnplaced =
    error != null && !fromServer.some(({ field }) => placesOf(field).some((name) => sent.includes(name)));
  // Above a long form it would be out of sight of whoever pressed the button below.
  const top = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isUnplaced) top.current?.scrollIntoView({ block: "nearest" });
  }, [isUnplaced, error]);
  const unplaced = refused.filter(({ field }) => !placesOf(field).some((name) => sent.includes(name)));

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
        if (!parsed.success) return;
        // The second click of a double click may come before the button is off. It is no second wish, and would make
        // a second agent, whose key nobody sees.
        const [text, at] = [JSON.stringify(parsed.data), performance.now()];
        if (last.current?.text === text && at - last.current.at < doubleClickMs) return;
        last.current = { text, at };
        onValid(parsed.data);
      }}
    >
      {isUnplaced ? (
        <div ref={top} className="scroll-mt-4">
          <ErrorNotice error={error} />
        </div>
      ) : null}
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

/** Where a refusal may be said: `constraints.allowedVendors.0`, `constraints.allowedVendors`, `constraints`. */
function placesOf(field: string): string[] {
  const parts = field.split(".");
  return parts.map((_, index) => parts.slice(0, parts.length - index).join("."));
}

// The rule "must be a number" under a field reads as a sentence; the field's name is above it. Of a list, the
// sentence says which entry.
function fieldMessages(errors: readonly FieldError[]): Record<string, string> {
  const messages: Record<string, string> = {};
  for (const { field, rule } of errors)
    for (const place of placesOf(field)) {
      const entry = /^\.(\d+)$/.exec(field.slice(place.length))?.[1];
      const sentence = entry === undefined ? rule : `entry ${Number(entry) + 1} ${rule}`;
      messages[place] ??= `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
    }
  return messages;
}
