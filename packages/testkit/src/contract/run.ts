import { type ContractCase, expectedTags } from './case.ts';
import { sortTags } from './collector.ts';
import { exchange, withoutDate } from './exchange.ts';

/** Connections open at the same time. */
const AT_ONCE = 8;

/** Sends all cases, a few at a time, and gives the answers in the order of the cases. */
export async function sendAll(
  port: number,
  cases: readonly ContractCase[],
  atOnce = AT_ONCE,
): Promise<string[]> {
  const answers: string[] = new Array(cases.length);
  const waiting = [...cases.entries()];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, one] = next;
      answers[index] = `${one.id}\n${withoutDate(await exchange(port, one))}`;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return answers;
}

/** What must be counted for the cases. */
export function expectedRequests(cases: readonly ContractCase[]): Array<Record<string, string>> {
  return sortTags(cases.map(expectedTags));
}
