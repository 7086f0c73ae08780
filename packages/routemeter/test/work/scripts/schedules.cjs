// A server of which one request schedules a job of each library. Ends when each has run twice.
const http = require('node:http');

const BURN_MS = 30;
const EACH_SECOND = '* * * * * *';
const wanted = new Set();
const runs = {};
const stops = [];

function job(name) {
  wanted.add(name);
  return () => {
    const from = process.cpuUsage();
    for (let used = 0; used < BURN_MS * 1000; ) {
      const { user, system } = process.cpuUsage(from);
      used = user + system;
    }
    runs[name] = (runs[name] ?? 0) + 1;
    if ([...wanted].every((one) => runs[one] >= 2)) for (const stop of stops.splice(0)) stop();
  };
}

exports.run = ({ cron, croner, nodeCron, nodeSchedule }) => {
  const schedules = [
    () => cron.CronJob.from({ cronTime: EACH_SECOND, onTick: job('by cron'), start: true, name: 'by cron' }),
    () => new croner.Cron(EACH_SECOND, { name: 'by croner' }, job('by croner')),
    () => nodeCron.schedule(EACH_SECOND, job('by node-cron'), { name: 'by node-cron' }),
    () => nodeSchedule.scheduleJob('by node-schedule', EACH_SECOND, job('by node-schedule')),
  ];
  const server = http.createServer((_request, response) => {
    for (const schedule of schedules) {
      const made = schedule();
      stops.push(() => (made.stop ?? made.cancel).call(made));
    }
    response.end('scheduled');
  });
  server.listen(0, '127.0.0.1', () => {
    http.get(
      { port: server.address().port, host: '127.0.0.1', path: '/schedule', agent: false },
      (response) => {
        response.resume().on('end', () => server.close());
      },
    );
  });
};

if (require.main === module) {
  exports.run({
    cron: require('cron'),
    croner: require('croner11'),
    nodeCron: require('node-cron'),
    nodeSchedule: require('node-schedule'),
  });
}
