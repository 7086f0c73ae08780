/**
 * Along which a request's cost is measured: the points, what its added CPU and its memory should do as they
 * grow, and how an app is built that has so many of it.
 */
export const DIMENSIONS = {
  routes: {
    title: 'routes',
    points: [1, 10, 100, 1000, 2500, 5000],
    quick: [1, 1000, 5000],
    cost: 'flat',
    memory: 'linear',
    // Room for all of them: what happens at the cap is the next dimension's.
    options: { maxSeries: 20_000 },
    note: 'with `maxSeries: 20000`; each route has series of its own',
  },
  series: {
    title: 'series of one route',
    points: [1, 10, 100, 500, 1000, 1500],
    quick: [1, 500, 1500],
    cost: 'flat',
    memory: 'linear',
    note: 'by a tag of so many values; 1500 is what user tags may have of the cap of 2000',
  },
  overflow: {
    title: 'tag values beyond the cap',
    points: [2000, 4000, 8000, 16000],
    quick: [2000, 16000],
    cost: 'flat',
    memory: 'flat',
    note: 'so many values of one tag, of which 1500 have series; the rest folds',
  },
  concurrency: {
    title: 'requests at once',
    points: [1, 10, 100, 300, 1000],
    quick: [1, 100, 1000],
    cost: 'flat',
    memory: 'linear',
    note: 'each waits once for the event loop; memory while all are open',
  },
  blocks: {
    title: 'blocks per request',
    points: [0, 10, 25, 50, 100],
    quick: [0, 25, 100],
    cost: 'linear',
    memory: 'flat',
    note: 'of 100 names; callback form, nothing done in them',
  },
  tags: {
    title: 'tags per request',
    points: [0, 2, 5, 10, 20],
    quick: [0, 5, 20],
    cost: 'linear',
    memory: 'flat',
    note: 'by `meter.tag()`, one value each',
  },
};
