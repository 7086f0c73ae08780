import { fileURLToPath, pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ContractCase } from '../../../testkit/src/contract/case.ts';
import { startChild } from '../../../testkit/src/contract/child.ts';
import { Collector } from '../../../testkit/src/contract/collector.ts';
import { buildLibrary, type Library } from '../../../testkit/src/contract/library.ts';
import { expectedRequests, sendAll } from '../../../testkit/src/contract/run.ts';
import { nodeBinaries } from '../../../testkit/src/nodes.ts';

/** Versions of a framework, under the name that the contract's programs take. */
export interface Stack {
  name: string;
  cases: readonly ContractCase[];
  /** What the start-up line must tell, as `express 5.3.0`. */
  tells: readonly string[];
  /** Only on the present Node: what differs from other stacks does not differ by Node. */
  isPresentOnly?: boolean;
}

const present = Number.parseInt(process.versions.node, 10);

/**
 * Runs the contract's programs (`contract/<folder>/server.mjs` and `.cjs`) under the preload on every
 * Node there is: each request counted once under its name, and answered byte for byte as without.
 */
export async function contractByPreload(
  folder: string,
  stacks: readonly Stack[],
  /** Whether a format can be reached on a Node, given by its version. Default: both on all. */
  reaches: (format: 'mjs' | 'cjs', version: string) => boolean = () => true,
): Promise<void> {
  const { nodes } = await nodeBinaries();
  const file = (format: string) =>
    fileURLToPath(new URL(`../../../testkit/src/contract/${folder}/server.${format}`, import.meta.url));
  const runs = nodes.flatMap((node) =>
    stacks
      .filter(({ isPresentOnly }) => isPresentOnly !== true || node.major === present)
      .flatMap((stack) =>
        (['mjs', 'cjs'] as const)
          .filter((format) => reaches(format, node.version))
          .map((format) => ({ node: `Node ${node.major}`, path: node.path, ...stack, format })),
      ),
  );

  let library: Library;
  beforeAll(async () => {
    library = await buildLibrary(`register-${folder}`);
  });

  /** Answers without us, by Node and stack: the two formats run the same application. */
  const bare = new Map<string, Promise<string[]>>();
  const answersWithout = (path: string, { name, cases }: Stack): Promise<string[]> => {
    const key = `${path} ${name}`;
    const known = bare.get(key) ?? answer(path, [file('cjs'), name], cases);
    bare.set(key, known);
    return known;
  };

  describe.each(runs)('$node, $name, $format', ({ path, format, ...stack }) => {
    const { name, cases, tells } = stack;
    test('by preload every request is counted once under its name, and answered as without', async () => {
      const collector = await Collector.open();
      const preload =
        format === 'mjs'
          ? ['--import', pathToFileURL(library.esm('register')).href]
          : ['-r', library.cjs('register')];
      const env = { ROUTEMETER_URL: collector.url, ROUTEMETER_FLUSH_MS: '20', NODE_ENV: 'test' };
      const child = await startChild(path, [...preload, file(format), name], env);
      try {
        const answers = await sendAll(child.port, cases);
        expect(await collector.requests(cases.length)).toEqual(expectedRequests(cases));
        expect(answers).toEqual(await answersWithout(path, stack));
        expect(child.stderr()).toMatch(/^routemeter: [^\n]*\n$/);
        for (const text of tells) expect(child.stderr()).toContain(text);
      } finally {
        await child.stop();
        collector.close();
      }
    });
  });
}

async function answer(path: string, args: string[], cases: readonly ContractCase[]): Promise<string[]> {
  const child = await startChild(path, args, { NODE_ENV: 'test' });
  try {
    return await sendAll(child.port, cases);
  } finally {
    await child.stop();
  }
}
