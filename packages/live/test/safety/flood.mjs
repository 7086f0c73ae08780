// node flood.mjs URL CONNECTIONS: asks as fast as it is answered, until it is told to end; prints the statuses.
import { Agent, get } from 'node:http';

const [url, connections] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });
const paths = [
  '/api/routes?window=3600',
  '/api/query?name=m&by=i&window=3600&stat=p50,p99',
  '/api/metrics',
  '/api/raw?limit=5000',
  '/metrics',
  '/api/nothing',
];
const counts = {};
let at = 0;
const ask = () => {
  const again = (what) => {
    counts[what] = (counts[what] ?? 0) + 1;
    setImmediate(ask);
  };
  get(url + paths[at++ % paths.length], { agent }, (response) => {
    response.resume().once('close', () => again(response.statusCode));
  }).once('error', (error) => again(error.code));
};
for (let i = 0; i < Number(connections); i++) ask();
process.once('SIGTERM', () => process.stdout.write(JSON.stringify(counts), () => process.exit()));
