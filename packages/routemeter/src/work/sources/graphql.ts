import type { WorkUnit } from '../../unit/index.ts';
import type { Units } from '../units.ts';

/** What has a name, in the syntax tree and in the schema that servers of GraphQL share. */
interface Node {
  kind: string;
  name?: { value: string };
}

interface Selection extends Node {
  selectionSet?: { selections: readonly Selection[] };
}

interface Definition extends Selection {
  operation?: string;
}

export interface Document {
  definitions: readonly Definition[];
}

interface RootType {
  getFields(): Readonly<Record<string, unknown>>;
}

export interface Schema {
  getQueryType?(): RootType | null | undefined;
  getMutationType?(): RootType | null | undefined;
  getSubscriptionType?(): RootType | null | undefined;
}

/** An operation that is asked for: what is to run, and of which schema. */
export interface Asked {
  schema?: Schema | null | undefined;
  document?: Document | null | undefined;
  /** Which one of the document; as the client gave it, and never a name. */
  operationName?: unknown;
}

/** The name of everything that is no operation of the schema. */
export const INVALID = 'invalid';
/** Root fields that a name tells. */
const TOLD = 4;
const LONGEST = 100;
/** Selections that are looked at: a client may send any number of them. */
const LOOKED_AT = 1000;
/** Names with more than one root field in one process. Clients choose those together as they like. */
export const COMBINED = 50;
const META = new Set(['__schema', '__type', '__typename']);
const CODE = /^[A-Z][A-Z_]{0,39}$/;

const combined = new Set<string>();
/** The names of operations by their trees, which servers keep for documents that come again. */
const known = new WeakMap<Definition, string>();

/** An operation begins; its name follows by `nameOperation`. */
export function openOperation(units: Units): WorkUnit | null {
  if (!units.active) return null;
  return units.open({ kind: 'graphql', name: INVALID, isNamedLater: true });
}

/** Names a unit by the operation that is to run, once that was validated. */
export function nameOperation(unit: WorkUnit, asked: Asked): void {
  unit.nameBy(operationName(asked));
}

/** Ends the unit of an operation with its answer; a list of errors that is not empty is an error. */
export function endOperation(unit: WorkUnit, errors: unknown, returned = false): void {
  if (unit.ended) return;
  if (!Array.isArray(errors) || errors.length === 0) {
    unit.finish(returned);
    return;
  }
  const [first] = errors as Array<{ originalError?: unknown; extensions?: { code?: unknown } } | null>;
  const thrown = first?.originalError ?? first;
  const code = String(first?.extensions?.code);
  if (thrown !== first || (thrown instanceof Error && !CODE.test(code))) {
    unit.fail(thrown, returned);
    return;
  }
  // Servers mask errors, or make plain objects of them.
  unit.setOutcome('error');
  unit.error = CODE.test(code) ? code : 'GraphQLError';
  unit.finish(returned);
}

/**
 * The type of an operation and the fields of the schema that it asks for first, in the order of the alphabet: `query user`,
 * `mutation rename`, `query posts user`. The operation's own name, aliases, arguments and variables are the client's
 * and no part of it.
 */
export function operationName({ schema, document, operationName: wanted }: Asked): string {
  const operation = operationIn(document, wanted);
  if (operation === null) return INVALID;
  let name = known.get(operation);
  if (name === undefined) known.set(operation, (name = bounded(nameOf(operation, document!, schema))));
  return name;
}

/** The operation that a server runs: the one of the name, or the only one. */
function operationIn(document: Document | null | undefined, wanted: unknown): Definition | null {
  let found: Definition | null = null;
  for (const definition of document?.definitions ?? []) {
    if (definition.kind !== 'OperationDefinition') continue;
    if (typeof wanted === 'string' && wanted !== '') {
      if (definition.name?.value === wanted) return definition;
    } else if (found !== null) return null;
    else found = definition;
  }
  return typeof wanted === 'string' && wanted !== '' ? null : found;
}

function nameOf(
  operation: Definition,
  document: Document,
  schema: Schema | null | undefined,
): readonly string[] {
  const { operation: type = '' } = operation;
  const root = rootOf(schema, type);
  if (root === null) return [];
  const fields = [...new Fields(document, root.getFields()).of(operation)].sort();
  if (fields.length > 1 && fields.includes('__typename')) fields.splice(fields.indexOf('__typename'), 1);
  return fields.length === 0 ? [] : [type, ...fields];
}

function rootOf(schema: Schema | null | undefined, type: string): RootType | null {
  if (type === 'query') return schema?.getQueryType?.() ?? null;
  if (type === 'mutation') return schema?.getMutationType?.() ?? null;
  return (type === 'subscription' && schema?.getSubscriptionType?.()) || null;
}

function bounded([type, ...fields]: readonly string[]): string {
  if (type === undefined) return INVALID;
  let told = fields.slice(0, TOLD);
  while (told.length > 1 && told.join(' ').length > LONGEST) told = told.slice(0, -1);
  const rest = told.length < fields.length ? ' ...' : '';
  const name = `${type} ${told.join(' ').slice(0, LONGEST)}${rest}`;
  if (fields.length === 1 || combined.has(name)) return name;
  if (combined.size >= COMBINED) return `${type} (several)`;
  combined.add(name);
  return name;
}

/** Forgets which fields were asked for together, for tests. */
export function forgetCombined(): void {
  combined.clear();
}

/** The root fields that an operation asks for, its fragments included. */
class Fields {
  private readonly found = new Set<string>();
  private readonly spread = new Set<string>();
  private looks = LOOKED_AT;
  private readonly document: Document;
  private readonly fields: Readonly<Record<string, unknown>>;

  constructor(document: Document, fields: Readonly<Record<string, unknown>>) {
    this.document = document;
    this.fields = fields;
  }

  of({ selectionSet }: Selection): ReadonlySet<string> {
    for (const selection of selectionSet?.selections ?? []) {
      if (this.looks-- <= 0) break;
      const name = selection.name?.value ?? '';
      if (selection.kind === 'InlineFragment') this.of(selection);
      else if (selection.kind === 'FragmentSpread') this.spreadOut(name);
      // A server may have been told not to validate.
      else if (Object.hasOwn(this.fields, name) || META.has(name)) this.found.add(name);
    }
    return this.found;
  }

  private spreadOut(name: string): void {
    if (this.spread.has(name)) return;
    this.spread.add(name);
    const isIt = (one: Definition) => one.kind === 'FragmentDefinition' && one.name?.value === name;
    const fragment = this.document.definitions.find(isIt);
    if (fragment !== undefined) this.of(fragment);
  }
}
