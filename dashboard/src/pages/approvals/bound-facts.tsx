import type { Approval } from "../../../../src/contract/approval.ts";
import { CopyButton } from "../../components/copy-button.tsx";
import { SafeText } from "../../components/safe-text.tsx";
import { boundParts, type BoundPart } from "./bound-parts.ts";

export type Folds = { isOpen: (part: BoundPart) => boolean; set: (part: BoundPart, isOpen: boolean) => void };

/** To what, and exactly how: every part that the approval is bound to, complete. */
export function BoundFacts({ approval, folds }: { approval: Approval; folds: Folds }) {
  const { facts, blocks } = boundParts(approval);
  return (
    <>
      {facts.length === 0 ? null : (
        <dl className="grid gap-x-4 gap-y-1 text-14 @3xs:grid-cols-[6.5rem_minmax(0,1fr)] sm:grid-cols-[8rem_minmax(0,1fr)]">
          {facts.map((part) => (
            <div key={part.name} className="contents">
              <dt className="text-muted">{part.label}</dt>
              <dd className="min-w-0 font-medium">
                <Text part={part} folds={folds} isMono={part.name !== "amount"} />
              </dd>
            </div>
          ))}
        </dl>
      )}
      {blocks.length === 0 ? (
        <p className="text-14 text-muted">It was asked without arguments.</p>
      ) : (
        blocks.map((part) => <Block key={part.name} part={part} folds={folds} />)
      )}
    </>
  );
}

function Block({ part, folds }: { part: BoundPart; folds: Folds }) {
  return (
    <section aria-label={part.label} className="overflow-hidden rounded-md border border-line bg-sunken">
      <div className="flex h-8 items-center justify-between border-b border-line pr-0.5 pl-3">
        <h3 className="text-12 font-medium text-muted">{part.label}</h3>
        <CopyButton text={part.text} label={`Copy the ${part.label.toLowerCase()}`} />
      </div>
      <div className="px-3 py-2 text-12 leading-5">
        <Text part={part} folds={folds} isMono />
      </div>
    </section>
  );
}

/** A bound text whose fold the card knows of. */
export function Text({
  part,
  folds,
  isMono = false,
  className = "",
}: {
  part: BoundPart;
  folds: Folds;
  isMono?: boolean;
  className?: string;
}) {
  return (
    <SafeText
      text={part.text}
      isMono={isMono}
      isOpen={folds.isOpen(part)}
      onOpenChange={(isOpen) => folds.set(part, isOpen)}
      className={className}
    />
  );
}
