import { cp, mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ContractCase } from '../contract/case.ts';
import { expressCases, lateRoutes } from '../contract/express/cases.ts';
import { STACKS as EXPRESS } from '../contract/express/stacks.cjs';
import { STACKS as FASTIFY } from '../contract/fastify/app.cjs';
import { FASTIFY_CASES } from '../contract/fastify/cases.ts';
import { HAPI_CASES } from '../contract/hapi/cases.ts';
import { HONO_CASES } from '../contract/hono/cases.ts';
import { STACKS as KOA } from '../contract/koa/app.cjs';
import { koaCases } from '../contract/koa/cases.ts';
import { nestCases, type Platform } from '../contract/nest/cases.ts';
import { installedFolder } from '../installed.ts';
import { repositoryRoot } from '../root.ts';
import { MANIFEST } from './programs.ts';

/**
 * An application of the contract as one file: framework, application and library together. Run with
 * `BARE=1` it is not measured.
 */
export interface Bundled {
  name: string;
  /** What it takes to be made. */
  source: string;
  /** Packages that another stands for. */
  alias: Record<string, string>;
  /** By the application's name, as the program prints its ports; `port` where there is one. */
  cases: Record<string, readonly ContractCase[]>;
}

const TESTKIT = join(repositoryRoot(), 'packages/testkit');
const app = (folder: string) =>
  JSON.stringify(fileURLToPath(new URL(`../contract/${folder}/app.cjs`, import.meta.url)));
const HEAD = 'const isBare = process.env.BARE === "1"; process.on("SIGTERM", () => process.exit(0));\n';
const LISTEN =
  'const server = made.listen(0, "127.0.0.1", () => console.log("port " + server.address().port));\n';

/** In a bundle an Express is met when the line is reached: what was mounted before may have lost its path. */
const namedLate = (cases: readonly ContractCase[], lost: Record<string, string>) =>
  cases.map((one): ContractCase => ({ ...one, route: lost[one.id] ?? one.route }));

const express = Object.entries(EXPRESS).map(
  ([name, stack]): Bundled => ({
    name,
    source: `
import express from '${stack.package}';
import other from '${stack.major === 4 ? 'express5' : 'express4'}';
import { expressMeter } from 'routemeter/express';
import app from ${app('express')};
${HEAD}
const foreign = other();
foreign.set('env', 'test');
// Nobody finds a second copy of Express by its name here: it takes the line, too.
if (!isBare) foreign.use(expressMeter());
foreign.get('/things/:thing', (req, res) => res.json(req.params));
const made = app.makeApp(express, ${stack.major}, app.makeRouters(express), {
  ...(isBare ? {} : { first: expressMeter() }),
  foreign,
});
${LISTEN}`,
    alias: stack.router === null ? {} : { router: (stack as unknown as { as: string }).as },
    cases: { port: namedLate(expressCases(stack.major as 4 | 5), lateRoutes(stack)) },
  }),
);

const fastify = Object.entries(FASTIFY).map(
  ([name, stack]): Bundled => ({
    name,
    source: `
import fastify from '${stack.package}';
import { fastifyMeter } from 'routemeter/fastify';
import app from ${app('fastify')};
${HEAD}
const first = async (made) => isBare || made.register(fastifyMeter);
app.makeApp(fastify, '${stack.version}', first).then(async (made) => {
  await made.listen({ port: 0, host: '127.0.0.1' });
  console.log('port ' + made.server.address().port);
});`,
    alias: {},
    cases: { port: FASTIFY_CASES },
  }),
);

const koa = Object.entries(KOA).map(
  ([name, stack]): Bundled => ({
    name,
    source: `
import * as router from '${stack.router}';
import Koa from '${stack.koa}';
import { koaMeter } from 'routemeter/koa';
import app from ${app('koa')};
${HEAD}
const exported = router.default ?? router;
const made = app.makeApp(Koa, exported.default ?? exported, '${name}', isBare ? undefined : koaMeter());
${LISTEN}`,
    alias: {},
    cases: { port: koaCases(stack.syntax) },
  }),
);

const hapi: Bundled = {
  name: 'hapi 21',
  source: `
import * as Hapi from '@hapi/hapi';
import * as boom from '@hapi/boom';
import { hapiMeter } from 'routemeter/hapi';
import app from ${app('hapi')};
${HEAD}
app.makeApp(Hapi, boom, isBare ? {} : { plugin: hapiMeter }).then(async (made) => {
  await made.start();
  console.log('port ' + made.info.port);
});`,
  alias: {},
  cases: { port: HAPI_CASES },
};

const hono: Bundled = {
  name: 'hono 4',
  source: `
import * as nodeServer from '@hono/node-server';
import * as hono from 'hono';
import * as exception from 'hono/http-exception';
import * as streaming from 'hono/streaming';
import { honoMeter } from 'routemeter/hono';
import app from ${app('hono')};
${HEAD}
app.start({ ...hono, ...exception, ...streaming }, nodeServer, isBare ? undefined : honoMeter(), ({ port }) =>
  console.log('port ' + port));`,
  alias: {},
  cases: { port: HONO_CASES },
};

const nest = (['express', 'fastify'] as Platform[]).map((platform): Bundled => {
  const adapter = platform === 'express' ? 'ExpressAdapter' : 'FastifyAdapter';
  return {
    name: `NestJS 12 on ${platform}`,
    source: `
import 'reflect-metadata';
import * as common from '@nestjs/common';
import * as core from '@nestjs/core';
import { ${adapter} } from '@nestjs/platform-${platform}';
import { RoutemeterModule } from 'routemeter/nest';
import * as rxjs from 'rxjs';
import app from ${app('nest')};
${HEAD}
const loaded = { common, core, rxjs, platform: '${platform}', adapter: () => new ${adapter}() };
const imports = isBare ? [] : [RoutemeterModule.forRoot()];
const ports = Object.entries(app.MAKERS).map(async ([name, make]) => {
  const made = await make(loaded, imports);
  await made.listen(0, '127.0.0.1');
  made.getHttpServer().keepAliveTimeout = 50;
  return [name, made.getHttpServer().address().port];
});
Promise.all(ports).then((all) => {
  console.log('ports ' + JSON.stringify(Object.fromEntries(all)));
  console.log('port ' + all[0][1]);
});`,
    alias: {},
    cases: nestCases(platform),
  };
});

/** The contract's applications, for each framework in its versions. */
export const BUNDLED: readonly Bundled[] = [...express, ...fastify, ...koa, hapi, hono, ...nest];

/** What frameworks ask for in a `try`, and applications do without. */
const OPTIONAL = [
  ...['@nestjs/microservices', '@nestjs/websockets', 'class-transformer', 'class-validator'],
  ...['@fastify/static', '@fastify/view', '@fastify/multipart'],
];
/** Packages in CommonJS need it in an ES module. */
const BANNER =
  'import { createRequire } from "module"; import { fileURLToPath } from "url"; import { dirname } from "path"; const require = createRequire(import.meta.url); const __filename = fileURLToPath(import.meta.url); const __dirname = dirname(__filename);';

type Esbuild = {
  build(options: object): Promise<{ warnings: { text: string; location?: { file: string } }[] }>;
};

/** Bundles an application by esbuild, minified, and tells the file and what esbuild says of the library. */
export async function bundleMinified(
  { source, alias }: Bundled,
  format: 'cjs' | 'esm',
  file: string,
): Promise<{ path: string; said: string[] }> {
  const folder = await installedFolder('bundlers', MANIFEST);
  const esbuild = createRequire(join(folder, 'package.json'))('esbuild') as Esbuild;
  // Beside the packages, whose manifests the applications look up, and with the files that they serve.
  const out = join(TESTKIT, 'node_modules/.bundled/app');
  await mkdir(out, { recursive: true });
  await cp(join(TESTKIT, 'src/contract/assets'), join(out, '../assets'), { recursive: true });
  await writeFile(join(out, 'package.json'), '{ "private": true }');
  const path = join(out, `${file}.${format === 'cjs' ? 'cjs' : 'mjs'}`);
  const { warnings } = await esbuild.build({
    stdin: { contents: source, resolveDir: TESTKIT, loader: 'js' },
    bundle: true,
    minify: true,
    platform: 'node',
    format,
    alias,
    external: OPTIONAL,
    outfile: path,
    logLevel: 'silent',
    ...(format === 'esm' ? { banner: { js: BANNER } } : {}),
  });
  const said = warnings.filter(({ location }) => location?.file.includes('routemeter') === true);
  return { path, said: said.map(({ text }) => text) };
}
