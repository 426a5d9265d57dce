import { useQuery } from "@tanstack/react-query";
import { ListFilter, Search, X } from "lucide-react";
import { type Ref, useEffect, useState } from "react";
import { visibleText } from "../../../../src/contract/visible-text.ts";
import { Button } from "../../components/ui/button.tsx";
import { controlClass } from "../../components/ui/field.tsx";
import { type Choice, Select } from "../../components/ui/select.tsx";
import { agentNamesQuery } from "../../data/agent-names.ts";
import { cx } from "../../lib/cx.ts";
import { isFiltered, type LogSearch, logSearchOf, ranges } from "./log-search.ts";

const any = "any";
const custom = "custom";

const decisions: Choice<string>[] = [
  { value: any, label: "Every decision" },
  { value: "allowed", label: "Allowed" },
  { value: "denied", label: "Denied" },
  { value: "approval_required", label: "Approval required" },
];
const risks: Choice<string>[] = [
  { value: any, label: "Every risk" },
  { value: "low", label: "Low risk" },
  { value: "medium", label: "Medium risk" },
  { value: "high", label: "High risk" },
];
const times: Choice<string>[] = [
  { value: any, label: "All time" },
  ...Object.entries(ranges).map(([value, { label }]) => ({ value, label })),
  { value: custom, label: "From and to…" },
];

type LogFiltersProps = {
  search: LogSearch;
  onChange: (change: Partial<LogSearch>) => void;
  onClear: () => void;
  searchRef: Ref<HTMLInputElement>;
};

/** What the list is narrowed by. Every filter is in the page's address. */
export function LogFilters({ search, onChange, onClear, searchRef }: LogFiltersProps) {
  const { data: agents = [] } = useQuery(agentNamesQuery);
  const { risk, action, vendor, environment, from, to } = search;
  const hasMore = [risk, action, vendor, environment].some((value) => value !== undefined);
  const [isMore, setMore] = useState(hasMore);
  const [isCustom, setCustom] = useState(from !== undefined || to !== undefined);
  // What is chosen in a list comes back through the same checks as an address that somebody typed.
  const choose = (name: keyof LogSearch) => (value: string) =>
    onChange({ [name]: value === any ? undefined : logSearchOf({ [name]: value })[name] });

  const known = agents.some(({ agentId }) => agentId === search.agentId);
  const agentChoices: Choice<string>[] = [
    { value: any, label: "Every agent" },
    ...agents.map(({ agentId, name }) => ({ value: agentId, label: visibleText(name) })),
    ...(known || search.agentId === undefined ? [] : [{ value: search.agentId, label: search.agentId }]),
  ];
  return (
    <search className="flex flex-col gap-2">
      <div className="grid grid-cols-2 gap-2 lg:grid-cols-[minmax(0,1fr)_11rem_11rem_10rem_auto]">
        <div className="relative col-span-2 lg:col-span-1">
          <Search aria-hidden className="pointer-events-none absolute top-2.5 left-3 size-4 text-faint" />
          <TextFilter
            label="Search action, vendor, reason, request or agent"
            placeholder="Search"
            value={search.q}
            onChange={(q) => onChange({ q })}
            inputRef={searchRef}
            className="pl-9"
          />
        </div>
        <Select
          label="Decision"
          choices={decisions}
          value={search.decision ?? any}
          onChange={choose("decision")}
        />
        <Select
          label="Agent"
          choices={agentChoices}
          value={search.agentId ?? any}
          onChange={choose("agentId")}
        />
        <Select
          label="Time"
          choices={times}
          value={isCustom ? custom : (search.range ?? any)}
          onChange={(value) => {
            setCustom(value === custom);
            onChange({
              from: undefined,
              to: undefined,
              range: logSearchOf({ range: value }).range,
            });
          }}
        />
        <Button
          aria-expanded={isMore}
          icon={<ListFilter aria-hidden className="size-4" />}
          onClick={() => setMore(!isMore)}
        >
          {isMore ? "Fewer" : "More"}
        </Button>
      </div>
      {isMore ? (
        <div className="grid grid-cols-2 gap-2 lg:grid-cols-4">
          <Select label="Risk" choices={risks} value={risk ?? any} onChange={choose("risk")} />
          <TextFilter
            label="Action, exactly"
            placeholder="Action"
            value={action}
            onChange={(next) => onChange({ action: next })}
          />
          <TextFilter
            label="Vendor, exactly"
            placeholder="Vendor"
            value={vendor}
            onChange={(next) => onChange({ vendor: next })}
          />
          <TextFilter
            label="Environment, exactly"
            placeholder="Environment"
            value={environment}
            onChange={(next) => onChange({ environment: next })}
          />
        </div>
      ) : null}
      {isCustom ? (
        <div className="grid gap-2 sm:grid-cols-2 lg:max-w-xl">
          <MomentFilter label="From" value={from} onChange={(next) => onChange({ from: next })} />
          <MomentFilter label="To" value={to} onChange={(next) => onChange({ to: next })} />
        </div>
      ) : null}
      {isFiltered(search) ? (
        <div>
          <Button
            look="quiet"
            size="small"
            icon={<X aria-hidden className="size-4" />}
            onClick={() => {
              setCustom(false);
              onClear();
            }}
          >
            Clear the filters
          </Button>
        </div>
      ) : null}
    </search>
  );
}

type TextFilterProps = {
  label: string;
  placeholder: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
  inputRef?: Ref<HTMLInputElement>;
  className?: string;
};

/** Text that filters a moment after the last key, and follows the address when that changes under it. */
function TextFilter({ label, placeholder, value = "", onChange, inputRef, className }: TextFilterProps) {
  const [typed, setTyped] = useState(value);
  const [sent, setSent] = useState(value);
  const [known, setKnown] = useState(value);
  if (value !== known) {
    setKnown(value);
    // The echo of what was typed here must not take back what has been typed since.
    if (value !== sent) setTyped(value);
  }
  useEffect(() => {
    const next = typed.trim();
    if (next === value) return;
    const timer = setTimeout(() => {
      setSent(next);
      onChange(next === "" ? undefined : next);
    }, 300);
    return () => clearTimeout(timer);
  });
  return (
    <input
      ref={inputRef}
      type="search"
      aria-label={label}
      placeholder={placeholder}
      maxLength={200}
      autoComplete="off"
      spellCheck={false}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
      className={cx(controlClass, "h-9", className)}
    />
  );
}

function MomentFilter({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}) {
  return (
    <label className="flex items-center gap-2 text-14">
      <span className="w-10 shrink-0 text-muted">{label}</span>
      <input
        type="datetime-local"
        value={value === undefined ? "" : localMinute(value)}
        onChange={({ currentTarget }) => {
          const moment = Date.parse(currentTarget.value);
          onChange(Number.isNaN(moment) ? undefined : new Date(moment).toISOString());
        }}
        className={cx(controlClass, "h-9")}
      />
    </label>
  );
}

// What the browser's field takes: the viewer's wall clock, without a zone.
function localMinute(at: string): string {
  const moment = new Date(at);
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
