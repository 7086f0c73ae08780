import { type GoProgram, goProgram } from './go.ts';

/** Tests of `npm test` that write to an engine, ask one, are scraped by one, or see one go down and come back. */
export const FILES = {
  written: 'packages/live/test/write/engines.test.ts',
  scraped: 'packages/live/test/scrape/scrape.test.ts',
  asked: 'packages/live/test/store/promql.test.ts',
  fleet: 'packages/testkit/test/fleet/fleet.test.ts',
  copied: 'packages/live/test/page/copied-queries.test.ts',
} as const;

/** An engine in today's version, over which tests of the live server run that otherwise take Debian's. */
export interface Engine {
  id: string;
  name: string;
  tried: readonly (keyof typeof FILES)[];
  /** What tests of it are called. */
  pattern: RegExp;
  /** Builds it; the environment is what the tests find its programs by. */
  install(): Promise<{ version: string; env: Record<string, string> }>;
}

const PROMETHEUS = 'github.com/prometheus/prometheus';
const MIMIR = 'github.com/grafana/mimir';
const VICTORIA = 'github.com/VictoriaMetrics/VictoriaMetrics';
/** As a Go module 3.16.0 is 0.316.0. */
const released = (version: string) => version.replace(/^0\.3(\d\d)\./, (_, minor) => `3.${Number(minor)}.`);
/** What it says of itself, and the live server goes by. */
const RELEASE = '3.16.0';

/** The programs of one module. */
function victoriaMetrics(name: 'victoria-metrics' | 'vmagent'): Promise<GoProgram> {
  return goProgram(name, { from: 'victoria-metrics', main: `${VICTORIA}/app/${name}`, version: VICTORIA });
}

export const ENGINES: readonly Engine[] = [
  {
    id: 'prometheus',
    name: 'Prometheus',
    tried: ['written', 'scraped', 'asked', 'fleet', 'copied'],
    pattern: /Prometheus|prometheus|native|scrape/,
    async install() {
      const { path, version } = await goProgram('prometheus', {
        main: `${PROMETHEUS}/cmd/prometheus`,
        // It finds no targets but those of its file.
        tags: 'remove_all_sd',
        link: `-X github.com/prometheus/common/version.Version=${RELEASE}`,
        version: PROMETHEUS,
      });
      if (released(version) !== RELEASE)
        throw new Error(`Prometheus ${version} would say that it is ${RELEASE}`);
      return { version: RELEASE, env: { TEST_PROMETHEUS: path } };
    },
  },
  {
    id: 'victoria-metrics',
    name: 'VictoriaMetrics',
    tried: ['written', 'asked', 'fleet', 'copied'],
    pattern: /VictoriaMetrics|victoria/,
    async install() {
      const { path, version } = await victoriaMetrics('victoria-metrics');
      return { version, env: { TEST_VICTORIA_METRICS: path } };
    },
  },
  {
    id: 'vmagent',
    name: 'vmagent before VictoriaMetrics',
    tried: ['written'],
    pattern: /vmagent/,
    async install() {
      const { path: TEST_VICTORIA_METRICS } = await victoriaMetrics('victoria-metrics');
      const { path: TEST_VMAGENT, version } = await victoriaMetrics('vmagent');
      return { version, env: { TEST_VICTORIA_METRICS, TEST_VMAGENT } };
    },
  },
  {
    id: 'mimir',
    name: 'Mimir',
    tried: ['written'],
    pattern: /Mimir/,
    async install() {
      // Its releases have no versions that Go knows: a commit after 3.0.5.
      const { path, version } = await goProgram('mimir', {
        main: `${MIMIR}/cmd/mimir`,
        tags: 'netgo,stringlabels',
        version: MIMIR,
      });
      return { version: `3.0.5, ${version.split('-').at(-1)}`, env: { TEST_MIMIR: path } };
    },
  },
];
