// To be imported before the library: what comes again and again by time would come fifty times as often where
// instructions are counted, since all else takes so much longer there.

import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers';

const { setInterval } = timers;
timers.setInterval = ((act: () => void, ms: number) => setInterval(act, ms * 1000)) as typeof setInterval;
syncBuiltinESMExports();
