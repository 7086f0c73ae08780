/** Names in Prometheus' alphabet, as `/metrics`, the writer and the reader all make them. */
export function seriesName(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_:]/g, '_').replace(/^(?=\d)/, '_');
}

/** Labels that the writer sets itself; a tag of that name stands aside. */
const OWN = /^(?:job|instance|le|vmrange|__.*)$/;

export function labelName(key: string): string {
  const name = key.replaceAll(/[^a-zA-Z0-9_]/g, '_').replace(/^(?=\d)/, '_');
  return OWN.test(name) || name === '' ? `tag_${name}` : name;
}
