import { timed } from 'routemeter';

const collect = timed('report.collect', function collectOrders(days) {
  const orders = [];
  let seed = 7;
  for (let at = 0; at < days * 4_000; at++) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    orders.push({ day: seed % days, customer: seed % 997, cents: seed % 20_000 });
  }
  return orders;
});

const summarise = timed('report.summarise', function summariseDays(orders) {
  const days = new Map();
  for (const { day, cents } of orders) {
    if (!days.has(day)) days.set(day, []);
    days.get(day).push(cents);
  }
  return [...days].map(([day, list]) => ({ day, orders: list.length, median: medianOf(list) }));
});

function byCents(a, b) {
  return a - b;
}

/** Sorts a whole day to find one value: a flame graph shows what that costs. */
function medianOf(list) {
  return list.sort(byCents)[list.length >> 1];
}

/** All orders of some days, summed up in one go. */
export function buildReport(days) {
  return summarise(collect(Math.min(Math.max(days, 1), 90)));
}
