// A reporter of vitest: the files that took longest, with their imports and hooks, which its JSON leaves out. With
// ROUTEMETER_RECORD=1 it keeps them, so that the next runs begin with them.
import { relative } from 'node:path';
import { record } from './longest-first.mjs';
import { ROOT } from './process.mjs';

const SHOWN = 20;

export default class Slowest {
  #files = [];

  onTestModuleEnd(file) {
    const { environmentSetupDuration, prepareDuration, collectDuration, setupDuration, duration } =
      file.diagnostic();
    const loading = environmentSetupDuration + prepareDuration + collectDuration + setupDuration;
    this.#files.push({ name: relative(ROOT, file.moduleId), loading, tests: duration });
  }

  onTestRunEnd() {
    const all = (part) => seconds(this.#files.reduce((sum, file) => sum + file[part], 0));
    console.log(
      `\nOne after the other: ${all('tests')} s of tests and hooks, ${all('loading')} s of loading.`,
    );
    this.#files.sort((a, b) => b.tests + b.loading - a.tests - a.loading);
    for (const { name, loading, tests } of this.#files.slice(0, SHOWN)) {
      console.log(`${seconds(tests + loading).padStart(6)} s  ${name}`);
    }
    if (process.env.ROUTEMETER_RECORD !== '1') return;
    record(this.#files.map(({ name, loading, tests }) => ({ name, seconds: (tests + loading) / 1000 })));
  }
}

function seconds(ms) {
  return (ms / 1000).toFixed(0);
}
