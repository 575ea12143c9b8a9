/**
 * Which statements guest code may run. SQLite's own authorizer is not in the build, so each statement is judged by how
 * it begins, before it is compiled: some pragmas act already then.
 */

/** Statements that reach nothing but the database itself. What is not here is refused. */
const allowed = new Set([
  'select',
  'values',
  'with',
  'insert',
  'replace',
  'update',
  'delete',
  'create',
  'drop',
  'alter',
  'reindex',
  'analyze',
  'begin',
  'commit',
  'end',
  'rollback',
  'savepoint',
  'release',
  'vacuum',
  'pragma',
]);

const refused = new Set(['attach', 'detach']);

/** Whether a statement changes what is stored: `rows` says that a count of changed rows tells. */
export type Writes = 'never' | 'rows' | 'always';

/** Those not named here always do. */
const writes = new Map<string, Writes>([
  ['select', 'never'],
  ['values', 'never'],
  ['with', 'rows'],
  ['insert', 'rows'],
  ['replace', 'rows'],
  ['update', 'rows'],
  ['delete', 'rows'],
  // These only frame what others write.
  ['begin', 'never'],
  ['commit', 'never'],
  ['end', 'never'],
  ['rollback', 'never'],
  ['savepoint', 'never'],
  ['release', 'never'],
]);

/** Pragmas that only answer. With an argument they ask about what it names. */
const askingPragmas = new Set([
  'table_info',
  'table_xinfo',
  'table_list',
  'index_list',
  'index_info',
  'index_xinfo',
  'foreign_key_list',
  'foreign_key_check',
  'integrity_check',
  'quick_check',
  'database_list',
  'collation_list',
  'function_list',
  'module_list',
  'pragma_list',
  'compile_options',
]);

/** Pragmas that may be asked, but not set: they would lift our own limits or break the file. */
const readOnlyPragmas = new Set([
  'page_size',
  'page_count',
  'max_page_count',
  'freelist_count',
  'encoding',
  'schema_version',
  'data_version',
  'journal_mode',
  'locking_mode',
  'synchronous',
  'auto_vacuum',
  'temp_store',
]);

/** Pragmas whose value is kept in the database. */
const storedPragmas = new Set(['user_version', 'application_id']);

/** Pragmas that concern this connection or this database alone. */
const settablePragmas = new Set([
  ...storedPragmas,
  'foreign_keys',
  'defer_foreign_keys',
  'ignore_check_constraints',
  'recursive_triggers',
  'reverse_unordered_selects',
  'case_sensitive_like',
  'optimize',
  'analysis_limit',
]);

/**
 * Judges the first statement of an SQL text.
 *
 * @returns whether it writes; undefined when there is no further statement
 * @throws {Error} a statement that is refused, saying why
 */
export function judge(sql: string): Writes | undefined {
  const words = new Words(sql);
  let keyword = words.next();
  if (keyword === undefined) return undefined;
  const isExplained = keyword === 'explain';
  if (isExplained) {
    keyword = words.next();
    if (keyword === 'query') {
      words.next();
      keyword = words.next();
    }
  }
  if (keyword === undefined) throw new Error('incomplete input');
  if (!allowed.has(keyword)) {
    if (!refused.has(keyword)) throw new Error(`near ${JSON.stringify(keyword)}: syntax error`);
    throw new Error(`${keyword.toUpperCase()} is not available here: it opens another database`);
  }
  if (keyword === 'vacuum' && words.next() !== undefined) {
    throw new Error('VACUUM takes no arguments here: it would write another database');
  }
  const kind = keyword === 'pragma' ? judgePragma(words) : (writes.get(keyword) ?? 'always');
  return isExplained ? 'never' : kind;
}

function judgePragma(words: Words): Writes {
  let name = words.next() ?? '';
  let after = words.next();
  if (after === '.') {
    name = words.next() ?? '';
    after = words.next();
  }
  if (askingPragmas.has(name)) return 'never';
  if (readOnlyPragmas.has(name)) {
    if (after === undefined) return 'never';
    throw new Error(`PRAGMA ${name} can be asked, but not set, here`);
  }
  if (settablePragmas.has(name)) return storedPragmas.has(name) && after !== undefined ? 'always' : 'never';
  throw new Error(`PRAGMA ${name} is not available here`);
}

/** The tokens of one statement as SQLite tells them apart, as far as judging needs: words in lower case, or signs. */
class Words {
  #at = 0;

  constructor(private readonly sql: string) {}

  /** @returns the next word, name or sign; undefined at the end of the statement */
  next(): string | undefined {
    // Empty statements before the first are skipped, as SQLite does.
    const isFirst = this.#at === 0;
    this.#skip(isFirst ? /(?:[\s;\uFEFF]|--[^\n]*(?:\n|$)|\/\*[^]*?(?:\*\/|$))*/y : blank);
    if (this.#at >= this.sql.length || this.sql[this.#at] === ';') return undefined;
    token.lastIndex = this.#at;
    const found = token.exec(this.sql)?.[0] ?? this.sql.charAt(this.#at);
    this.#at += found.length;
    return unquoted(found).toLowerCase();
  }

  #skip(pattern: RegExp): void {
    pattern.lastIndex = this.#at;
    this.#at += pattern.exec(this.sql)?.[0].length ?? 0;
  }
}

const blank = /(?:[\s\uFEFF]|--[^\n]*(?:\n|$)|\/\*[^]*?(?:\*\/|$))*/y;
const token = /[a-z_][\w$\u0080-\uFFFF]*|"(?:[^"]|"")*"|'(?:[^']|'')*'|`(?:[^`]|``)*`|\[[^\]]*\]/iy;

function unquoted(text: string): string {
  return text.length > 1 && /^["'`[]/.test(text) ? text.slice(1, -1) : text;
}
