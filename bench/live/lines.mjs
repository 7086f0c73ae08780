const ROUTES = 200;

/** Lines as an app of 200 routes sends them; Etsy's server knows no distributions. */
export function lineOf(i, type) {
  const status = i % 10 === 0 ? 404 : 200;
  const value = (((i * 7919) % 100_000) / 1000 + 0.123).toFixed(3);
  const route = `/api/v1/resource${i % ROUTES}/:id`;
  return `shop.http.server.request:${value}|${type}|#http_route:${route},http_method:GET,http_status_code:${status}`;
}

/** Payloads of so many lines each. */
export function payloadsOf(linesPerPacket, type) {
  return Array.from({ length: 400 }, (_, p) =>
    Buffer.from(
      Array.from({ length: linesPerPacket }, (_, i) => lineOf(p * linesPerPacket + i, type)).join('\n'),
    ),
  );
}
