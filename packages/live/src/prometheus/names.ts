/**
 * Names in Prometheus' alphabet, for everything that speaks to it: `/metrics`, the writer and the reader.
 * https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels
 */

/** `http.server.request` becomes `http_server_request`. */
export function metricName(name: string): string {
  return name.replace(/[^a-zA-Z0-9_:]/g, '_').replace(/^(?=\d)/, '_');
}

/** `http.route` becomes `http_route`; '' where nothing is left to name. */
export function labelName(key: string): string {
  return key.replace(/[^a-zA-Z0-9_]/g, '_').replace(/^(?=\d)/, '_');
}

/** Counters end in `_total`, once. */
export function totalName(name: string): string {
  return name.endsWith('_total') ? name : `${name}_total`;
}
