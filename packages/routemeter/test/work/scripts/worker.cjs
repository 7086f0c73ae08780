// A process that runs a job on a schedule, once, and serves nothing.
const { scheduleJob } = require('node-schedule');

const job = scheduleJob('nightly report', '* * * * * *', () => {
  job.cancel();
  setTimeout(() => {}, 50);
});
