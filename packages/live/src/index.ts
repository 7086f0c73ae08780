export type { BudgetReport } from './budgets/report.ts';
export { LiveError, type LiveErrorCode } from './errors.ts';
export type { LiveOptions } from './options.ts';
export { createLiveServer, type LiveServer } from './server.ts';
