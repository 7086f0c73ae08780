import { createMeter } from '../../../src/index.ts';

createMeter({ url: 'udp://127.0.0.1:9', runtime: true });
process.stdout.write('done\n');
