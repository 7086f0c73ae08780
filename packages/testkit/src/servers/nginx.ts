import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { dataFolder, freePort, type Program, startProgram } from './program.ts';

const run = promisify(execFile);

export const NGINX_PROGRAMS = { '/usr/sbin/nginx': 'nginx-light', '/usr/bin/openssl': 'openssl' };

export interface Nginx extends Program {
  port: number;
  /** What it wrote of requests so far. */
  accessLog(): string;
}

/**
 * Runs a site file as it stands, but for the addresses in it: those that are given, the port it listens on,
 * and its certificate, which is made here. Throws where the file does not have one of them.
 */
export async function startNginx(
  site: string,
  { name, substitutes }: { name: string; substitutes: Readonly<Record<string, string>> },
): Promise<Nginx> {
  const folder = dataFolder('nginx');
  const port = await freePort();
  const [certificate, key] = [join(folder, 'site.pem'), join(folder, 'site.key')];
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name},IP:127.0.0.1`];
  const files = ['-keyout', key, '-out', certificate];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  await run('openssl', ['req', '-x509', ...kind, ...subject, ...files]);
  const log = join(folder, 'access.log');
  const table = {
    ...substitutes,
    'listen 443 ssl': `listen 127.0.0.1:${port} ssl`,
    [`/etc/ssl/certs/${name}.pem`]: certificate,
    [`/etc/ssl/private/${name}.key`]: key,
    '/var/log/nginx/routemeter.log': log,
    '/var/log/nginx/routemeter-error.log': join(folder, 'error.log'),
  };
  let text = readFileSync(site, 'utf8');
  for (const [from, to] of Object.entries(table)) {
    if (!text.includes(from)) throw new Error(`${site} has no ${from}`);
    text = text.replaceAll(from, to);
  }
  writeFileSync(join(folder, 'site.conf'), text);
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const main = [
    // Started by root it would give its workers to another user, who cannot read our folder.
    ...(process.getuid?.() === 0 ? ['user root;'] : []),
    'daemon off;',
    'worker_processes 1;',
    `pid ${folder}/nginx.pid;`,
    `error_log ${folder}/main.log;`,
    'events {}',
    'http {',
    ...places.map((place) => `${place}_temp_path ${folder}/${place};`),
    `include ${folder}/site.conf;`,
    '}',
  ];
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, main.join('\n'));
  const program = await startProgram('/usr/sbin/nginx', ['-e', join(folder, 'main.log'), '-c', file], {
    ready: port,
    folders: [folder],
  });
  return { ...program, port, accessLog: () => readFileSync(log, 'utf8') };
}
