/**
 * What Etsy's StatsD reads and the Datadog Agent does not: several typed values behind one name
 * (`a:320|ms:310|ms|@0.5:5|c`) and blanks around the parts of a line.
 *
 * Returns the same as lines with one type each and without blanks, or undefined where that would change nothing.
 * A value without a type has that of the next one, as in packed lines. Tags at the end belong to every part.
 */
export function plainLines(line: string): string[] | undefined {
  const colon = line.indexOf(':');
  const name = line.slice(0, Math.max(0, colon)).trim();
  if (name === '') return undefined;
  const rest = line.slice(colon + 1);
  // Values of tags may have colons.
  const tagsAt = /\|\s*#/.exec(rest)?.index ?? rest.length;
  const tail = fieldsOf(rest.slice(tagsAt)).join('|');
  const lines: string[] = [];
  let values: string[] = [];
  for (const part of rest.slice(0, tagsAt).split(':')) {
    const [value, ...fields] = fieldsOf(part);
    values.push(value!);
    if (fields.length === 0) continue;
    lines.push(`${name}:${values.join(':')}|${fields.join('|')}${tail}`);
    values = [];
  }
  if (lines.length === 0 || values.length > 0) return undefined;
  return lines.length === 1 && lines[0] === line ? undefined : lines;
}

function fieldsOf(text: string): string[] {
  return text.split('|').map((field) => field.trim());
}
