export { enter } from './enter.ts';
export { bringsRequest, type Emit, type EntryHandler, hasEntry, installEntry } from './entry.ts';
export { createPathTemplate, pathTemplate } from './path-template.ts';
export { type RequestSpan, UNMATCHED } from './span.ts';
export { type Tracker, tracker } from './tracker.ts';
