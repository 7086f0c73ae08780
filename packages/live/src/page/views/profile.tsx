import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import {
  apiUrl,
  flame as loadFlame,
  profile as loadProfile,
  profiles as loadProfiles,
} from '../api/client.ts';
import type { Flame, Profile as OneProfile, ProfileEntry } from '../api/types.ts';
import { useEscape } from '../components/escape.ts';
import { FlameFigure } from '../components/flame-figure.tsx';
import { Frame } from '../components/frame.tsx';
import { FunctionsTable } from '../components/functions-table.tsx';
import { HoldsList } from '../components/holds-list.tsx';
import { ProfileControl } from '../components/profile-control.tsx';
import { SearchBox } from '../components/search-box.tsx';
import { linkToUnit, UnitsTable } from '../components/units-table.tsx';
import { Wire } from '../components/wire.tsx';
import { clock, ms, span, whole } from '../model/formatting.ts';
import { useLoad } from '../model/load.ts';
import { amend, go, linkTo, place } from '../model/location.ts';
import { comparedRows, FEW_SAMPLES, MEASURES, type Measure, measureOf, unitTitle } from '../model/profile.ts';

/** What is asked of the server, from the address. */
interface Wanted {
  kind: string;
  method: string;
  path: string;
  block: string;
}

/** Which function? */
export function Profile() {
  const { query } = place.value;
  const get = (key: string) => query.get(key) ?? '';
  const wanted: Wanted = { kind: get('kind'), method: get('method'), path: get('path'), block: get('block') };
  const isOne = wanted.kind !== '' || wanted.path !== '';
  const by = measureOf(get('by'));
  const isWhole = get('stacks') === 'whole';
  useEscape(isOne ? linkTo('profile', { id: get('id') }) : linkTo('routes'));

  const list = useLoad('profiles', loadProfiles);
  const kept = list.data?.profiles ?? [];
  const threads = list.data?.threads ?? [];
  const id = get('id') || (kept[0]?.id ?? '');
  const shown = useEntry(
    id,
    kept.find((one) => one.id === id),
  );
  const running = kept.find(({ state }) => state === 'running') ?? null;
  const others = kept.filter((one) => one.id !== id && one.state === 'done');
  const start = (started: string) => go(linkTo('profile', { ...wanted, id: started, by: get('by') }));

  return (
    <Frame
      byHost={false}
      toolbar={
        shown?.units ? (
          <>
            <SearchBox label="Find a function" value={get('q')} onChange={(q) => amend({ q })} />
            <Choice
              label="Measure"
              value={by}
              options={MEASURES}
              onChange={(one) => amend({ by: one === 'time' ? '' : one })}
            />
            <button
              type="button"
              class="button"
              aria-pressed={isWhole}
              data-help="wholeStacks"
              onClick={() => amend({ stacks: isWhole ? '' : 'whole' })}
            >
              whole stacks
            </button>
            {isOne && others.length > 0 ? (
              <Choice
                label="Compare with"
                value={get('with')}
                options={[
                  ['', 'compare with'],
                  ...others.map((one): [string, string] => [one.id, entryTitle(one)]),
                ]}
                onChange={(one) => amend({ with: one })}
              />
            ) : null}
          </>
        ) : null
      }
    >
      <section class="profile-top">
        <ProfileControl threads={threads} running={running} onStart={start} />
        {kept.length > 1 ? (
          <Choice
            label="Profile"
            value={id}
            options={kept.map((one): [string, string] => [one.id, entryTitle(one)])}
            onChange={(one) => amend({ id: one, with: '' })}
          />
        ) : null}
      </section>
      {list.refused ? <p class="notice lost">{list.refused}</p> : null}
      {list.data && threads.length === 0 && kept.length === 0 ? <Nothing /> : null}
      {list.data && threads.length > 0 && kept.length === 0 ? <Before /> : null}
      {shown ? (
        <Shown
          profile={shown}
          wanted={wanted}
          isOne={isOne}
          by={by}
          search={get('q')}
          isWhole={isWhole}
          other={get('with')}
        />
      ) : null}
    </Frame>
  );
}

interface ShownProps {
  profile: OneProfile;
  wanted: Wanted;
  isOne: boolean;
  by: Measure;
  search: string;
  isWhole: boolean;
  other: string;
}

function Shown({ profile, wanted, isOne, by, search, isWhole, other }: ShownProps) {
  const failed = profile.threads.filter(({ error }) => error !== null);
  return (
    <>
      {failed.map(({ pid, thread, error }) => (
        <p key={`${pid} ${thread}`} class="notice lost">
          Process {pid}
          {thread > 0 ? `, thread ${thread}` : ''}: {error!.message}
        </p>
      ))}
      {profile.units === undefined ? null : isOne ? (
        <One profile={profile} wanted={wanted} by={by} search={search} isWhole={isWhole} other={other} />
      ) : (
        <All profile={profile} by={by} search={search} isWhole={isWhole} />
      )}
    </>
  );
}

function All({ profile, by, search, isWhole }: Omit<ShownProps, 'wanted' | 'isOne' | 'other'>) {
  const flame = useFlame(profile.id, {});
  const wall = profile.seconds * 1000 * Math.max(1, profile.threads.length);
  return (
    <>
      <Told profile={profile} />
      <UnitsTable id={profile.id} units={profile.units!} by={by} wall={wall} />
      {flame ? (
        <>
          <HoldsList holds={flame.holds} withUnits />
          <h2>
            Everything <small>all routes, and what belongs to none</small>
          </h2>
          <FlameFigure tree={flame.tree} by={by} search={search} isWhole={isWhole} />
          <Downloads id={profile.id} wanted={{}} />
        </>
      ) : null}
    </>
  );
}

function One({ profile, wanted, by, search, isWhole, other }: Omit<ShownProps, 'isOne'>) {
  const { kind, method, path, block } = wanted;
  const asked = { kind, method, route: path, block };
  const flame = useFlame(profile.id, asked);
  const before = useFlame(other, asked);
  const unit = profile.units!.find(
    (one) => one.name === path && one.method === method && (kind === '' || one.kind === kind),
  );
  if (unit === undefined) {
    return (
      <p class="nothing">Nothing of {unitTitle({ kind, name: path, method })} ran while it was sampled.</p>
    );
  }
  return (
    <>
      <nav class="crumbs" aria-label="Way back">
        <a href={linkTo('profile', { id: profile.id, by: by === 'time' ? '' : by })} data-view>
          All of this profile
        </a>
      </nav>
      <h1 class="route-title">
        <span class="path">
          <Wire text={unitTitle(unit)} limit={600} />
        </span>
      </h1>
      {unit.blocks.length > 0 ? (
        <nav class="profile-blocks" aria-label="Blocks">
          {[{ name: '' }, ...unit.blocks].map(({ name }) => (
            <a
              key={name}
              href={linkToUnit(profile.id, unit, by, name)}
              data-view
              aria-current={name === block ? 'true' : undefined}
            >
              {name === '' ? 'all of it' : <Wire text={name} limit={60} />}
            </a>
          ))}
        </nav>
      ) : null}
      {flame ? (
        <>
          <p class="sentence">
            ~{ms(flame.cpu)} of CPU and ~{ms(flame.stalled)} stalled in {whole(flame.samples)} samples.
            {flame.samples < FEW_SAMPLES
              ? ' So few tell the shares of functions roughly: profile for longer, or with more requests.'
              : ''}
          </p>
          <HoldsList holds={flame.holds} withUnits={false} />
          <FlameFigure tree={flame.tree} by={by} search={search} isWhole={isWhole} />
          <h2>
            Functions{' '}
            <small>{before ? `by how much they differ from ${other}` : 'by what they used themselves'}</small>
          </h2>
          <FunctionsTable
            flame={flame}
            rows={comparedRows(flame, before, by)}
            by={by}
            isCompared={before !== null}
            search={search}
          />
          <Downloads id={profile.id} wanted={asked} />
        </>
      ) : null}
    </>
  );
}

function Told({ profile }: { profile: OneProfile }) {
  const held = Math.max(0, ...profile.threads.map((thread) => thread.held ?? 0));
  const programs = [...new Set(profile.threads.map(({ program }) => program.replace(/^.*[\\/]/, '')))];
  return (
    <p class="sentence">
      {span(profile.seconds)} of <code>{programs.join(', ').slice(0, 120)}</code>
      {profile.threads.length > 1 ? ` in ${whole(profile.threads.length)} threads` : ''}, at{' '}
      {clock(profile.at)}. Its start held the loop for {ms(held)}.
      {profile.cause === null ? '' : ` Taken for a budget: ${profile.cause}.`}
    </p>
  );
}

function Downloads({ id, wanted }: { id: string; wanted: Record<string, string> }) {
  const file = (kind: string) => apiUrl(`profiles/${encodeURIComponent(id)}/${kind}`, wanted);
  return (
    <p class="downloads">
      <a href={file('cpuprofile')} download>
        .cpuprofile
      </a>{' '}
      for Chrome DevTools, speedscope and editors;{' '}
      <a href={file('folded')} download>
        folded stacks
      </a>{' '}
      for others.
    </p>
  );
}

function Nothing() {
  return (
    <p class="nothing">
      No application takes orders of this server. Run it as <code>npx routemeter-live node server.js</code>{' '}
      and its routes can be profiled here, or call <code>meter.profile()</code> in it.
    </p>
  );
}

function Before() {
  return (
    <p class="nothing">
      A profile tells which functions use each route’s CPU, and which calls hold the event loop: the code is
      sampled every millisecond, and each sample is given to the route that it ran for.
    </p>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  options: readonly (readonly [value: string, words: string])[];
  onChange(value: string): void;
}

/** One of several; unlike a filter there is always one. */
function Choice({ label, value, options, onChange }: ChoiceProps): ComponentChildren {
  return (
    <select
      class="select"
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    >
      {options.map(([each, words]) => (
        <option key={each} value={each}>
          {words}
        </option>
      ))}
    </select>
  );
}

function entryTitle({ id, at, seconds, state }: ProfileEntry): string {
  return `${id}: ${clock(at)}, ${whole(seconds)} s${state === 'done' ? '' : `, ${state}`}`;
}

/** One profile: asked for once it is done, since it never changes after that. */
function useEntry(id: string, entry: ProfileEntry | undefined): OneProfile | null {
  const [loaded, setLoaded] = useState<OneProfile | null>(null);
  const state = entry?.state;
  useEffect(() => {
    if (id === '' || state === undefined || state === 'running') return;
    const stop = new AbortController();
    loadProfile(id, stop.signal).then(setLoaded, () => {});
    return () => stop.abort();
  }, [id, state]);
  return loaded?.id === id ? loaded : (entry ?? null);
}

/** A view of a profile, which never changes either. */
function useFlame(id: string, wanted: Record<string, string>): Flame | null {
  const key = id === '' ? '' : JSON.stringify([id, wanted]);
  const [loaded, setLoaded] = useState<{ key: string; flame: Flame } | null>(null);
  useEffect(() => {
    if (key === '') return;
    const stop = new AbortController();
    loadFlame(id, wanted, stop.signal).then(
      (flame) => setLoaded({ key, flame }),
      () => {},
    );
    return () => stop.abort();
  }, [key]);
  return loaded?.key === key && key !== '' ? loaded.flame : null;
}
