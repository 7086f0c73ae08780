import type { Config } from '../api/types.ts';

/** What to type so that something appears, with the server's address filled in. */
export function firstCommand(config: Pick<Config, 'udp'>): string {
  return `ROUTEMETER_URL=${config.udp} node --import routemeter/register server.js`;
}

export function firstCode(config: Pick<Config, 'udp'>): string {
  return [
    `import { createMeter } from 'routemeter';`,
    `import { expressMeter } from 'routemeter/express';`,
    `const meter = createMeter({ url: '${config.udp}' });`,
    `app.use(expressMeter(meter));`,
  ].join('\n');
}

export function commandText(command: Config['command']): string | null {
  if (!command || command.length === 0) return null;
  return typeof command === 'string' ? command : command.join(' ');
}
