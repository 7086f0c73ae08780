import type { ComponentChildren } from 'preact';
import type { RouteRow } from '../api/types.ts';
import { ms, percent } from '../model/formatting.ts';
import { PART_HELP, PART_NAMES, PARTS, REMOTE_HELP, REMOTE_NAME, split } from '../model/rows.ts';
import { waitPieces } from '../model/waits.ts';
import { SplitBar } from './split-bar.tsx';
import { Wire } from './wire.tsx';

/** The bar of one route across the page, its four values beneath. */
export function SplitDetail({ row }: { row: RouteRow }) {
  const parts = split(row);
  const { pieces, left } = waitPieces(row);
  const names = pieces.length > 0 ? PARTS.filter((name) => name !== 'idle') : PARTS;
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
          ? names.map((name) =>
              row[name] ? (
                <Figure key={name} colour={name} say={PART_HELP[name]} mean={parts[name]} row={row}>
                  {PART_NAMES[name]}
                </Figure>
              ) : null,
            )
          : null}
        {pieces.map(({ name, mean, shade }) => (
          <Figure key={name} colour={`wait${shade}`} say={`waiting for ${name}`} mean={mean} row={row}>
            <Wire text={name} limit={60} />
          </Figure>
        ))}
        {pieces.length > 0 ? (
          <Figure
            colour="idle"
            say="waiting for nothing that was seen: a timer, or a library that is not followed"
            mean={left}
            row={row}
          >
            other idle
          </Figure>
        ) : null}
        {row.cpuRemote ? (
          <div tabIndex={0} data-say={REMOTE_HELP}>
            <dt>
              <i class="swatch part-remote" />
              beside: {REMOTE_NAME}
            </dt>
            <dd>{ms(row.cpuRemote.mean)}</dd>
          </div>
        ) : null}
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

interface FigureProps {
  colour: string;
  say: string;
  mean: number;
  row: RouteRow;
  children: ComponentChildren;
}

function Figure({ colour, say, mean, row, children }: FigureProps) {
  return (
    <div tabIndex={0} data-say={say}>
      <dt>
        <i class={`swatch part-${colour}`} />
        {children}
      </dt>
      <dd>
        {ms(mean)} <span class="muted">{percent(mean / row.wall.mean)} %</span>
      </dd>
    </div>
  );
}
