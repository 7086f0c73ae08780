import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { installedFolder } from '../installed.ts';

/** AWS's own client of the runtime's API, which runs a function's handler. */
const VERSION = '3.3.0';
const TIME_LEFT_MS = 10_000;
const NATIVE = fileURLToPath(new URL('./native.cjs', import.meta.url));

/** What became of an invocation. */
export interface Answer {
  kind: 'response' | 'error';
  body: string;
}

/** One function that is invoked on this machine, one event after the other. */
export interface LambdaRuntime {
  child: ChildProcess;
  /** Sends an event. The process is frozen from its answer on until the next one, as the service does it. */
  invoke(event: unknown): Promise<Answer>;
  stop(): Promise<void>;
}

export interface LambdaOptions {
  /** The folder of the function. */
  folder: string;
  /** As the service is told it: `app.handler`. */
  handler: string;
  env: Readonly<Record<string, string>>;
  node?: string;
  args?: readonly string[];
}

/** Runs a function as AWS does: its own client against the API of the runtime, on this machine. */
export async function startLambda(options: LambdaOptions): Promise<LambdaRuntime> {
  const manifest = { private: true, dependencies: { 'aws-lambda-ric': VERSION } };
  // Its scripts build the addon.
  const installed = await installedFolder('lambda', manifest, ['--ignore-scripts', '--omit=peer']);
  const client = join(installed, 'node_modules/aws-lambda-ric');
  await writeFile(join(client, 'dist/rapid-client.node'), '');

  const events: string[] = [];
  let idle: ServerResponse | null = null;
  let answered: ((answer: Answer) => void) | null = null;
  let count = 0;
  const next = () => {
    if (idle === null || events.length === 0) return;
    idle.setHeader('Lambda-Runtime-Aws-Request-Id', `request-${++count}`);
    idle.setHeader('Lambda-Runtime-Deadline-Ms', String(Date.now() + TIME_LEFT_MS));
    idle.setHeader('Lambda-Runtime-Invoked-Function-Arn', 'arn:aws:lambda:local:0:function:fn');
    idle.end(events.shift());
    idle = null;
  };
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? '';
    if (request.method === 'GET') {
      idle = response;
      next();
      return;
    }
    const body = await text(request);
    child.kill('SIGSTOP');
    response.statusCode = 202;
    response.end();
    answered?.({ kind: path.endsWith('/response') ? 'response' : 'error', body });
  };
  const api = createServer((request, response) => void serve(request, response)).listen(0, '127.0.0.1');
  await once(api, 'listening');
  const { port } = api.address() as AddressInfo;
  const { folder, handler, env, node = process.execPath, args = [] } = options;
  const child = spawn(node, ['-r', NATIVE, ...args, join(client, 'bin/index.mjs'), handler], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
      AWS_LAMBDA_FUNCTION_NAME: 'fn',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      printed += part;
    });
  }
  const ended = once(child, 'exit').then(() => {
    throw new Error(`the function ended: ${printed}`);
  });
  ended.catch(() => {});
  return {
    child,
    invoke(event) {
      const answer = new Promise<Answer>((resolve) => {
        answered = resolve;
      });
      events.push(JSON.stringify(event));
      child.kill('SIGCONT');
      next();
      return Promise.race([answer, ended]);
    },
    async stop() {
      child.kill('SIGKILL');
      await ended.catch(() => {});
      api.closeAllConnections();
      api.close();
    },
  };
}
