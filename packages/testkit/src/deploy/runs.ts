import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { ROOT } from '../pack.ts';
import { imageOf, stagesOf } from './dockerfile.ts';

/** What one of the files of `deploy/` runs, word for word. */
export interface Run {
  /** File, and what it is called there. */
  name: string;
  command: string[];
  env: Record<string, string>;
  cwd: string;
  /** Paths that are asked for, over HTTP at the page's port. */
  probes: string[];
  /** A command that tells by its exit code whether it runs well. */
  healthcheck: string[];
}

interface Container {
  name: string;
  image: string;
  args?: string[];
  env?: { name: string; value?: string; valueFrom?: { fieldRef: { fieldPath: string } } }[];
  [probe: `${string}Probe`]: { httpGet: { path: string } };
}

interface Service {
  build?: { target: 'live' | 'demo' };
  command?: string[];
  environment?: Record<string, string>;
}

const read = (path: string) => readFile(join(ROOT, 'deploy', path), 'utf8');

/** Everything that the files run and that is ours. */
export async function runsOf(): Promise<Run[]> {
  return [...(await composeRuns()), ...(await kubernetesRuns()), await systemdRun()];
}

async function images() {
  const stages = stagesOf(await read('Dockerfile'));
  return { live: imageOf(stages.get('live')!), demo: imageOf(stages.get('demo')!) };
}

async function composeRuns(): Promise<Run[]> {
  const { services } = parse(await read('compose.yaml')) as { services: Record<string, Service> };
  const built = await images();
  return Object.entries(services).flatMap(([name, service]) => {
    if (service.build === undefined) return [];
    const image = built[service.build.target];
    return {
      name: `compose.yaml: ${name}`,
      command: [...image.entrypoint, ...(service.command ?? image.command)],
      env: { ...image.env, ...service.environment },
      cwd: image.workdir,
      probes: [],
      healthcheck: image.healthcheck,
    };
  });
}

/** What the downward API puts into a variable. */
const FIELDS: Record<string, string> = { 'spec.nodeName': 'node-a', 'metadata.name': 'shop-5d4f-x2x' };

async function kubernetesRuns(): Promise<Run[]> {
  const { live } = await images();
  const runs: Run[] = [];
  for (const file of ['sidecar.yaml', 'daemonset.yaml', 'page.yaml']) {
    for (const document of parseAllDocuments(await read(`kubernetes/${file}`))) {
      const spec = document.toJS().spec.template?.spec;
      const all: Container[] = spec === undefined ? [] : [...(spec.initContainers ?? []), ...spec.containers];
      for (const container of all.filter(({ image }) => image.includes('/routemeter-live:'))) {
        const env: Record<string, string> = {};
        for (const { name, value, valueFrom } of container.env ?? []) {
          env[name] = value ?? FIELDS[valueFrom!.fieldRef.fieldPath]!;
        }
        // Kubernetes' own syntax in arguments.
        const args = (container.args ?? []).map((arg) =>
          arg.replace(/\$\((\w+)\)/g, (_, name: string) => env[name] ?? `$(${name})`),
        );
        const probes = (['startupProbe', 'livenessProbe', 'readinessProbe'] as const).map(
          (probe) => container[probe]!.httpGet.path,
        );
        const command = [...live.entrypoint, ...args];
        const name = `kubernetes/${file}: ${container.name}`;
        runs.push({
          name,
          command,
          env: { ...live.env, ...env },
          cwd: live.workdir,
          probes,
          healthcheck: [],
        });
      }
    }
  }
  return runs;
}

async function systemdRun(): Promise<Run> {
  const unit = await read('systemd/routemeter-live.service');
  const values = (key: string) => [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, v]) => v!);
  const env = values('Environment').map((pair) => pair.split('=') as [string, string]);
  return {
    name: 'systemd/routemeter-live.service',
    command: values('ExecStart')[0]!.split(' '),
    env: Object.fromEntries(env),
    cwd: '/',
    probes: ['/livez', '/readyz'],
    healthcheck: [],
  };
}
