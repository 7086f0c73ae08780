// npm run bench [-- --quick]: what Routemeter costs, measured on this machine. Other options: bench/express/main.mjs.
import { status } from './lib/process.mjs';
import { prepare } from './lib/setup.mjs';

await prepare();
process.exitCode = await status(process.execPath, ['bench/express/main.mjs', ...process.argv.slice(2)]);
