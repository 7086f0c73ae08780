// node scripts/reliability.mjs: writes docs/reliability.md from docs/reliability.json.
import { writeFileSync } from 'node:fs';
import { PAGE, page, RUN, readJson, SCENARIOS } from './lib/reliability.mjs';

writeFileSync(PAGE, page(readJson(RUN), readJson(SCENARIOS)));
