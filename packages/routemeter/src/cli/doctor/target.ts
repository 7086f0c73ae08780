import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { statSync } from 'node:fs';
import net from 'node:net';
import { type Config, type Environment, resolveConfig, type Target } from '../../config/index.ts';
import { SERVERS } from '../../config/servers.ts';
import { captureWarnings } from '../../errors/index.ts';
import type { Finding } from './finding.ts';

/** A refusal comes at once on this machine, and within a round trip from another. */
const WAIT_MS = 500;

/** Where metrics would go by the environment, and whether something answers there. */
export async function checkTarget(env: Environment): Promise<Finding[]> {
  const wrong: string[] = [];
  const restore = captureWarnings((line) => wrong.push(line.trim().replace(/^routemeter: /, '')));
  const config = resolveConfig({}, env);
  restore();
  const findings = wrong.map(
    (text): Finding => ({ check: 'configuration', level: 'problem', text, facts: {} }),
  );
  findings.push(describe(config));
  if (!config.enabled) return findings;
  const targets = [config.target, ...(config.liveTarget === null ? [] : [config.liveTarget])];
  for (const target of targets) findings.push(await probe(target));
  return findings;
}

function describe(config: Config): Finding {
  const { url, urlGiven, server, dialect, pack, timings, prefix, enabled } = config;
  const facts = { url, urlGiven, server, dialect, pack, timings, prefix, enabled };
  if (!enabled) {
    return {
      check: 'configuration',
      level: 'note',
      text: 'switched off by ROUTEMETER_ENABLED: nothing is measured',
      facts,
    };
  }
  const takes = SERVERS[server].pack
    ? `packing ${pack ? 'on' : 'off'}`
    : `packing off (${server} reads one value a line)`;
  const text = `sends to ${url}${urlGiven ? '' : ' (the default)'} as ${server}: dialect ${dialect}, ${takes}, own timings of type ${timings}; options in code stand over this`;
  return { check: 'configuration', level: 'ok', text, facts };
}

async function probe(target: Target): Promise<Finding> {
  switch (target.kind) {
    case 'udp':
      return probeUdp(target.host, target.port);
    case 'tcp':
      return probeStream(`tcp://${target.host}:${target.port}`, { host: target.host, port: target.port });
    case 'unixstream':
      return probeStream(`unixstream://${target.path}`, { path: target.path });
    case 'unix':
      return probeFile(target.path);
    default:
      return finding('ok', `${target.kind}: needs no server`, `${target.kind}:`, 'none');
  }
}

/** An empty datagram: no server counts it, and a closed port refuses it. */
async function probeUdp(host: string, port: number): Promise<Finding> {
  const url = `udp://${host}:${port}`;
  let at: { address: string; family: number };
  try {
    at = await lookup(host);
  } catch (error) {
    return finding('problem', `${host} cannot be resolved (${codeOf(error)})`, url, 'unresolved');
  }
  const socket = createSocket(at.family === 6 ? 'udp6' : 'udp4');
  const refusal = await new Promise<string | null>((resolve) => {
    const timers: NodeJS.Timeout[] = [];
    const end = (error: Error | null) => {
      for (const timer of timers) clearTimeout(timer);
      resolve(error === null ? null : codeOf(error));
    };
    const refused = (error: Error | null) => {
      if (error !== null) end(error);
    };
    socket.on('error', end);
    socket.connect(port, at.address, () => {
      socket.send('', refused);
      // Some systems tell of a refusal at the next datagram.
      timers.push(setTimeout(() => socket.send('', refused), WAIT_MS / 5));
    });
    timers.push(setTimeout(end, WAIT_MS, null));
  });
  socket.close();
  if (refusal !== null) {
    return finding('problem', `nothing listens at ${url}: the system refused (${refusal})`, url, 'refused');
  }
  return finding(
    'unknown',
    `${url} refused nothing; whether somebody listens UDP cannot know`,
    url,
    'silent',
  );
}

function probeStream(url: string, options: net.NetConnectOpts): Promise<Finding> {
  return new Promise((resolve) => {
    const socket = net.connect({ ...options, timeout: WAIT_MS * 4 });
    const end = (found: Finding) => {
      socket.destroy();
      resolve(found);
    };
    socket.on('connect', () => end(finding('ok', `${url} accepts connections`, url, 'connected')));
    socket.on('timeout', () => end(finding('problem', `${url} does not answer`, url, 'timeout')));
    socket.on('error', (error) =>
      end(finding('problem', `${url} cannot be reached (${codeOf(error)})`, url, 'refused')),
    );
  });
}

function probeFile(path: string): Finding {
  const url = `unix://${path}`;
  const isSocket = statSync(path, { throwIfNoEntry: false })?.isSocket() ?? false;
  return isSocket
    ? finding('unknown', `${path} is a socket; whether somebody listens only sending tells`, url, 'silent')
    : finding('problem', `${path} is no socket`, url, 'refused');
}

function finding(level: Finding['level'], text: string, url: string, answer: string): Finding {
  return { check: 'target', level, text, facts: { url, answer } };
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException)?.code ?? error);
}
