import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { profile as loadProfile, profiles as loadProfiles } from '../api/client.ts';
import type { Profile as OneProfile, ProfileEntry } from '../api/types.ts';
import { useEscape } from '../components/escape.ts';
import { FlameFigure } from '../components/flame-figure.tsx';
import { Frame } from '../components/frame.tsx';
import { HoldsList } from '../components/holds-list.tsx';
import { ProfileControl } from '../components/profile-control.tsx';
import { ProfileFiles } from '../components/profile-files.tsx';
import { ProfileOfUnit, type WantedUnit } from '../components/profile-of-unit.tsx';
import { SearchBox } from '../components/search-box.tsx';
import { UnitsTable } from '../components/units-table.tsx';
import { useFlame } from '../components/use-flame.ts';
import { clock, ms, span, whole } from '../model/formatting.ts';
import { useLoad } from '../model/load.ts';
import { amend, go, linkTo, place } from '../model/location.ts';
import { MEASURES, type Measure, measureOf } from '../model/profile.ts';

/** Which function? */
export function Profile() {
  const { query } = place.value;
  const get = (key: string) => query.get(key) ?? '';
  const wanted: WantedUnit = {
    kind: get('kind'),
    method: get('method'),
    path: get('path'),
    block: get('block'),
    pace: get('pace'),
  };
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
  wanted: WantedUnit;
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
      {failed.map(({ pid, thread, host, error }) => (
        <p key={`${host} ${pid} ${thread}`} class="notice lost">
          Process {pid}
          {thread > 0 ? `, thread ${thread}` : ''}
          {host === '' ? '' : `, on ${host}`}: {error!.message}
        </p>
      ))}
      {profile.units === undefined ? null : isOne ? (
        <ProfileOfUnit
          profile={profile}
          wanted={wanted}
          by={by}
          search={search}
          isWhole={isWhole}
          other={other}
        />
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
          <ProfileFiles id={profile.id} wanted={{}} />
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

function Nothing() {
  return (
    <p class="nothing">
      No application takes orders of this server. Run it as <code>npx routemeter-live node server.js</code>{' '}
      and its routes can be profiled here, let it take orders by the options <code>profileUrl</code> and{' '}
      <code>profileToken</code>, or call <code>meter.profile()</code> in it.
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
