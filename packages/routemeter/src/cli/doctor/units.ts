import { isPossible } from '../../register/es-modules.ts';
import { UNITS } from '../../register/hookable.ts';
import type { Finding } from './finding.ts';
import { type Installed, installed } from './project.ts';

/** What is handed over by each library, in the plural. */
const HANDED: Readonly<Record<string, string>> = {
  '@apollo/server': 'operations',
  '@confluentinc/kafka-javascript': 'messages',
  '@grpc/grpc-js': 'calls that a server has a method for',
  '@nestjs/microservices': 'messages',
  '@nestjs/schedule': 'scheduled methods',
  '@trpc/server': 'procedures',
  agenda: 'jobs',
  amqplib: 'messages',
  bullmq: 'jobs',
  cron: 'scheduled jobs',
  croner: 'scheduled jobs',
  'graphile-worker': 'jobs',
  'graphql-yoga': 'operations',
  kafkajs: 'messages',
  mercurius: 'operations',
  'node-cron': 'scheduled jobs',
  'node-schedule': 'scheduled jobs',
  'pg-boss': 'jobs',
  'socket.io': 'events',
  ws: 'messages to a server',
};

interface Minors {
  major: number;
  from: number;
  before?: number;
}

/** Majors of which not all minors can be followed. */
const MINORS: Readonly<Record<string, Minors>> = {
  '@grpc/grpc-js': { major: 1, from: 10 },
  amqplib: { major: 0, from: 10 },
  'graphile-worker': { major: 0, from: 17, before: 18 },
  'graphql-yoga': { major: 5, from: 24 },
};

/** What stays without a unit in a library that is followed, and what to do about it. */
const UNNAMED: Readonly<Record<string, string>> = {
  '@apollo/server': 'operations over sockets are none: wrap them by meter.work()',
  '@nestjs/schedule': 'timers that are handed to the registry are none: wrap them by meter.work()',
  agenda: 'jobs that are forked are none',
  bullmq: 'CPU of processors in a file of their own is not seen',
  'graphql-yoga': 'operations over sockets are none: wrap them by meter.work()',
  mercurius: 'subscriptions are none: wrap them by meter.work()',
  'pg-boss': 'attempts, retries and waiting are told with includeMetadata alone',
  'socket.io': 'what onAny() hears, and connections, are none: wrap them by meter.work()',
  ws: 'what clients receive is none: wrap it by meter.work()',
};

/** ES modules alone, or those of Nest 12. */
const ES_ONLY: Readonly<Record<string, number>> = {
  '@nestjs/microservices': 12,
  '@nestjs/schedule': 12,
  agenda: 0,
  'pg-boss': 0,
};
/** ES modules where an application imports them, CommonJS where it requires them. */
const ES_TOO = new Set(['@apollo/server', '@trpc/server', 'croner', 'graphql-yoga', 'node-cron']);

/** Libraries that hand work to an application and are not followed. */
const OTHERS = [
  'bee-queue',
  'bree',
  'bull',
  'graphql-ws',
  'mqtt',
  'nats',
  'rhea',
  'sqs-consumer',
  'toad-scheduler',
  '@azure/functions',
  '@azure/service-bus',
  '@google-cloud/functions-framework',
  '@google-cloud/pubsub',
  '@nats-io/nats-core',
  '@temporalio/worker',
];
/** Pools of threads: what a task uses there is part of who asked. */
const POOL = 'piscina';
const OTHER_POOLS = ['tinypool', 'workerpool'];
/** What a project with AWS Lambda has. */
const LAMBDA = ['@types/aws-lambda', '@codegenie/serverless-express', 'serverless-http', 'serverless'];

/** The libraries that hand units of work to the application, and which of them are followed. */
export function checkUnits(folder: string): Finding[] {
  const majors = new Map<string, number[]>();
  for (const { package: name, majors: some } of UNITS) {
    majors.set(
      name,
      [...new Set([...(majors.get(name) ?? []), ...some])].sort((a, b) => a - b),
    );
  }
  const followed = installed(folder, [...majors.keys()]).map((one) => followedOf(one, majors.get(one.name)!));
  const others = installed(folder, [...OTHERS, ...OTHER_POOLS]).map(
    ({ name, as, version }): Finding => ({
      check: 'unit',
      level: 'note',
      text: OTHER_POOLS.includes(name)
        ? `${titleOf({ as, name, version })}: not followed; CPU of its threads is charged to nobody (with ${POOL} it is)`
        : `${titleOf({ as, name, version })}: not followed; what it hands over has no name: wrap its handlers by meter.worked()`,
      facts: { name, as, version, supported: false },
    }),
  );
  const [lambda] = installed(folder, LAMBDA);
  const byLine: Finding[] =
    lambda === undefined
      ? []
      : [
          {
            check: 'unit',
            level: 'note',
            text: `AWS Lambda (${titleOf(lambda)}): invocations are units by one line, handler = lambdaMeter(handler)`,
            facts: { ...lambda, supported: true },
          },
        ];
  return [...followed, ...others, ...byLine];
}

function followedOf(one: Installed, majors: readonly number[]): Finding {
  const { name, as, version } = one;
  const [major = Number.NaN, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  const isSupported = majors.includes(major) && isInReach(MINORS[name], major, minor);
  const facts = { name, as, version, supported: isSupported };
  if (!isSupported) {
    const known = majors.map((one) => majorText(one, MINORS[name])).join(', ');
    const remedy =
      name === POOL
        ? 'CPU of its threads is charged to nobody'
        : 'what it hands over has no name: wrap its handlers by meter.worked()';
    const text = `${titleOf(one)}: not followed (supported: ${known}); ${remedy}`;
    return { check: 'unit', level: 'note', text, facts };
  }
  const what =
    name === POOL ? 'CPU of its threads is charged to who asked' : `${HANDED[name]!} are units of work`;
  const parts = [what, reach(name, major), UNNAMED[name]].filter((part) => part !== undefined);
  return { check: 'unit', level: 'ok', text: `${titleOf(one)}: ${parts.join('; ')}`, facts };
}

/** How this Node gets hold of it, where that is not by the preload. */
function reach(name: string, major: number): string | undefined {
  if (isPossible(process.versions.node)) return undefined;
  const esSince = ES_ONLY[name];
  if (esSince !== undefined && major >= esSince) return 'on this Node by units() alone';
  return ES_TOO.has(name) ? 'from ES modules, on this Node, by units() alone' : undefined;
}

function isInReach(minors: Minors | undefined, major: number, minor: number): boolean {
  if (minors === undefined || minors.major !== major) return true;
  const { from, before = Number.POSITIVE_INFINITY } = minors;
  return minor >= from && minor < before;
}

/** `1`, `1 (from 1.10)`, `0 (from 0.17, before 0.18)`. */
function majorText(major: number, minors: Minors | undefined): string {
  if (minors === undefined || minors.major !== major) return String(major);
  const { from, before } = minors;
  const end = before === undefined ? '' : `, before ${major}.${before}`;
  return `${major} (from ${major}.${from}${end})`;
}

function titleOf({ as, name, version }: Installed): string {
  return as === name ? `${name} ${version}` : `${name} ${version} (as ${as})`;
}
