export { CATALOGUE, type ErrorCode } from './catalogue.ts';
export { RoutemeterError, show } from './error.ts';
export { textOf } from './text.ts';
export { atOnce, reportThrown } from './user-code.ts';
export { captureWarnings, warnOnce } from './warning.ts';
