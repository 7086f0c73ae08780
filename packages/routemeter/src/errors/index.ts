export { CATALOGUE, type ErrorCode } from './catalogue.ts';
export { RoutemeterError, show } from './error.ts';
export { captureWarnings, warnOnce } from './warning.ts';
