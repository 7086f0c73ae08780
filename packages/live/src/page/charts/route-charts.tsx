import { useMemo } from 'preact/hooks';
import { heat, metrics, query } from '../api/client.ts';
import type { HeatAnswer, QueryAnswer } from '../api/types.ts';
import { columns } from '../model/align.ts';
import { axisFor } from '../model/axis.ts';
import { three } from '../model/formatting.ts';
import { useLoad } from '../model/load.ts';
import { type Named, routeTags, statusKey, toMs } from '../model/selection.ts';
import { tagParameters } from '../model/tag-filter.ts';
import { range } from '../model/zoom.ts';
import { HeatChart } from './heat-chart.tsx';
import { type Line, LineChart } from './line-chart.tsx';
import { StatusChart } from './status-chart.tsx';

const LINES: Line[] = [
  { name: 'p99', color: 'muted', width: 1, help: '99 of 100 requests were quicker; wall time' },
  { name: 'p95', color: 'accent', width: 2, help: '95 of 100 requests were quicker; wall time' },
  {
    name: 'p50',
    color: 'accent',
    width: 1.5,
    alpha: 0.55,
    help: 'half of the requests were quicker; wall time',
  },
];
const CPU_LINE: Line = {
  name: 'CPU p95',
  color: '#D55E00',
  width: 1.5,
  help: 'CPU that 95 of 100 requests stayed below: the part of the wall time that computing takes',
};

interface Answers {
  wall: QueryAnswer;
  cpu: QueryAnswer | null;
  heat: HeatAnswer;
  status: QueryAnswer | null;
}

/** Everything of a route over time, on one time axis. */
export function RouteCharts({ row, hasCpu }: { row: Named; hasCpu: boolean }) {
  const known = useLoad('metrics', metrics, 10_000).data?.metrics;
  const metric = known?.find((one) => one.name === row.metric);
  const tags = routeTags(row, metric);
  const status = statusKey(metric);
  const parameters = { ...tagParameters(), ...tags, ...range.value };
  const factor = toMs(row.metric, metric);
  const key = JSON.stringify([row.metric, parameters, hasCpu, status]);

  const { data, refused } = useLoad<Answers>(
    key,
    async (signal) => {
      const [wall, cpu, heatMap, statuses] = await Promise.all([
        query({ ...parameters, name: row.metric, stat: 'p50,p95,p99' }, signal),
        hasCpu ? query({ ...parameters, name: `${row.metric}.cpu`, stat: 'p95' }, signal) : null,
        heat({ ...parameters, name: row.metric }, signal),
        status ? query({ ...parameters, name: row.metric, stat: 'rate', by: status }, signal) : null,
      ]);
      return { wall, cpu, heat: heatMap, status: statuses };
    },
    range.value.step <= 5 ? 1000 : 5000,
  );

  const lines = useMemo(() => (hasCpu ? [...LINES, CPU_LINE] : LINES), [hasCpu]);
  const latency = useMemo(
    () =>
      columns(
        [data?.wall ?? null, data?.cpu ?? null],
        [
          { answer: 0, stat: 'p99', factor },
          { answer: 0, stat: 'p95', factor },
          { answer: 0, stat: 'p50', factor },
          ...(hasCpu ? [{ answer: 1, stat: 'p95', factor }] : []),
        ],
      ),
    [data, factor, hasCpu],
  );
  const heatMap = useMemo(() => scaled(data?.heat ?? null, factor), [data, factor]);
  const axis = axisFor(data?.wall ?? null, latency[0].length);

  return (
    <>
      {refused ? <p class="notice lost">{refused}</p> : null}
      <LineChart title="Latency" unit="ms" lines={lines} data={latency} {...axis} format={three} />
      <HeatChart answer={heatMap} unit="ms" of="requests" {...axis} />
      <StatusChart answer={data?.status ?? null} statusKey={status} {...axis} />
    </>
  );
}

function scaled(answer: HeatAnswer | null, factor: number): HeatAnswer | null {
  return answer && factor !== 1 ? { ...answer, bins: answer.bins.map((bin) => bin * factor) } : answer;
}
