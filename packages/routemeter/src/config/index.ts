export { type Config, resolveConfig } from './config.ts';
export type { Environment } from './environment.ts';
export type { DialectName, ServerName, TimingType } from './servers.ts';
export { type TagInput, type TagPair, tagPairs } from './tags.ts';
export { CALL_KINDS, type CallKind } from './upstreams.ts';
export { parseTarget, type Target } from './url.ts';
