import { execFile } from 'node:child_process';
import { chownSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { dataFolder, freePort, type Program, startProgram } from './program.ts';

const run = promisify(execFile);

export const MARIADB_PROGRAMS = { '/usr/sbin/mariadbd': 'mariadb-server' };

/** MariaDB of Debian with an empty database `test`, on a port of its own; its user `test` has no password. */
export async function startMariadb(): Promise<Program & { port: number; user: string; database: string }> {
  const folder = dataFolder('mariadb');
  const port = await freePort();
  const user: string[] = [];
  if (process.getuid?.() === 0) {
    // It refuses to run as root.
    user.push('--user=mysql');
    const { stdout } = await run('id', ['-u', 'mysql']);
    chownSync(folder, Number(stdout), -1);
  }
  const data = join(folder, 'data');
  const start = join(folder, 'start.sql');
  await run('mariadb-install-db', [
    '--no-defaults',
    ...user,
    `--datadir=${data}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    '--innodb-log-file-size=8M',
  ]);
  await writeFile(
    start,
    "create database if not exists test;\ncreate user if not exists 'test'@'%' identified by '';\ngrant all on test.* to 'test'@'%';\n",
  );
  const program = await startProgram(
    '/usr/sbin/mariadbd',
    [
      '--no-defaults',
      ...user,
      `--datadir=${data}`,
      '--bind-address=127.0.0.1',
      `--port=${port}`,
      `--socket=${join(folder, 'mariadb.sock')}`,
      `--pid-file=${join(folder, 'mariadb.pid')}`,
      `--init-file=${start}`,
      '--skip-name-resolve',
      '--innodb-buffer-pool-size=16M',
      '--innodb-log-file-size=8M',
      '--innodb-flush-log-at-trx-commit=0',
      '--max-connections=100',
    ],
    { ready: port, folders: [folder], cwd: folder },
  );
  return { ...program, port, user: 'test', database: 'test' };
}
