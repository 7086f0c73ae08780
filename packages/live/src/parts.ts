/** The parts by themselves, for benchmarks; not an export of the package. */

export { rangeOf } from './api/endpoint.ts';
export { boundYoungGeneration } from './cli/young-generation.ts';
export { Ingest } from './ingest/ingest.ts';
export { LineParser } from './ingest/parser.ts';
export { recognisers } from './routes/recognisers.ts';
export { RouteTable } from './routes/table.ts';
export { MemoryStore } from './store/memory/memory.ts';
export { PromqlStore } from './store/promql/promql.ts';
export { Writer } from './write/writer.ts';
