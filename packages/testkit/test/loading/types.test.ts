import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { MANIFEST } from '../../src/bundlers/programs.ts';
import { installedFolder, unpackLibrary } from '../../src/installed.ts';
import { ROOT } from '../../src/pack.ts';

const run = promisify(execFile);

/** Every entry, and every option given as `undefined`. */
const SOURCE = `
import { createMeter, type Meter, type MeterOptions } from 'routemeter';
import { loadBudgets } from 'routemeter/budgets';
import { expressMeter } from 'routemeter/express';
import { type FastifyMeterOptions, fastifyMeter } from 'routemeter/fastify';
import { hapiMeter } from 'routemeter/hapi';
import { honoMeter } from 'routemeter/hono';
import { httpMeter } from 'routemeter/http';
import { koaMeter } from 'routemeter/koa';
import { RoutemeterModule } from 'routemeter/nest';
import 'routemeter/register';
import { captureMeter, type WantedMetric } from 'routemeter/testing';

type Undefined<T> = { [K in keyof T]-?: undefined };
const nothing = {} as Undefined<Required<MeterOptions>>;
export const meter: Meter = createMeter(nothing);
export const fastify: FastifyMeterOptions = { meter: undefined };
export const wanted: WantedMetric = { tags: undefined, value: undefined, times: undefined };
meter.increment('hits', 1, { tags: undefined, sampleRate: undefined, timestamp: undefined });
meter.event('title', 'text', { tags: undefined, priority: undefined, hostname: undefined });
meter.child({ prefix: undefined, tags: undefined });
export const all: unknown[] = [expressMeter, fastifyMeter, hapiMeter, honoMeter, httpMeter, koaMeter];
export const more: unknown[] = [RoutemeterModule.forRoot(nothing), captureMeter, loadBudgets];
`;

const STRICTEST = {
  strict: true,
  target: 'es2022',
  lib: ['es2023', 'esnext.disposable'],
  types: ['node'],
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  noPropertyAccessFromIndexSignature: true,
  noFallthroughCasesInSwitch: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  isolatedModules: true,
  declaration: true,
  noEmit: true,
  skipLibCheck: false,
};
const RESOLUTIONS = {
  'node16, both kinds of module': { files: ['a.mts', 'a.cts'], module: 'node16', isolatedDeclarations: true },
  nodenext: { files: ['a.mts'], module: 'nodenext', verbatimModuleSyntax: true },
  bundler: { files: ['a.mts'], module: 'esnext', moduleResolution: 'bundler', verbatimModuleSyntax: true },
};

let folder: string;
beforeAll(async () => {
  folder = await installedFolder('bundlers', MANIFEST);
  await unpackLibrary(folder);
});

test.each(Object.entries(RESOLUTIONS))(
  'the strictest compiler takes every entry: %s',
  async (name, { files, ...how }) => {
    const at = join(folder, name.replace(/\W+/g, '-'));
    await mkdir(at, { recursive: true });
    for (const file of files) await writeFile(join(at, file), SOURCE);
    await writeFile(
      join(at, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: { ...STRICTEST, ...how }, files }),
    );
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const { stdout } = await run(process.execPath, [tsc, '-p', at], { cwd: folder }).catch(
      (error) => error as { stdout: string },
    );
    // Frameworks' own declarations may not pass: what is said of ours must.
    expect(stdout.split('\n').filter((line) => /^\S+\/a\.|^a\.|node_modules\/routemeter/.test(line))).toEqual(
      [],
    );
  },
  300_000,
);
