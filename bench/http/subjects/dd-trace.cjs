/** dd-trace as it comes, with its runtime metrics; all it sends goes to this machine. */
exports.subjects = [
  {
    name: 'dd-trace 5, runtime metrics',
    rival: 'dd-trace',
    frameworks: ['express', 'fastify', 'koa', 'hono'],
    handlers: ['hello', 'awaits'],
    argv: ({ folder }) => ['--require', `${folder}/node_modules/dd-trace/init.js`],
    env: ({ agent, udpPort }) => ({
      DD_SERVICE: 'bench',
      DD_TRACE_AGENT_URL: agent,
      DD_DOGSTATSD_HOST: '127.0.0.1',
      DD_DOGSTATSD_PORT: String(udpPort),
      DD_RUNTIME_METRICS_ENABLED: 'true',
      DD_TRACE_STARTUP_LOGS: 'false',
      DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
      DD_REMOTE_CONFIGURATION_ENABLED: 'false',
      DD_DYNAMIC_INSTRUMENTATION_ENABLED: 'false',
      DD_CRASHTRACKING_ENABLED: 'false',
      DD_APPSEC_ENABLED: 'false',
      DD_PROFILING_ENABLED: 'false',
    }),
    start: () => ({ plug() {} }),
    reports: ({ agent }) => agent.includes('/users/:id'),
  },
];
