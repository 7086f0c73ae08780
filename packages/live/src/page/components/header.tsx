import type { ForwardTarget, Stats } from '../api/types.ts';
import { span, three, whole } from '../model/formatting.ts';
import {
  config,
  connected,
  engine,
  pausedAt,
  sampleRate,
  services,
  stats,
  togglePause,
  trouble,
} from '../model/live.ts';
import { linkTo } from '../model/location.ts';
import { tags } from '../model/tags.ts';
import { keyHint } from '../model/touch.ts';
import { lostOf } from './forward-table.tsx';
import { ThemeSwitch } from './theme-switch.tsx';
import { WindowPicker } from './window-picker.tsx';

/** Name, health of the whole, and the controls that hold for every view. */
export function Header() {
  return (
    <header class="top">
      <a class="brand" href={linkTo('routes')} data-view>
        routemeter <b>live</b>
      </a>
      <Health />
      <div class="controls">
        <WindowPicker />
        <PauseButton />
        <ThemeSwitch />
      </div>
    </header>
  );
}

function Health() {
  const now = stats.value;
  const count = services.value.length;
  return (
    <div class="health">
      <Light />
      {now ? (
        <>
          <Figure topic="services" say={services.value.join(', ').slice(0, 300)}>
            <b>{whole(count)}</b> {count === 1 ? 'service' : 'services'}
          </Figure>
          {engine.value ? <Hosts /> : <Received now={now} />}
        </>
      ) : null}
    </div>
  );
}

/** What came to this server. */
function Received({ now }: { now: Stats }) {
  return (
    <>
      <Figure topic="samples">
        <b>{three(sampleRate.value)}</b> samples/s
      </Figure>
      {now.rejected > 0 ? (
        <a class="figure alarm" href={linkTo('raw', { errors: '1' })} data-view data-help="rejected">
          <b>{whole(now.rejected)}</b> rejected
        </a>
      ) : (
        <Figure topic="rejected">
          <b>0</b> rejected
        </Figure>
      )}
      <Forwarded targets={now.forward ?? []} />
      {now.kernelDrops ? (
        <Figure topic="drops" alarming>
          <b>{whole(now.kernelDrops)}</b> dropped
        </Figure>
      ) : null}
      {now.folded ? (
        <Figure topic="folded" alarming>
          <b>{whole(now.folded)}</b> folded
        </Figure>
      ) : null}
    </>
  );
}

/** What was passed on, once something of it got lost in red; the books of each target are in Raw. */
function Forwarded({ targets }: { targets: readonly ForwardTarget[] }) {
  if (targets.length === 0) return null;
  const lost = lostOf(targets);
  const rows = targets.map(({ url, lines, failed, dropped }) =>
    [
      url.slice(0, 80).replaceAll('\t', ' '),
      `${whole(lines)} lines`,
      lost > 0 ? `${whole(failed + dropped)} lost` : '',
    ].join('\t'),
  );
  return (
    <a
      class={lost > 0 ? 'figure alarm' : 'figure'}
      href={linkTo('raw')}
      data-view
      data-say={rows.join('\n')}
      data-help="forwarded"
    >
      <b>{whole(targets.reduce((sum, { lines }) => sum + lines, 0))}</b> forwarded
    </a>
  );
}

/** What is shown of a fleet. */
function Hosts() {
  const hosts = Object.hasOwn(tags.value, 'host') ? tags.value.host! : [];
  return (
    <Figure topic="hosts" say={hosts.join(', ').slice(0, 300)}>
      <b>{whole(hosts.length)}</b> {hosts.length === 1 ? 'host' : 'hosts'}
    </Figure>
  );
}

function Light() {
  const isLive = connected.value && trouble.value === null;
  const state = pausedAt.value !== null ? 'paused' : isLive ? 'live' : 'lost';
  const lost = connected.value ? 'the engine does not answer' : 'no connection';
  const words = { paused: 'paused', live: 'live', lost }[state];
  const server = config.value;
  const source = engine.value ? `Shows what collectors wrote to ${engine.value}\n` : '';
  const say = server
    ? `${source}StatsD at ${server.udp}${server.unix ? ` and ${server.unix}` : ''}\nroutemeter-live ${server.version} ${engine.value ? 'looks back' : 'keeps'} ${span(server.retention)}${engine.value ? '' : ' of data'}`
    : 'Looking for the server';
  return (
    <span class={`light ${state}`} role="img" aria-label={words} tabIndex={0} data-say={`${words}\n${say}`} />
  );
}

interface FigureProps {
  topic: string;
  say?: string;
  alarming?: boolean;
  children: preact.ComponentChildren;
}

/** A number of the header: reachable by keyboard, so that its help is too. */
export function Figure({ topic, say, alarming, children }: FigureProps) {
  return (
    <span
      class={alarming ? 'figure alarm' : 'figure'}
      tabIndex={0}
      data-help={topic}
      data-say={say || undefined}
    >
      {children}
    </span>
  );
}

function PauseButton() {
  const paused = pausedAt.value !== null;
  return (
    <button
      type="button"
      class="icon"
      aria-pressed={paused}
      aria-label={paused ? 'Go on' : 'Pause'}
      data-say={`${paused ? 'Go on' : 'Pause: the page stands still, the server goes on recording'}${keyHint('p')}`}
      onClick={togglePause}
    >
      <svg viewBox="0 0 16 16" aria-hidden="true">
        {paused ? <path d="M4 2.5v11l9-5.5z" /> : <path d="M4 3h3v10H4zM9 3h3v10H9z" />}
      </svg>
    </button>
  );
}
