// node main.js URL [--seconds N] [--seed N] [--out FILE]: ends with the counts of what it sent, as JSON.
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { generate } from './generator.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string' }, seed: { type: 'string' }, out: { type: 'string' } },
});
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());

const tally = await generate(positionals[0] ?? 'http://127.0.0.1:3000', {
  seconds: values.seconds && Number(values.seconds),
  seed: values.seed && Number(values.seed),
  signal: stop.signal,
});
const counts = `${JSON.stringify(tally, null, 2)}\n`;
if (values.out) await writeFile(values.out, counts);
else process.stdout.write(counts);
