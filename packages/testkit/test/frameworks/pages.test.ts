import { beforeAll, expect, test } from 'vitest';
import { buildLibrary, type Library } from '../../src/contract/library.ts';
import { namesOfPage } from '../../src/contract/page.ts';
import { smallFolder } from '../../src/contract/small/folder.ts';
import { SMALL } from '../../src/contract/small/stacks.ts';
import { nodeBinaries } from '../../src/nodes.ts';

/** The long form, as `npm run test:frameworks` has it. */
const isFull = process.env.ROUTEMETER_FRAMEWORKS === 'full';
const LONG = 300_000;

const { nodes } = await nodeBinaries();
const stacks = SMALL.filter(({ isLong, page }) => page !== undefined && (isFull || isLong !== true));
const pages = stacks.flatMap(({ page, isLong = false, runsOn }) => {
  const node = nodes.find(({ major }) => runsOn?.(major) !== false);
  return page === undefined || node === undefined ? [] : [{ page, isLong, node: node.path }];
});

let library: Library;
beforeAll(async () => {
  library = await buildLibrary('frameworks-pages');
  for (const isLong of isFull ? [false, true] : [false]) await smallFolder({ isLong });
}, LONG);

test.concurrent.each(pages)(
  'the program in the page of $page names requests as the table beside it says',
  async ({ page, isLong, node }) => {
    const { told, found } = await namesOfPage(page, { node, folder: await smallFolder({ isLong }), library });
    expect(told).toHaveLength(4);
    expect(found).toEqual(told);
  },
  LONG,
);
