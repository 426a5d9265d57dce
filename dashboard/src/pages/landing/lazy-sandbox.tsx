import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { Skeleton } from "../../components/ui/skeleton.tsx";

const Sandbox = lazy(async () => ({ default: (await import("./sandbox.tsx")).Sandbox }));

/** The sandbox, loaded when someone comes near it: it brings the whole decision with it. */
export function LazySandbox() {
  const place = useRef<HTMLDivElement>(null);
  const [isNear, setNear] = useState(false);
  useEffect(() => {
    if (place.current === null) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) setNear(true);
      },
      { rootMargin: "600px" },
    );
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  return (
    <div ref={place}>
      {isNear ? (
        <Suspense fallback={<Shape />}>
          <Sandbox />
        </Suspense>
      ) : (
        <Shape />
      )}
    </div>
  );
}

function Shape() {
  return <Skeleton className="h-[64rem] w-full lg:h-[42rem]" />;
}
