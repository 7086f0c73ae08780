// The parts of the benchmark, in the order in which they run. `rounds` are those of a full and a quick run;
// parts with rounds can be added to with --append.
import { measureCalls } from './calls/main.mjs';
import { measureHosts } from './hosts/main.mjs';
import { measureFramework } from './http/main.mjs';
import { measureInstall } from './install/main.mjs';
import { measureIngest } from './live/ingest.mjs';
import { measureLists } from './live/lists.mjs';
import { measurePage } from './live/page.mjs';
import { measureStore } from './live/store.mjs';
import { measureMemory } from './memory/main.mjs';
import { measureMicro } from './micro/main.mjs';
import { measureInstructions, measureMoreInstructions } from './process/instructions.mjs';
import { measureProcess } from './process/main.mjs';
import { measureProfile } from './process/profile.mjs';
import { measureProfilers } from './profilers/main.mjs';
import { measureScaling } from './scaling/main.mjs';
import { measureStartup } from './startup/main.mjs';
import { measureUnits } from './units/main.mjs';

const framework = (name, about, quickSeconds) => ({
  about,
  rounds: { full: 7, quick: 2 },
  run: ({ node, quick, rounds, only, log }) =>
    measureFramework({
      framework: name,
      node: node.path,
      size: quick ? 'quick' : 'full',
      rounds,
      only,
      log,
      budgetMs: quick ? quickSeconds * 1000 : undefined,
      // The other handlers take the time that a quick run has not.
      handlers: quick && name !== 'express' ? ['hello'] : undefined,
    }),
});

export const PARTS = {
  express: framework('express', 'Express 5 with each subject', 60),
  fastify: framework('fastify', 'Fastify 5 with each subject', 25),
  koa: framework('koa', 'Koa 3 with each subject', 15),
  hono: framework('hono', 'Hono 4 with each subject', 15),
  process: {
    about: 'requests without a network, and the floor of what measuring needs',
    rounds: { full: 7, quick: 1 },
    run: ({ node, quick, rounds, only, log }) =>
      measureProcess({
        node: node.path,
        size: quick ? 'quick' : 'full',
        rounds,
        only,
        log,
        budgetMs: quick ? 30_000 : undefined,
      }),
  },
  profile: {
    about: 'where the CPU of a request goes',
    run: ({ node, quick, rounds, log }) =>
      measureProfile({
        node: node.path,
        size: quick ? 'quick' : 'full',
        rounds: rounds ?? (quick ? 1 : 5),
        log,
      }),
  },
  instructions: {
    about: 'instructions of a request',
    run: ({ node, quick, only, log }) =>
      quick
        ? { conditions: {}, subjects: {}, missing: 'a quick run counts none' }
        : measureInstructions({ node: node.path, size: 'full', only, log }),
  },
  more: {
    about: 'instructions of a request in other frameworks and handlers, and with many routes',
    run: ({ node, quick, log }) =>
      quick
        ? { conditions: {}, rows: [], missing: 'a quick run counts none' }
        : measureMoreInstructions({ node: node.path, size: 'full', log }),
  },
  calls: {
    about: 'what following calls of upstreams adds to each, beside OpenTelemetry',
    rounds: { full: 5, quick: 1 },
    run: ({ node, quick, rounds, only, log }) =>
      measureCalls({ node: node.path, size: quick ? 'quick' : 'full', rounds, only, log }),
  },
  units: {
    about: 'what a unit of gRPC and of BullMQ costs when it is measured, beside OpenTelemetry',
    rounds: { full: 5, quick: 1 },
    run: ({ node, quick, rounds, only, log }) =>
      measureUnits({ node: node.path, size: quick ? 'quick' : 'full', rounds, only, log }),
  },
  profilers: {
    about: 'what a profile costs while it is taken, beside the profilers of dd-trace and Pyroscope',
    rounds: { full: 7, quick: 2 },
    run: ({ node, quick, rounds, only, log }) =>
      measureProfilers({ node: node.path, size: quick ? 'quick' : 'full', rounds, only, log }),
  },
  startup: {
    about: 'time until an Express app listens',
    rounds: { full: 15, quick: 3 },
    run: ({ node, quick, rounds, only, log }) =>
      measureStartup({ node: node.path, rounds, only, log, budgetMs: quick ? 15_000 : undefined }),
  },
  install: { about: 'bytes and packages of an installation', run: measureInstall },
  micro: { about: 'single calls', run: measureMicro },
  ingest: { about: 'lines a second of the live server', run: measureIngest },
  store: { about: 'an hour of 5000 series in the live server', run: measureStore },
  page: { about: 'the live page with 500 routes', run: measurePage },
  lists: { about: 'the list of 5000 metrics, beside one with all rows in the document', run: measureLists },
  scaling: { about: 'cost and memory against routes, series, requests, blocks, tags', run: measureScaling },
  hosts: { about: 'what 1000 hosts send', run: measureHosts },
  memory: { about: 'an hour of 2000 series in the meter', run: measureMemory },
};
