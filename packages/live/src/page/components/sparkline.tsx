import { HEIGHT, sparkPath, WIDTH } from '../model/spark-path.ts';

export function Sparkline({ points }: { points: readonly (number | null)[] }) {
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path d={sparkPath(points)} />
    </svg>
  );
}
