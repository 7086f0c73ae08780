// One of the servers, as its users start it: `node server.mjs ours` or `node server.mjs etsy PORT`.
import { createRequire } from 'node:module';

if (process.argv[2] === 'ours') {
  const { createLiveServer } = await import('../../packages/live/dist/index.mjs');
  const live = await createLiveServer({ port: 0, statsdPort: 0 });
  console.log(JSON.stringify({ port: live.statsdPort, url: live.url }));
} else {
  const { mkdtempSync, writeFileSync } = await import('node:fs');
  const { tmpdir } = await import('node:os');
  const { join } = await import('node:path');
  const port = Number(process.argv[3]);
  const file = join(mkdtempSync(join(tmpdir(), 'etsy-')), 'config.js');
  // Nothing is flushed within the measurement: what is compared is reading.
  writeFileSync(
    file,
    `{ address: '127.0.0.1', port: ${port}, mgmt_address: '127.0.0.1', mgmt_port: ${port}, flushInterval: 3600000, backends: [] }`,
  );
  const require = createRequire(import.meta.url);
  // Its last release calls what Node 23 took away.
  require('node:util').log ??= () => {};
  process.argv = [process.argv[0], 'statsd', file];
  require('statsd/stats.js');
}
