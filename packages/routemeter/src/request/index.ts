export { emitStream, enter } from './enter.ts';
export { type Emit, type EntryHandler, hasEntry, installEntry } from './entry.ts';
export { bringsRequest, isTunnel, tellsOfRequest } from './events.ts';
export { type Naming, naming } from './naming.ts';
export { createPathTemplate, pathTemplate } from './path-template.ts';
export { type RequestSpan, requestOf, UNMATCHED } from './span.ts';
export { type Tracker, tracker, urlOf } from './tracker.ts';
