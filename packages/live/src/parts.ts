/** The parts by themselves, for benchmarks; not an export of the package. */
export { Ingest } from './ingest/ingest.ts';
export { LineParser } from './ingest/parser.ts';
export { MemoryStore } from './store/memory/memory.ts';
export { Writer } from './write/writer.ts';
