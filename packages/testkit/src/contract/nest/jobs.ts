import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installedFolder } from '../../installed.ts';

/** What hands units of work to an application of NestJS, with the libraries that it does so by. */
const TRANSPORTS = {
  '@grpc/grpc-js': '1.14.7',
  '@grpc/proto-loader': '0.8.1',
  'amqp-connection-manager': '5.0.0',
  amqplib: '2.3.1',
  kafkajs: '2.2.4',
  mqtt: '5.16.0',
};
const VERSIONS = {
  11: {
    ...TRANSPORTS,
    '@nestjs/common': '11.2.10',
    '@nestjs/core': '11.2.10',
    '@nestjs/microservices': '11.2.6',
    '@nestjs/schedule': '6.1.3',
    '@nestjs/bullmq': '11.0.5',
    bullmq: '5.81.5',
    ioredis: '5.8.2',
    nats: '2.29.3',
    'reflect-metadata': '0.2.2',
    rxjs: '7.8.2',
  },
  12: {
    ...TRANSPORTS,
    '@nats-io/transport-node': '3.4.0',
    '@nestjs/common': '12.5.1',
    '@nestjs/core': '12.5.1',
    '@nestjs/microservices': '12.1.1',
    '@nestjs/schedule': '12.0.2',
    '@nestjs/bullmq': '12.0.0',
    bullmq: '6.7.0',
    ioredis: '5.8.2',
    'reflect-metadata': '0.2.2',
    rxjs: '7.8.2',
  },
} as const;

export const NEST_JOBS = [11, 12] as const;
export type NestJobsMajor = (typeof NEST_JOBS)[number];

/** Installs a major once, in a folder of its own: its packages are each other's peers. */
export function nestJobsFolder(major: NestJobsMajor): Promise<string> {
  return installedFolder(`nest/jobs-${major}`, { private: true, dependencies: VERSIONS[major] });
}

/** Imports a package as a program in a folder would. */
export async function importFrom<T>(folder: string, name: string): Promise<T> {
  const file = createRequire(join(folder, 'app.cjs')).resolve(name);
  return (await import(pathToFileURL(file).href)) as T;
}
