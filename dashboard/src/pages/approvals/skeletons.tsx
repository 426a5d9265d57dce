import { Card } from "../../components/ui/card.tsx";
import { Skeleton } from "../../components/ui/skeleton.tsx";

/** The shape of the list while it is on its way. */
export function ListSkeleton() {
  return (
    <div role="status" aria-label="Loading the requests" className="divide-y divide-line">
      {[0, 1, 2, 3].map((row) => (
        <div key={row} className="flex flex-col gap-2 px-4 py-3">
          <Skeleton className="h-4 w-40" />
          <Skeleton className="h-4 w-56" />
        </div>
      ))}
    </div>
  );
}

/** The shape of a request while it is on its way. */
export function CardSkeleton() {
  return (
    <Card>
      <div role="status" aria-label="Loading the request" className="flex flex-col gap-4 p-6">
        <Skeleton className="h-6 w-24" />
        <Skeleton className="h-8 w-3/4" />
        <Skeleton className="h-6 w-1/3" />
        <Skeleton className="h-32 w-full" />
        <Skeleton className="h-4 w-2/3" />
        <Skeleton className="h-4 w-1/2" />
        <Skeleton className="h-11 w-full" />
      </div>
    </Card>
  );
}
