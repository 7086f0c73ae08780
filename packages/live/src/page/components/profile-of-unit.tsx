import type { Profile } from '../api/types.ts';
import { ms, whole } from '../model/formatting.ts';
import { linkTo } from '../model/location.ts';
import { comparedRows, FEW_SAMPLES, type Measure, slowSentence, unitTitle } from '../model/profile.ts';
import { FlameFigure } from './flame-figure.tsx';
import { FunctionsTable } from './functions-table.tsx';
import { HoldsList } from './holds-list.tsx';
import { ProfileFiles } from './profile-files.tsx';
import { linkToUnit } from './units-table.tsx';
import { useFlame } from './use-flame.ts';
import { Wire } from './wire.tsx';

/** What is asked of the server, from the address; empty where it is not asked for. */
export interface WantedUnit {
  kind: string;
  method: string;
  path: string;
  block: string;
  /** `slow`: those that took longer than 95 % of them. */
  pace: string;
}

interface Props {
  profile: Profile;
  wanted: WantedUnit;
  by: Measure;
  search: string;
  isWhole: boolean;
  /** The profile that it is compared with. */
  other: string;
}

const PACES = [
  ['', 'fast and slow'],
  ['slow', 'the slowest'],
] as const;

/** What one unit of work, or a block in it, did while it was sampled. */
export function ProfileOfUnit({ profile, wanted, by, search, isWhole, other }: Props) {
  const { kind, method, path, block, pace } = wanted;
  const asked = { kind, method, route: path, block, pace };
  const flame = useFlame(profile.id, asked);
  const former = useFlame(other, asked);
  // Slow ones stand beside the others of the same profile, unless another profile is asked for.
  const isApart = pace === 'slow' && other === '';
  const usual = useFlame(isApart ? profile.id : '', { ...asked, pace: 'usual' });
  const before = isApart ? usual : former;
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
              href={linkToUnit(profile.id, unit, by, { block: name, pace })}
              data-view
              aria-current={name === block ? 'true' : undefined}
            >
              {name === '' ? 'all of it' : <Wire text={name} limit={60} />}
            </a>
          ))}
        </nav>
      ) : null}
      {unit.slow ? (
        <nav class="profile-blocks" aria-label="Slow ones">
          {PACES.map(([name, words]) => (
            <a
              key={name}
              href={linkToUnit(profile.id, unit, by, { block, pace: name })}
              data-view
              data-help={name === 'slow' ? 'slowUnits' : undefined}
              aria-current={name === pace ? 'true' : undefined}
            >
              {words}
            </a>
          ))}
        </nav>
      ) : null}
      {unit.slow && pace === 'slow' ? <p class="sentence">{slowSentence(unit, unit.slow)}</p> : null}
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
            <small>
              {before
                ? `by how much they differ from ${isApart ? 'those of the others' : other}`
                : 'by what they used themselves'}
            </small>
          </h2>
          <FunctionsTable
            flame={flame}
            rows={comparedRows(flame, before, by)}
            by={by}
            isCompared={before !== null}
            search={search}
          />
          <ProfileFiles id={profile.id} wanted={asked} />
        </>
      ) : null}
    </>
  );
}
