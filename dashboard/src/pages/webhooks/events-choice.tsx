import type { Subscription } from "../../../../src/contract/webhook.ts";
import { Checkbox, CheckboxGroup } from "../../components/ui/checkbox.tsx";
import { eventGroups } from "./webhook-words.ts";

type EventsChoiceProps = { chosen: readonly Subscription[]; onChange: (chosen: Subscription[]) => void };

/** Which events a webhook is sent. */
export function EventsChoice({ chosen, onChange }: EventsChoiceProps) {
  const isAll = chosen.includes("*");
  return (
    <div className="flex flex-col gap-2">
      <CheckboxGroup legend="Events">
        <Checkbox
          label="Every event"
          hint="Also types that are added later."
          isOn={isAll}
          onChange={(isOn) => onChange(isOn ? ["*"] : [])}
        />
      </CheckboxGroup>
      {isAll ? null : (
        <div className="grid gap-x-4 gap-y-3 sm:grid-cols-2">
          {eventGroups.map(([subject, types]) => (
            <fieldset key={subject} className="min-w-0">
              <legend className="text-12 text-muted capitalize">{subject}</legend>
              {types.map((type) => (
                <Checkbox
                  key={type}
                  label={<span className="font-mono text-12">{type}</span>}
                  isOn={chosen.includes(type)}
                  onChange={(isOn) =>
                    onChange(isOn ? [...chosen, type] : chosen.filter((other) => other !== type))
                  }
                />
              ))}
            </fieldset>
          ))}
        </div>
      )}
    </div>
  );
}
