import { readFileSync, statSync } from 'node:fs';

const ID = /([0-9a-f]{64})|([0-9a-f]{32}-\d+)|([0-9a-f]{8}(?:-[0-9a-f]{4}){4,5})/;

/**
 * The id of the container that this process runs in, as the Datadog Agent takes it in the field `c:`:
 * from the control groups, else the inode of this container's own group as `in-<inode>`; undefined
 * outside containers and other than on Linux.
 */
export function containerId(root = ''): string | undefined {
  try {
    const lines = readFileSync(`${root}/proc/self/cgroup`, 'utf8').split('\n');
    for (const line of lines) {
      const found = ID.exec(line.slice(line.lastIndexOf('/') + 1))?.[0];
      if (found !== undefined) return `ci-${found}`;
    }
    // A container with a control group namespace of its own sees itself as the root.
    const unified = lines.find((line) => line.startsWith('0::'))?.slice(3);
    if (unified !== '/') return undefined;
    return `in-${statSync(`${root}/sys/fs/cgroup`).ino}`;
  } catch {
    return undefined;
  }
}
