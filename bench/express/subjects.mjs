/**
 * What is compared: the same app with and without us. `added` and `packets` are what we aim at, on Node 24,
 * in µs of CPU per request above the bare app and in UDP packets per 1000 requests.
 */
export const SUBJECTS = [
  { name: 'bare Express 5' },
  { name: 'middleware, wall', middleware: true, cpu: 'off', added: 1.0, packets: 7 },
  { name: 'middleware, wall + CPU', middleware: true, cpu: 'auto', added: 2.0, packets: 13 },
  { name: 'preload, wall', preload: true, cpu: 'off', added: 1.0, packets: 7 },
  { name: 'preload, wall + CPU', preload: true, cpu: 'auto', added: 2.0, packets: 13 },
];
