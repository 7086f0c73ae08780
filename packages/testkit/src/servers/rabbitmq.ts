import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { dataFolder, freePort, type Program, startProgram } from './program.ts';

const SERVER = '/usr/lib/rabbitmq/bin/rabbitmq-server';

export const RABBITMQ_PROGRAMS = { [SERVER]: 'rabbitmq-server' };

/** RabbitMQ of Debian, empty, on ports of its own, with a name service of its own. */
export async function startRabbitmq(): Promise<Program & { port: number; url: string }> {
  const folder = dataFolder('rabbitmq');
  const [port, distribution, names] = [await freePort(), await freePort(), await freePort()];
  const file = join(folder, 'rabbitmq.conf');
  writeFileSync(file, `listeners.tcp.1 = 127.0.0.1:${port}\nlog.console.level = error\n`);
  writeFileSync(join(folder, 'enabled_plugins'), '[].\n');
  mkdirSync(join(folder, 'log'));
  const env = {
    HOME: folder,
    ERL_EPMD_PORT: String(names),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: `routemeter${port}@localhost`,
    RABBITMQ_DIST_PORT: String(distribution),
    RABBITMQ_CONFIG_FILE: file,
    RABBITMQ_CONF_ENV_FILE: join(folder, 'none.conf'),
    RABBITMQ_MNESIA_BASE: folder,
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    // Its schedulers must not spin for work on a machine that others use.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+sbwt none +S 2:2',
  };
  const program = await startProgram(SERVER, [], {
    env,
    ready: () => greets(port),
    folders: [folder],
  });
  return {
    port,
    url: `amqp://guest:guest@127.0.0.1:${port}`,
    async stop() {
      await program.stop();
      // The name service was started by the server, in the background.
      await promisify(execFile)('epmd', ['-kill'], {
        env: { ...process.env, ...env, ERL_EPMD_RELAXED_COMMAND_CHECK: 'true' },
      }).catch(() => {});
    },
  };
}

/** Whether it answers the protocol's first bytes: it listens before it does. */
function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('AMQP\0\0\x09\x01'));
    socket.on('data', (bytes) => {
      // A frame of a method; a broker of another version sends its own header.
      resolve(bytes[0] === 1);
      socket.destroy();
    });
    socket.on('error', () => resolve(false)).on('close', () => resolve(false));
  });
}
