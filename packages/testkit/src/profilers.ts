/** Profilers that run in an application beside ours, and what a client of the inspector needs. */
export const PROFILERS = { '@datadog/pprof': '5.14.4', ws: '8.23.0' };
