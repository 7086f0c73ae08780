import { goProgram } from './go.ts';

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
  /** The environment variable by which the tests find its program. */
  variable: string;
  tried: readonly (keyof typeof FILES)[];
  /** What tests of it are called. */
  pattern: RegExp;
  install(): Promise<{ path: string; version: string }>;
}

const PROMETHEUS = 'github.com/prometheus/prometheus';
const VICTORIA = 'github.com/VictoriaMetrics/VictoriaMetrics';
/** As a Go module 3.16.0 is 0.316.0. */
const released = (version: string) => version.replace(/^0\.3(\d\d)\./, (_, minor) => `3.${Number(minor)}.`);
/** What it says of itself, and the live server goes by. */
const RELEASE = '3.16.0';

export const ENGINES: readonly Engine[] = [
  {
    id: 'prometheus',
    name: 'Prometheus',
    variable: 'TEST_PROMETHEUS',
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
      return { path, version: RELEASE };
    },
  },
  {
    id: 'victoria-metrics',
    name: 'VictoriaMetrics',
    variable: 'TEST_VICTORIA_METRICS',
    tried: ['written', 'asked', 'fleet', 'copied'],
    pattern: /VictoriaMetrics|victoria/,
    install: () =>
      goProgram('victoria-metrics', { main: `${VICTORIA}/app/victoria-metrics`, version: VICTORIA }),
  },
];
