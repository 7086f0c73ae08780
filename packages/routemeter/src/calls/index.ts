export type { Call } from './call.ts';
export { type Calls, calls } from './calls.ts';
export { installation } from './installation.ts';
export type { BuiltinSource, ModuleSource } from './source.ts';
