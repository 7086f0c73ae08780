/** A fenced block of a Markdown text. */
export interface Snippet {
  /** From a comment `<!-- name: ... -->` on the line before; '' without one. */
  name: string;
  language: string;
  code: string;
  line: number;
}

const FENCE = /^```(\w*)\s*$/;
const NAME = /^<!-- name: (\S+) -->$/;

/** Every fenced block of a Markdown text, in order. */
export function snippetsOf(markdown: string): Snippet[] {
  const lines = markdown.split('\n');
  const snippets: Snippet[] = [];
  for (let at = 0; at < lines.length; at++) {
    const language = FENCE.exec(lines[at]!)?.[1];
    if (language === undefined) continue;
    const end = lines.indexOf('```', at + 1);
    if (end < 0) throw new Error(`line ${at + 1}: a fenced block does not end`);
    const name = NAME.exec(lines[at - 1] ?? '')?.[1] ?? '';
    snippets.push({ name, language, code: `${lines.slice(at + 1, end).join('\n')}\n`, line: at + 1 });
    at = end;
  }
  return snippets;
}
