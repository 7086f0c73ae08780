// node-statsd: one datagram for each metric.
const StatsD = require('node-statsd');
const client = new StatsD({ port: Number(process.argv[2]), prefix: 'shop.', global_tags: ['env:test'] });
client.increment('orders', 3, ['plan:free']);
client.decrement('orders', 1, ['plan:free']);
client.gauge('balance', 7);
client.timing('resize', 12.5);
client.histogram('size', 7);
client.set('members', 'a');
client.set('members', 'b');
setTimeout(() => client.close(), 300);
