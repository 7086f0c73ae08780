import type { Block, RouteRow } from '../api/types.ts';
import { ms, percent, short, three, whole } from '../model/formatting.ts';
import { oneOf } from '../model/rows.ts';
import { HeadCell } from './head-cell.tsx';
import { Wire } from './wire.tsx';

/** Calls in one request from here on deserve a look: often a query in a loop. */
const MANY_CALLS = 10;

interface Props {
  blocks: readonly Block[];
  row: RouteRow | undefined;
}

/** The blocks of a route: how often, how long, and how much of the request each fills. */
export function BlocksTable({ blocks, row }: Props) {
  if (blocks.length === 0) {
    return (
      <p class="nothing small">
        No blocks. Time one with <code>meter.time('db.query', () =&gt; ...)</code> and it stands here.
      </p>
    );
  }
  // Blocks that run side by side can fill more than their request: then they set the scale.
  const scale = Math.max(1, ...blocks.map((block) => block.share ?? 0));
  return (
    <table class="blocks">
      <caption class="unseen">Blocks of the route, by the time spent in them</caption>
      <thead>
        <tr>
          <HeadCell class="b-name" title="Block" />
          <HeadCell topic="blockCalls" class="num" title="calls" unit={`/${oneOf(row)}`} />
          <HeadCell topic="blockMean" class="num b-mean" title="mean" unit="ms" />
          <HeadCell topic="blockP95" class="num b-p95" title="p95" unit="ms" />
          <HeadCell topic="blockCpu" class="num b-cpu" title="CPU" unit="ms" />
          <HeadCell topic="blockShare" class="num" title="share" unit="%" />
          <HeadCell topic="blockBar" class="b-bar" title={`of the ${oneOf(row)}`} />
        </tr>
      </thead>
      <tbody>
        {blocks.map((block) => (
          <tr key={block.name}>
            <th scope="row" class="b-name">
              <Wire text={block.name} />
            </th>
            <td
              class="num"
              tabIndex={0}
              data-help="blockCalls"
              data-say={`${whole(block.count)} calls in all`}
            >
              <span class={(block.perRequest ?? 0) >= MANY_CALLS ? 'many' : undefined}>
                {short(block.perRequest)}
              </span>
            </td>
            <td class="num b-mean">{three(block.wall.mean)}</td>
            <td class="num b-p95" data-help="blockP95" data-within={block.wall.within ?? undefined}>
              {three(block.wall.p95)}
            </td>
            <td class="num b-cpu">{three(block.cpu?.mean)}</td>
            <td class="num">{percent(block.share)}</td>
            <td class="b-bar" data-say={barLines(block, row)}>
              <NestedBar block={block} scale={scale} one={oneOf(row)} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** CPU in one request, as a part of the block's time in it. */
const cpuPart = (block: Block) =>
  block.cpu && block.wall.mean > 0 ? Math.min(1, block.cpu.mean / block.wall.mean) : 0;

function NestedBar({ block, scale, one }: { block: Block; scale: number; one: string }) {
  const share = block.share ?? 0;
  const width = (part: number) => ({ width: `${((100 * part) / scale).toFixed(2)}%` });
  return (
    <span
      class="nested"
      role="img"
      aria-label={`${percent(share)} % of the ${one}, CPU ${percent(cpuPart(block))} % of it`}
    >
      <i class="nested-request" style={width(1)} />
      <i class="nested-block part-wall" style={width(share)} />
      <i class="nested-block part-cpu" style={width(share * cpuPart(block))} />
    </span>
  );
}

function barLines(block: Block, row: RouteRow | undefined): string {
  const calls = block.perRequest ?? 0;
  const lines = [`in one ${oneOf(row)}\t${ms(block.wall.mean * calls)}\t${percent(block.share)} %`];
  if (block.cpu)
    lines.push(`part:cpu CPU of it\t${ms(block.cpu.mean * calls)}\t${percent(cpuPart(block))} %`);
  if (row) lines.push(`mean ${oneOf(row)}\t${ms(row.wall.mean)}\t`);
  return lines.join('\n');
}
