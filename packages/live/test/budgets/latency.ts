import { random } from '../helpers.ts';

/** Normal with a seed, by Box and Muller. */
export function normal(seed: number): () => number {
  const next = random(seed);
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

/** Latencies with this median, whose p95 is `spread` times it: skewed, as those of servers are. */
export function latencies(seed: number, count: number, median: number, spread: number): number[] {
  const z = normal(seed);
  const sigma = Math.log(spread) / 1.6449;
  return Array.from({ length: count }, () => median * Math.exp(sigma * z()));
}

/** DogStatsD lines of requests to a route, a datagram each. */
export function datagrams(route: string, values: readonly number[], more = ''): string[] {
  const tags = `|d|#http_route:${route},http_method:GET,http_status_code:200${more}`;
  const lines: string[] = [];
  for (let i = 0; i < values.length; i += 100) {
    lines.push(
      `shop.http.server.request:${values
        .slice(i, i + 100)
        .map((value) => value.toPrecision(5))
        .join(':')}${tags}`,
    );
  }
  return lines;
}
