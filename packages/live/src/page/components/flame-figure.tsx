import { useEffect, useMemo, useState } from 'preact/hooks';
import type { FlameNode } from '../api/types.ts';
import { type Measure, withoutWay } from '../model/profile.ts';

interface Props {
  tree: FlameNode;
  by: Measure;
  search: string;
  /** With what leads to the application: the layers of its framework. */
  isWhole: boolean;
}

type Drawing = typeof import('../charts/flame-graph.tsx');

/** The flame graph; what draws it comes with the first one that is looked at. */
export function FlameFigure({ tree, by, search, isWhole }: Props) {
  const [drawing, setDrawing] = useState<Drawing | null>(null);
  const shown = useMemo(() => (isWhole ? tree : withoutWay(tree)), [tree, isWhole]);
  useEffect(() => {
    let isWanted = true;
    // Without it the tables are there all the same.
    import('../charts/flame-graph.tsx').then(
      (loaded) => isWanted && setDrawing(loaded),
      () => {},
    );
    return () => {
      isWanted = false;
    };
  }, []);
  if (drawing === null) return null;
  return <drawing.FlameGraph tree={shown} by={by} search={search} />;
}
