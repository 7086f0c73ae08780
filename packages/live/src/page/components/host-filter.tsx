import { amend } from '../model/location.ts';
import { host } from '../model/tag-filter.ts';
import { tags } from '../model/tags.ts';
import { SelectFilter } from './select-filter.tsx';

/** One host of several, in every view. */
export function HostFilter() {
  const hosts = Object.hasOwn(tags.value, 'host') ? tags.value.host! : [];
  if (hosts.length < 2 && !host.value) return null;
  return (
    <SelectFilter
      label="host"
      value={host.value}
      options={hosts}
      onChange={(value) => amend({ host: value })}
    />
  );
}
