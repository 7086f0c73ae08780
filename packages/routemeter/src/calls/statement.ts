import type { CallName, NameKeeper } from './names.ts';

/** What may be told of a statement: nothing that could be a value. */
export interface Statement {
  /** `SELECT`, or `other` for a word that is none of SQL's. */
  readonly operation: string;
  /** Operation and tables, as `SELECT users orders`; the operation alone where no table can be read. */
  readonly summary: string;
}

/** A statement as it was read, and the name that its last call had. */
class KeptStatement implements Statement, NameKeeper {
  readonly operation: string;
  readonly summary: string;
  name: CallName | null = null;

  constructor({ operation, summary }: Statement) {
    this.operation = operation;
    this.summary = summary;
  }
}

const LONGEST = 60;
/** Tables stand behind the list of columns, which mappers write out. */
const HEAD = 4096;
/** Statements whose summary is kept, and how long they may be: only a cache, at most 1 MB. */
const KEPT = 500;
const KEPT_CHARACTERS = 2048;

const OPERATIONS = new Set(
  (
    'SELECT INSERT UPDATE DELETE MERGE REPLACE UPSERT VALUES CREATE ALTER DROP TRUNCATE RENAME BEGIN START COMMIT END ' +
    'ROLLBACK ABORT SAVEPOINT RELEASE SET RESET SHOW EXPLAIN DESCRIBE DESC CALL EXEC EXECUTE PREPARE DEALLOCATE COPY ' +
    'LOCK UNLOCK ANALYZE VACUUM OPTIMIZE REINDEX CLUSTER REFRESH PRAGMA ATTACH DETACH LISTEN UNLISTEN NOTIFY DECLARE ' +
    'FETCH MOVE CLOSE DO USE GRANT REVOKE COMMENT DISCARD CHECKPOINT LOAD KILL FLUSH'
  ).split(' '),
);
/** Behind these stands a table. */
const BEFORE_TABLE = new Set(['FROM', 'JOIN', 'INTO', 'UPDATE', 'TABLE', 'COPY', 'TRUNCATE']);
/** These stand between such a word and its table. */
const BETWEEN = new Set([
  'ONLY',
  'LATERAL',
  'IF',
  'NOT',
  'EXISTS',
  'TABLE',
  'IGNORE',
  'LOW_PRIORITY',
  'OR',
  'ROLLBACK',
  'ABORT',
  'REPLACE',
  'FAIL',
  'OUTFILE',
  'DUMPFILE',
]);
/** What a common table may do beside reading and deleting. */
const CHANGES = new Set(['INSERT', 'UPDATE', 'MERGE']);
/** Operations with tables; what others have behind such words is something else. */
const WITH_TABLES = new Set([
  'SELECT',
  'INSERT',
  'UPDATE',
  'DELETE',
  'MERGE',
  'REPLACE',
  'UPSERT',
  'CREATE',
  'ALTER',
  'DROP',
  'TRUNCATE',
  'COPY',
  'LOCK',
]);
/** Names alone are shown that any schema could have. */
const TABLE = /^[\p{L}_][\p{L}\p{N}_$]{0,47}$/u;

type Token = { kind: 'word' | 'quoted' | 'sign' | 'value'; text: string };

/**
 * Reads operation and tables off the head of an SQL statement. Comments, literals, parameters, aliases and
 * columns are never part of it.
 *
 * @param doubleQuoted what `"..."` is: a name, as the standard has it, or a literal, as in MySQL.
 */
export function readStatement(sql: string, doubleQuoted: 'name' | 'literal' = 'name'): Statement {
  const tokens = new Tokens(sql.slice(0, HEAD), doubleQuoted, sql.length > HEAD);
  let operation = '';
  const tables: string[] = [];
  const common = new Set<string>();
  /** Per depth of parentheses: whether a statement began there, for `EXTRACT(year FROM born)`. */
  const begun: boolean[] = [false];
  let before = '';
  let isWith = false;
  let expects = false;
  for (let token = tokens.next(); token !== null; token = tokens.next()) {
    const { kind, text } = token;
    if (kind === 'sign') {
      if (text === '(') begun.push(false);
      else if (text === ')' && begun.length > 1) begun.pop();
      else if (text === ';') break;
      if (text === ',' && expects) expects = false;
      // FROM (SELECT ...): its own FROM names the table.
      if (expects && text !== '.') expects = false;
      before = text;
      continue;
    }
    const word = kind === 'word' ? text.toUpperCase() : '';
    const depth = begun.length - 1;
    if (expects && kind !== 'value') {
      if (BETWEEN.has(word)) continue;
      expects = false;
      const table = tokens.last(text);
      if (TABLE.test(table) && !common.has(table.toLowerCase()) && !tables.includes(table))
        tables.push(table);
      before = '';
      continue;
    }
    expects = false;
    if (operation === '' && depth === 0) {
      // A common table may bear any name, that of an operation too: `WITH upsert AS (INSERT ...)`.
      if (isWith && (before === 'WITH' || before === 'RECURSIVE' || before === ',')) {
        if (word !== 'RECURSIVE') common.add(text.toLowerCase());
      } else if (word === 'WITH') isWith = true;
      else if (OPERATIONS.has(word)) operation = word;
      else if (!isWith) {
        operation = 'other';
        break;
      }
    }
    if (
      word === 'SELECT' ||
      word === 'DELETE' ||
      (depth === 0 ? operation !== '' : before === '(' && CHANGES.has(word))
    ) {
      begun[depth] = true;
    }
    if (BEFORE_TABLE.has(word) && begun[depth] && before !== 'DISTINCT') {
      // `FOR UPDATE`, `ON CONFLICT DO UPDATE`, `ON DUPLICATE KEY UPDATE`, and `UPDATE ... SET`.
      expects = !(
        word === 'UPDATE' &&
        (before === 'FOR' || before === 'DO' || before === 'KEY' || before === 'ON')
      );
    }
    before = word;
  }
  if (operation === '') operation = 'other';
  return { operation, summary: summaryOf(operation, WITH_TABLES.has(operation) ? tables : []) };
}

function summaryOf(operation: string, tables: readonly string[]): string {
  let summary = operation;
  for (const table of tables) {
    if (summary.length + 1 + table.length > LONGEST) break;
    summary += ` ${table}`;
  }
  return summary;
}

/** Reads statements, and remembers those it has read. */
export class Statements {
  private readonly known = new Map<string, KeptStatement>();
  /** The last of them, often the next one too. */
  private lastText = '';
  private last: KeptStatement;
  private readonly doubleQuoted: 'name' | 'literal';

  constructor(doubleQuoted: 'name' | 'literal' = 'name') {
    this.doubleQuoted = doubleQuoted;
    this.last = new KeptStatement(readStatement('', doubleQuoted));
  }

  of(sql: string): KeptStatement {
    return sql === this.lastText ? this.last : this.find(sql);
  }

  private find(sql: string): KeptStatement {
    if (sql.length > KEPT_CHARACTERS) return new KeptStatement(readStatement(sql, this.doubleQuoted));
    let statement = this.known.get(sql);
    if (statement === undefined) {
      if (this.known.size >= KEPT) this.known.clear();
      this.known.set(sql, (statement = new KeptStatement(readStatement(sql, this.doubleQuoted))));
    }
    this.lastText = sql;
    this.last = statement;
    return statement;
  }
}

const SPACE = /\s/;
const WORD = /[\p{L}_][\p{L}\p{N}_$]*/uy;
const NUMBER = /[\d.][\w.]*/y;
const DOLLAR = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy;

class Tokens {
  private readonly text: string;
  private readonly doubleQuoted: 'name' | 'literal';
  private readonly isCut: boolean;
  private at = 0;

  constructor(text: string, doubleQuoted: 'name' | 'literal', isCut: boolean) {
    this.text = text;
    this.doubleQuoted = doubleQuoted;
    this.isCut = isCut;
  }

  next(): Token | null {
    this.skip();
    const { text } = this;
    const sign = text[this.at];
    if (sign === undefined) return null;
    if (sign === "'") return this.quoted("'", 'value');
    if (sign === '"') return this.quoted('"', this.doubleQuoted === 'name' ? 'quoted' : 'value');
    if (sign === '`') return this.quoted('`', 'quoted');
    if (sign === '[' && this.at > 0 && /[\s.,(]/.test(text[this.at - 1]!)) return this.quoted(']', 'quoted');
    if (sign === '$') {
      const tag = this.match(DOLLAR);
      if (tag !== null) return this.until(tag);
    }
    const word = this.match(WORD);
    if (word !== null) {
      // N'...', E'...', X'...': a literal with a mark before it.
      if (text[this.at] === "'" && word.length <= 2) return this.quoted("'", 'value', /^e$/i.test(word));
      return this.whole({ kind: 'word', text: word });
    }
    const number = this.match(NUMBER);
    if (number !== null && /\d/.test(number)) return { kind: 'value', text: '' };
    if (number !== null) this.at -= number.length;
    this.at++;
    return { kind: 'sign', text: sign };
  }

  /** The last part of a name with dots, whose first part was just read: `schema.table`. */
  last(first: string): string {
    let name = first;
    for (;;) {
      const back = this.at;
      this.skip();
      if (this.text[this.at] !== '.') {
        this.at = back;
        return name;
      }
      this.at++;
      const token = this.next();
      if (token === null || (token.kind !== 'word' && token.kind !== 'quoted')) return '';
      name = token.text;
    }
  }

  /** A word at the end of what was read of a longer text may be half of one. */
  private whole(token: Token): Token | null {
    return this.isCut && this.at === this.text.length ? null : token;
  }

  private skip(): void {
    const { text } = this;
    for (;;) {
      const sign = text[this.at];
      if (sign === undefined) return;
      if (SPACE.test(sign)) this.at++;
      else if (sign === '#' && this.doubleQuoted === 'literal') this.to('\n');
      else if (sign === '-' && text[this.at + 1] === '-') this.to('\n');
      else if (sign === '/' && text[this.at + 1] === '*') this.comment();
      else return;
    }
  }

  private to(end: string): void {
    const found = this.text.indexOf(end, this.at);
    this.at = found < 0 ? this.text.length : found + end.length;
  }

  /** Comments stand in each other in PostgreSQL; a conditional one of MySQL is left out as a whole. */
  private comment(): void {
    let depth = 0;
    do {
      if (this.text.startsWith('/*', this.at)) {
        depth++;
        this.at += 2;
      } else if (this.text.startsWith('*/', this.at)) {
        depth--;
        this.at += 2;
      } else {
        this.at++;
      }
    } while (depth > 0 && this.at < this.text.length && this.doubleQuoted === 'name');
    if (this.doubleQuoted === 'literal') this.to('*/');
  }

  private quoted(end: string, kind: 'quoted' | 'value', escapes = false): Token | null {
    const { text } = this;
    const from = this.at + 1;
    for (let at = from; at < text.length; at++) {
      if (text[at] === '\\' && kind === 'value') {
        // Whether it escapes the quote is a setting of the server: where it matters, nothing further is read.
        if (!escapes && text[at + 1] === end) break;
        if (escapes) at++;
      } else if (text[at] === end) {
        if (text[at + 1] === end) {
          at++;
          continue;
        }
        this.at = at + 1;
        return { kind, text: kind === 'value' ? '' : text.slice(from, at) };
      }
    }
    // It does not end in what was read: nothing behind it can be told from its inside.
    this.at = text.length;
    return null;
  }

  private until(tag: string): Token | null {
    const found = this.text.indexOf(tag, this.at);
    if (found < 0) {
      this.at = this.text.length;
      return null;
    }
    this.at = found + tag.length;
    return { kind: 'value', text: '' };
  }

  private match(pattern: RegExp): string | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found === undefined) return null;
    this.at += found.length;
    return found;
  }
}
