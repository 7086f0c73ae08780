/**
 * The zero-code preload: `node --import routemeter/register app.js`, or `-r routemeter/register`.
 *
 * Nothing happens before an HTTP server listens: no socket, no timer, no output. Then one line on
 * stderr tells what was found; `ROUTEMETER_SILENT=1` leaves it out, `ROUTEMETER_ENABLED=false`
 * leaves out everything.
 */
import { installEntry } from '../request/index.ts';
import { hookModules } from './modules.ts';
import { Report } from './report.ts';

const OFF = /^(0|false|no|off)$/i;
const ON = /^(1|true|yes|on)$/i;

if (!OFF.test(process.env.ROUTEMETER_ENABLED ?? '')) {
  const report = new Report();
  hookModules(report);
  installEntry(() => {
    if (!ON.test(process.env.ROUTEMETER_SILENT ?? '')) report.tell();
  });
}
