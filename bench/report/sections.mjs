import {
  callsTable,
  hostsTable,
  httpTables,
  ingestTable,
  installTable,
  instructionsTable,
  listsTable,
  memoryTable,
  microTables,
  moreTable,
  pageTable,
  processTables,
  profilersTable,
  profileTables,
  scalingTables,
  startupTable,
  storeTable,
  unitsTable,
} from './tables.mjs';

const TABLES = {
  process: processTables,
  profile: profileTables,
  instructions: (found) => (typeof found.missing === 'string' ? [] : [instructionsTable(found)]),
  more: (found) => (typeof found.missing === 'string' ? [] : [moreTable(found)]),
  calls: (found) => (Object.keys(found.cpu).length === 0 ? [] : [callsTable(found)]),
  units: (found) => (Object.keys(found.cpu).length === 0 ? [] : [unitsTable(found)]),
  profilers: (found) => (Object.keys(found.subjects).length === 0 ? [] : [profilersTable(found)]),
  startup: (found) => [startupTable(found)],
  install: (found) => [installTable(found)],
  micro: microTables,
  ingest: (found) => [ingestTable(found)],
  store: (found) => [storeTable(found)],
  page: (found) => (found.missing ? [] : [pageTable(found)]),
  lists: (found) => (found.missing ? [] : [listsTable(found)]),
  scaling: scalingTables,
  hosts: (found) => [hostsTable(found)],
  memory: (found) => [memoryTable(found)],
};

/** The tables of one part, and what could not be measured, with why. */
export function sectionOf(part, summary) {
  const found = summary.http[part];
  if (found) return { tables: httpTables(part, found), missing: found.missing };
  const own = summary[part];
  if (own === undefined) return { tables: [], missing: {} };
  const missing = typeof own.missing === 'string' ? { [part]: own.missing } : (own.missing ?? {});
  return { tables: TABLES[part](own), missing };
}
