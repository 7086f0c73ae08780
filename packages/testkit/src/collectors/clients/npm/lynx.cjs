// lynx: plain StatsD.
const Lynx = require('lynx');
const client = new Lynx('127.0.0.1', Number(process.argv[2]), { scope: 'shop' });
client.increment('orders');
client.count('orders', 2);
client.gauge('balance', 7);
client.timing('resize', 12.5);
client.set('members', 'a');
client.set('members', 'b');
setTimeout(() => client.close(), 300);
