import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../../testkit/src/bundle.ts';
import { nodeBinaries } from '../../../testkit/src/nodes.ts';
import { installedTools } from '../../../testkit/src/tools.ts';

const run = promisify(execFile);
const TOOLS = {
  '@opentelemetry/api': '1.9.1',
  '@opentelemetry/instrumentation': '0.223.0',
  '@opentelemetry/instrumentation-http': '0.223.0',
  '@opentelemetry/sdk-trace-node': '2.12.0',
  '@sentry/node': '11.12.0',
  'dd-trace': '5.132.0',
};
/** Nothing leaves the machine: the discard port stands for their servers. */
const QUIET = {
  DD_TRACE_AGENT_URL: 'http://127.0.0.1:9',
  DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
  DD_REMOTE_CONFIGURATION_ENABLED: 'false',
};

interface Found {
  answers: string[];
  spans: number;
  untraced: boolean;
  lost: number;
  measured: Record<string, number>;
  truth: Record<string, number>;
}

const { nodes } = await nodeBinaries();
const major = Number.parseInt(process.versions.node, 10);
const some = nodes.filter((node) => node.major === major || node.major === 24);
const folder = await installedTools('beside', TOOLS).catch((error: Error) => error);
if (folder instanceof Error)
  console.warn(`tracers beside the engine skipped: ${folder.message.split('\n')[0]}`);

describe.skipIf(folder instanceof Error).each(some)('beside a tracer, on Node $version', ({ path }) => {
  let script: string;
  beforeAll(async () => {
    script = await bundle(new URL('./scripts/beside.ts', import.meta.url), 'attribution-beside');
  });

  it.each([
    ['dd-trace', 'before'],
    ['dd-trace', 'after'],
    ['opentelemetry', 'before'],
    ['opentelemetry', 'after'],
    ['sentry', 'before'],
    ['sentry', 'after'],
  ])('%s, loaded %s the engine: answers, spans and CPU are right', async (tool, order) => {
    const { stdout } = await run(path, ['--no-warnings', script, String(folder), tool, order], {
      env: { ...process.env, ...QUIET },
      timeout: 60_000,
    });
    const found = JSON.parse(stdout) as Found;
    expect(found.answers).toEqual(['a done', 'b done', 'c done', 'd done']);
    expect(found.measured).toEqual(found.truth);
    expect(found.lost).toBe(0);
    expect(found.untraced).toBe(false);
    expect(found.spans).toBe(4);
  });
});
