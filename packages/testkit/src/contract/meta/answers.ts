import type { ContractCase } from '../case.ts';
import { exchange, withoutDate } from '../exchange.ts';

/** Development servers compile a page when it is first asked for, which takes minutes on a busy machine. */
const SILENT_MS = 300_000;

/** What of an answer is no matter of what was asked. */
export interface Unsteady {
  /** Differs from one answer to the next by itself. */
  differing?: RegExp;
  /** Parts that are sent as soon as they are there: their place is a matter of time. */
  whenever?: RegExp;
}

/** Answers to all cases, one after the other, each without what differs from one to the next by itself. */
export async function answersOf(
  port: number,
  cases: readonly ContractCase[],
  { differing, whenever }: Unsteady,
): Promise<string[]> {
  const answers: string[] = [];
  for (const one of cases) {
    let answer = comparable(await exchange(port, one, SILENT_MS), port);
    if (differing !== undefined) answer = answer.replace(differing, '-');
    if (whenever !== undefined)
      answer = answer.replace(whenever, '') + (answer.match(whenever) ?? []).join('');
    answers.push(`${one.id}\n${answer}`);
  }
  return answers;
}

/** An answer without the port, and where a stream was cut into pieces. */
function comparable(answer: string, port: number): string {
  const [head = '', ...rest] = withoutDate(answer).replaceAll(String(port), 'PORT').split('\r\n\r\n');
  const body = rest.join('\r\n\r\n');
  const isChunked = /^transfer-encoding: chunked$/im.test(head);
  return `${head}\n\n${isChunked ? unchunked(body) : body}`;
}

function unchunked(body: string): string {
  let text = '';
  let rest = body;
  for (;;) {
    const size = /^([0-9a-f]+)\r\n/i.exec(rest);
    if (size === null) return text;
    const length = Number.parseInt(size[1]!, 16);
    if (length === 0) return text;
    text += rest.slice(size[0].length, size[0].length + length);
    rest = rest.slice(size[0].length + length + 2);
  }
}
