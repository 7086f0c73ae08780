/** A sample of `http.server.request`, or several of the same tags. */
export interface Sample {
  tags: Record<string, string>;
  count: number;
}

/** Reads the DogStatsD lines of one metric. */
export function samplesOf(lines: readonly string[], metric = 'http.server.request'): Sample[] {
  const samples: Sample[] = [];
  for (const line of lines) {
    const [head = '', , ...rest] = line.split('|');
    const [name, ...values] = head.split(':');
    if (name !== metric) continue;
    const text = rest.find((part) => part.startsWith('#'))?.slice(1) ?? '';
    samples.push({ tags: tagsOf(text), count: values.length });
  }
  return samples;
}

function tagsOf(text: string): Record<string, string> {
  const tags: Record<string, string> = {};
  let last: string | null = null;
  // A route may hold commas: what has no known key before its colon belongs to the tag before.
  for (const part of text === '' ? [] : text.split(',')) {
    const [, key, value] = /^([a-z_]+):(.*)$/s.exec(part) ?? [];
    if (key !== undefined) tags[(last = key)] = value!;
    else if (last !== null) tags[last] += `,${part}`;
  }
  return tags;
}
