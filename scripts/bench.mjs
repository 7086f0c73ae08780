// npm run bench [-- --quick]: what Routemeter costs beside its rivals, measured on this machine; --help tells more.
import { status } from './lib/process.mjs';
import { prepare } from './lib/setup.mjs';

await prepare();
process.exitCode = await status(process.execPath, ['bench/main.mjs', ...process.argv.slice(2)]);
