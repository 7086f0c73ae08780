// statsd-client: plain StatsD, several lines in a datagram.
const SDC = require('statsd-client');
const client = new SDC({
  host: '127.0.0.1',
  port: Number(process.argv[2]),
  prefix: 'shop',
  tags: { env: 'test' },
});
client.counter('orders', 3, { plan: 'free' });
client.gauge('balance', 7);
client.gaugeDelta('balance', -3);
client.timing('resize', 12.5);
client.histogram('size', 7);
client.distribution('weight', 9);
client.set('members', 'a');
client.set('members', 'b');
setTimeout(() => client.close(), 300);
