/** Profilers that run in an application beside ours. */
export const PROFILERS = { '@datadog/pprof': '5.14.4' };
