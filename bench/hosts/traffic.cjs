// One host of the fleet: `traffic.cjs SUBJECT FOLDER PORT SECONDS PER_SECOND`. An Express app of 50 routes
// answers so many real requests in each simulated second; then what a timer would send is sent.
const { createRequire } = require('node:module');
const { join } = require('node:path');
const http = require('node:http');
const express = require('express');

const [name, folder, port, seconds, perSecond] = process.argv.slice(2);
const ROUTES = 50;
const load = createRequire(folder ? join(folder, 'package.json') : __filename);

const SUBJECTS = {
  Routemeter(app, cpu) {
    const { createMeter } = require('routemeter');
    const { expressMeter } = require('routemeter/express');
    // The simulated second ends by hand, not by the timer.
    const meter = createMeter({ url: `udp://127.0.0.1:${port}`, cpu, flushMs: 3_600_000 });
    app.use(expressMeter(meter));
    return () => meter.flush();
  },
  'express-hot-shots'(app) {
    const client = hotShots();
    app.use((req, _res, next) => {
      // As its README recommends: a key for each route.
      req.statsdKey = `http.${req.method.toLowerCase()}.${req.path.split('/')[1]}`;
      next();
    });
    app.use(load('express-hot-shots')({ client }));
  },
  'connect-datadog'(app) {
    const options = { response_code: true, method: true, base_url: true };
    app.use(load('connect-datadog')({ dogstatsd: hotShots(), ...options }));
  },
};

function hotShots() {
  const { StatsD } = load('hot-shots');
  return new StatsD({ host: '127.0.0.1', port: Number(port) });
}

async function main() {
  const app = express();
  const [subject, cpu] = name.split(', ');
  const flush = SUBJECTS[subject](app, cpu === 'wall' ? 'off' : 'auto');
  for (let i = 0; i < ROUTES; i++) {
    app.get(`/resource${i}/:id`, (req, res) => {
      res.status(req.params.id === '0' ? 404 : 200).json({ id: req.params.id });
    });
  }
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const agent = new http.Agent({ keepAlive: true, maxSockets: 10 });
  let sent = 0;
  for (let second = 0; second < Number(seconds); second++) {
    const requests = Array.from({ length: Number(perSecond) }, () => {
      const at = sent++;
      // One in ten is a 404.
      return get(agent, server.address().port, `/resource${at % ROUTES}/${Math.floor(at / ROUTES) % 10}`);
    });
    await Promise.all(requests);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await flush?.();
  }
  process.send({ sent });
}

function get(agent, to, path) {
  return new Promise((resolve, reject) => {
    http
      .get({ agent, host: '127.0.0.1', port: to, path }, (res) => res.resume().once('end', resolve))
      .once('error', reject);
  });
}

main();
