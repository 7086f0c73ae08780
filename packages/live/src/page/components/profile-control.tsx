import { useState } from 'preact/hooks';
import { startProfile, stopProfile } from '../api/client.ts';
import type { ProfilableThread, Profile } from '../api/types.ts';
import { whole } from '../model/formatting.ts';
import { applicationsOf } from '../model/profile.ts';
import { useNow } from './now.ts';
import { SelectFilter } from './select-filter.tsx';

const SECONDS = [5, 10, 30];
/** As the library has it: a longer start is refused unless it is forced. */
const MOST_MS = 500;

interface Props {
  threads: readonly ProfilableThread[];
  running: Profile | null;
  /** A profile was started. */
  onStart(id: string): void;
}

/** One button, what it will cost before it is pressed, and how far it is. */
export function ProfileControl({ threads, running, onStart }: Props) {
  const [seconds, setSeconds] = useState(10);
  const [refused, setRefused] = useState<string | null>(null);
  const [chosen, setChosen] = useState('');
  const applications = applicationsOf(threads);
  const one = applications.get(chosen);
  const asked = one?.threads ?? threads;
  const expected = Math.max(0, ...asked.map((thread) => thread.expected));
  const isLong = expected > MOST_MS;
  const start = () => {
    setRefused(null);
    startProfile({ seconds, ...(isLong ? { force: true } : {}), ...one?.order }).then(
      ({ id }) => onStart(id),
      (error: Error) => setRefused(error.message),
    );
  };
  if (running !== null) return <Running profile={running} />;
  return (
    <div class="profile-control">
      <button type="button" class="button" disabled={threads.length === 0} onClick={start}>
        Profile {whole(seconds)} s
      </button>
      <fieldset class="segments" aria-label="Seconds">
        {SECONDS.map((each) => (
          <button key={each} type="button" aria-pressed={each === seconds} onClick={() => setSeconds(each)}>
            {each}s
          </button>
        ))}
      </fieldset>
      {applications.size > 1 ? (
        <SelectFilter
          label="all applications"
          value={one === undefined ? '' : chosen}
          options={[...applications.keys()]}
          onChange={setChosen}
        />
      ) : null}
      <span class={isLong ? 'alarm' : 'muted'} data-help="profileStall" tabIndex={0}>
        {asked.length > 0
          ? `its start holds the loop for up to ${whole(expected)} ms${asked.length > 1 ? `, in each of ${whole(asked.length)} threads` : ''}`
          : ''}
      </span>
      {refused ? <p class="notice lost">{refused}</p> : null}
    </div>
  );
}

function Running({ profile }: { profile: Profile }) {
  const now = useNow(200);
  const part = Math.min(1, Math.max(0, (now - profile.at) / (profile.seconds * 1000)));
  return (
    <div class="profile-control">
      <progress max={1} value={part} aria-label="Profile" />
      <span class="muted">
        {part < 1 ? `sampling for ${whole(profile.seconds)} s` : 'telling whose the samples are'}
      </span>
      <button type="button" class="button" onClick={() => void stopProfile(profile.id).catch(() => {})}>
        Stop
      </button>
    </div>
  );
}
