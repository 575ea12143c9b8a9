/** Checks what a client sent against a schema, and says what is wrong with it in one sentence. */
import type { z } from 'zod';
import { validationError, type VmError } from '../../shared/errors.js';

type Issue = z.core.$ZodIssue;
type RawIssue = z.core.$ZodRawIssue;

/**
 * Validates `value`.
 *
 * @param what the message it belongs to, as a reader knows it: a method
 * @returns the value with defaults filled in
 * @throws `VALIDATION_ERROR` naming the first field that is wrong, `details.field`
 */
export function validate<T extends z.ZodType>(schema: T, value: unknown, what: string): z.output<T> {
  const result = parse(schema, value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw issue === undefined
    ? validationError(`The params of ${what} are malformed.`)
    : fieldError(issue, schema, what);
}

function parse<T extends z.ZodType>(schema: T, value: unknown): z.ZodSafeParseResult<z.output<T>> {
  try {
    return schema.safeParse(value, { error: requirement });
  } catch (error) {
    // Schemas of plain JSON recurse; JSON from the wire nests as deeply as its sender likes.
    if (error instanceof RangeError) throw validationError('The params are nested too deeply.');
    throw error;
  }
}

function fieldError(issue: Issue, schema: z.ZodType, what: string): VmError {
  const takes = namesOf(schema);
  const list = takes.length === 0 ? 'nothing' : takes.join(', ');
  if (issue.code === 'unrecognized_keys') {
    const field = fieldName([...issue.path, issue.keys[0] ?? '']);
    return validationError(
      issue.path.length === 0 ? `Unknown field ${field}; ${what} takes ${list}.` : `Unknown field ${field}.`,
      { field },
    );
  }
  const field = fieldName(issue.path);
  if (field === '') return validationError(`The params of ${what} ${issue.message}.`);
  if (issue.message !== missing) return validationError(`${field} ${issue.message}.`, { field });
  return validationError(
    issue.path.length === 1 ? `${field} is missing; ${what} takes ${list}.` : `${field} is missing.`,
    { field },
  );
}

/** `settings.roots[0]`, shortened where a client chose a long key. */
function fieldName(path: readonly PropertyKey[]): string {
  const name = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return name.replace(/^\./, '').slice(0, 200);
}

function namesOf(schema: z.ZodType): string[] {
  const { shape } = schema as { readonly shape?: Readonly<Record<string, unknown>> };
  return Object.keys(shape ?? {});
}

const missing = 'is missing';

/** What a field must be, to be read after its name. Schemas that say it themselves use the same form. */
function requirement(issue: RawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? missing : `must be ${typeNames[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'too_small':
      return issue.origin === 'string' && issue.minimum === 1
        ? 'must not be empty'
        : `must ${sizeVerb(issue.origin)} at least ${String(issue.minimum)}${unitOf(issue.origin)}`;
    case 'too_big':
      return `must ${sizeVerb(issue.origin)} at most ${String(issue.maximum)}${unitOf(issue.origin)}`;
    case 'invalid_format':
      return `must be ${formatNames[issue.format] ?? `in the form ${issue.pattern ?? issue.format}`}`;
    default:
      return 'has the wrong form';
  }
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'an integer',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
  tuple: 'a list',
};

const formatNames: Readonly<Record<string, string>> = {
  datetime: 'a time in ISO 8601 with milliseconds, in UTC',
  safeint: 'an integer',
};

const sizeVerb = (origin: string): string => (origin === 'number' || origin === 'int' ? 'be' : 'have');

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' ? ' items' : '';
}
