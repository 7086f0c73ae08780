import { useState } from 'preact/hooks';
import type { Caller, Upstream } from '../api/types.ts';
import { ms, NONE, percent, short, three, whole } from '../model/formatting.ts';
import { linkTo } from '../model/location.ts';
import { upstreamKey } from '../model/upstreams.ts';
import { HeadCell } from './head-cell.tsx';
import { Sparkline } from './sparkline.tsx';
import { Wire } from './wire.tsx';

interface Props {
  upstreams: readonly Upstream[];
  /** How many there are without the filter. */
  all: number;
  /** That the server left out. */
  more: number;
}

/** One row for each operation of an upstream; its callers stand beneath it when it is opened. */
export function UpstreamsTable({ upstreams, all, more }: Props) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const prefixes = new Set(upstreams.map(({ prefix }) => prefix));
  const toggle = (key: string) => {
    const next = new Set(open);
    if (!next.delete(key)) next.add(key);
    setOpen(next);
  };
  return (
    <>
      <table class="blocks upstreams">
        <caption class="unseen">Upstreams by operation, by what requests wait for them</caption>
        <thead>
          <tr>
            <HeadCell topic="upstream" class="b-name" title="Upstream" />
            <HeadCell topic="upstreamRate" class="num u-rate" title="rate" unit="/s" />
            <HeadCell topic="callMean" class="num u-p50" title="p50" unit="ms" />
            <HeadCell topic="callP95" class="num" title="p95" unit="ms" />
            <HeadCell topic="callErr" class="num u-err" title="err" unit="%" />
            <HeadCell topic="upstreamWait" class="num" title="wait" unit="ms/s" />
            <HeadCell topic="upstreamSpark" class="u-spark" title="p95, 5 min" />
          </tr>
        </thead>
        {upstreams.map((upstream) => {
          const key = upstreamKey(upstream);
          return (
            <Rows
              key={key}
              upstream={upstream}
              isOpen={open.has(key)}
              showPrefix={prefixes.size > 1}
              onToggle={() => toggle(key)}
            />
          );
        })}
      </table>
      {upstreams.length < all ? (
        <p class="muted">
          {whole(upstreams.length)} of {whole(all)} upstreams.
        </p>
      ) : null}
      {more > 0 ? <p class="muted">{whole(more)} more, which are waited for less, are not shown.</p> : null}
    </>
  );
}

interface RowsProps {
  upstream: Upstream;
  isOpen: boolean;
  showPrefix: boolean;
  onToggle(): void;
}

function Rows({ upstream, isOpen, showPrefix, onToggle }: RowsProps) {
  const { name, peer, prefix, rate, count, errors, duration, wait, callers, spark } = upstream;
  return (
    <tbody>
      <tr class={isOpen ? 'opened' : undefined}>
        <th scope="row" class="b-name">
          <button
            type="button"
            class="plain"
            aria-expanded={isOpen}
            data-say={peer ? `${name}\nat ${peer}` : name}
            onClick={onToggle}
          >
            <svg class="turn" viewBox="0 0 8 8" aria-hidden="true">
              <path d="M2 1l4 3-4 3z" />
            </svg>
            <Wire text={name} limit={160} />
            {peer && !name.includes(peer) ? (
              <small class="muted">
                <Wire text={peer} limit={60} />
              </small>
            ) : null}
            {showPrefix && prefix ? (
              <small class="muted">
                <Wire text={prefix} limit={40} />
              </small>
            ) : null}
          </button>
        </th>
        <td class="num u-rate">{three(rate)}</td>
        <td class="num u-p50">{three(duration.p50)}</td>
        <td class="num" data-help="callP95" data-within={duration.within ?? undefined}>
          {three(duration.p95)}
        </td>
        <td class={errors > 0 ? 'num u-err alarm' : 'num u-err'}>
          {errors > 0 ? percent(errors / count) : NONE}
        </td>
        <td class="num">{wait === null ? NONE : three(wait.rate)}</td>
        <td class="u-spark">
          <Sparkline points={spark} />
        </td>
      </tr>
      {isOpen ? callers.map((caller) => <CallerRow key={callerKey(caller)} caller={caller} />) : null}
      {isOpen && callers.length === 0 ? (
        <tr class="caller">
          <td class="b-name muted">
            <div class="across">No caller is known.</div>
          </td>
        </tr>
      ) : null}
    </tbody>
  );
}

const callerKey = ({ service, method, route }: Caller) => JSON.stringify([service, method, route]);

function CallerRow({ caller }: { caller: Caller }) {
  const { service, route, method, perRequest, wait, share, count } = caller;
  return (
    <tr class="caller">
      <td class="b-name">
        <div class="across">
          {route === null || method === null ? (
            <span class="muted">outside of requests</span>
          ) : (
            <a href={linkTo('route', { service, method, path: route })} data-view>
              <span class="method">{method.slice(0, 12)}</span> <Wire text={route} limit={200} />
            </a>
          )}
          <span class="muted">
            {perRequest === null ? `${whole(count)} calls` : `${short(perRequest)} each time`}
            {wait === null ? '' : `, waits ${ms(wait.mean)}`}
            {share === null ? '' : `, ${percent(share)} % of its time`}
          </span>
        </div>
      </td>
    </tr>
  );
}
