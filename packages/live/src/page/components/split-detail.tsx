import type { RouteRow } from '../api/types.ts';
import { ms, percent } from '../model/formatting.ts';
import { PART_HELP, PART_NAMES, PARTS, split } from '../model/rows.ts';
import { SplitBar } from './split-bar.tsx';

/** The bar of one route across the page, its four values beneath. */
export function SplitDetail({ row }: { row: RouteRow }) {
  const parts = split(row);
  return (
    <section class="split" aria-label="Where a request’s time goes">
      <SplitBar row={row} scale={row.wall.mean || 1} />
      <dl>
        <div tabIndex={0} data-help="mean">
          <dt>
            <i class="swatch part-none" />
            mean
          </dt>
          <dd>{ms(row.wall.mean)}</dd>
        </div>
        {parts
          ? PARTS.map((name) =>
              row[name] ? (
                <div key={name} tabIndex={0} data-say={PART_HELP[name]}>
                  <dt>
                    <i class={`swatch part-${name}`} />
                    {PART_NAMES[name]}
                  </dt>
                  <dd>
                    {ms(parts[name])} <span class="muted">{percent(parts[name] / row.wall.mean)} %</span>
                  </dd>
                </div>
              ) : null,
            )
          : null}
        {parts ? null : (
          <div>
            <dt>where it goes</dt>
            <dd>not sent by this app</dd>
          </div>
        )}
      </dl>
    </section>
  );
}
