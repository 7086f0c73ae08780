import { apiUrl } from '../api/client.ts';

/** The files of what is shown. */
export function ProfileFiles({ id, wanted }: { id: string; wanted: Record<string, string> }) {
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
