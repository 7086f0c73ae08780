import type { Family } from './families.ts';

export const TEXT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format */
export function familyText({ name, help, type, samples }: Family): string {
  let text = `# HELP ${name} ${help.replace(/[\\\n]/g, escaped).replaceAll('\0', '')}\n# TYPE ${name} ${type}\n`;
  for (const { labels, value, histogram } of samples) {
    const plain = [...labels].map(([key, of]) => `${key}="${of.replace(/[\\"\n]/g, escaped)}"`).join(',');
    if (histogram === undefined) {
      text += `${name}${braces(plain)} ${numberText(value)}\n`;
      continue;
    }
    const lead = plain === '' ? '' : `${plain},`;
    for (const [bound, count] of histogram.buckets) {
      text += `${name}_bucket{${lead}le="${bound}"} ${numberText(count)}\n`;
    }
    text += `${name}_bucket{${lead}le="+Inf"} ${numberText(histogram.count)}\n`;
    text += `${name}_sum${braces(plain)} ${numberText(histogram.sum)}\n`;
    text += `${name}_count${braces(plain)} ${numberText(histogram.count)}\n`;
  }
  return text;
}

function numberText(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}

function escaped(character: string): string {
  return character === '\n' ? '\\n' : `\\${character}`;
}

function braces(labels: string): string {
  return labels === '' ? '' : `{${labels}}`;
}
