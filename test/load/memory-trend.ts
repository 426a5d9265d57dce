export type MemoryTrend = { firstMb: number; lastMb: number; highestMb: number; isFlat: boolean };

// Collectors let memory rise before they come: less than this is not growth.
const tolerance = { share: 0.2, mb: 128 };

/**
 * What became of memory after the warm-up, the first third of the samples: the median of the next third beside that
 * of the last.
 */
export function memoryTrend(samples: readonly number[]): MemoryTrend {
  const third = Math.floor(samples.length / 3);
  const firstMb = median(samples.slice(third, 2 * third));
  const lastMb = median(samples.slice(2 * third));
  const isFlat = lastMb - firstMb <= Math.max(tolerance.mb, firstMb * tolerance.share);
  return { firstMb, lastMb, highestMb: Math.max(...samples), isFlat };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
