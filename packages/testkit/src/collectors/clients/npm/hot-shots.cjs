// hot-shots: DogStatsD, buffered.
const { StatsD } = require('hot-shots');
const client = new StatsD({
  port: Number(process.argv[2]),
  prefix: 'shop.',
  globalTags: { env: 'test' },
  maxBufferSize: 1432,
});
client.increment('orders', 3, { plan: 'free' });
client.gauge('balance', -3);
client.timing('resize', 12.5);
client.histogram('size', 7);
client.distribution('weight', 9);
client.set('members', 'a');
client.set('members', 'b');
client.event('deployed', 'version 2');
client.check('db', client.CHECKS.WARNING);
client.close();
