/**
 * Writes the message tables of docs/protocol.md from the schemas, between their markers. `npm run docs` runs it;
 * a test fails when the page is not what it writes.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { errorCodes, failureCodes } from '../shared/errors.js';
import { notifications, requests } from '../shared/protocol.js';

export const page = new URL('../docs/protocol.md', import.meta.url);

/** The part of JSON Schema that our schemas turn into. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly default?: unknown;
}

/** @returns the page's text with every generated part as the code has it now */
export function withGeneratedParts(text: string): string {
  const parts: Record<string, string> = {
    requests: table(
      ['method', 'params', 'result'],
      requests.map(({ method, params, result }) => [
        code(method),
        fields(params),
        code(shape(schemaOf(result))),
      ]),
    ),
    notifications: table(
      ['method', 'params'],
      notifications.map(({ method, params }) => [code(method), fields(params)]),
    ),
    'error-codes': errorCodes.map(code).join(' '),
    'failure-codes': failureCodes.map(code).join(' '),
  };
  return Object.entries(parts).reduce(
    (all, [name, part]) =>
      all.replace(
        new RegExp(`(<!-- generated: ${name} -->\n)[^]*?(\n<!-- end -->)`),
        (_match, start: string, end: string) => `${start}${part}${end}`,
      ),
    text,
  );
}

const schemaOf = (schema: z.ZodType): Schema =>
  z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema;

function fields(params: z.ZodType): string {
  const schema = schemaOf(params);
  const variants = schema.anyOf ?? schema.oneOf;
  if (variants !== undefined) return variants.map((each) => code(shape(each))).join(' or ');
  if (schema.$ref !== undefined || namedModel(schema) !== undefined) return code(shape(schema));
  return Object.entries(schema.properties ?? {})
    .map(([name, field]) => {
      const star = schema.required?.includes(name) === true ? '*' : '';
      const preset = field.default === undefined ? '' : ` = ${JSON.stringify(field.default)}`;
      return `${code(`${name}: ${shape(field)}${preset}`)}${star}`;
    })
    .join(', ');
}

function shape(schema: Schema): string {
  if (schema.$ref !== undefined) return schema.$ref.split('/').at(-1) ?? '';
  const variants = schema.anyOf ?? schema.oneOf;
  if (variants !== undefined) return variants.map(shape).join(' | ');
  if (schema.enum !== undefined) return schema.enum.map((each) => JSON.stringify(each)).join(' | ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.type === 'array') return `${schema.items === undefined ? 'Json' : shape(schema.items)}[]`;
  if (schema.type !== 'object') return schema.type ?? 'Json';
  const named = namedModel(schema);
  if (named !== undefined) return named;
  if (schema.properties === undefined) return 'JsonObject';
  const inner = Object.entries(schema.properties).map(
    ([name, field]) => `${name}${schema.required?.includes(name) === true ? '' : '?'}: ${shape(field)}`,
  );
  return inner.length === 0 ? '{}' : `{ ${inner.join(', ')} }`;
}

const namedModel = (schema: Schema & { readonly id?: string }): string | undefined => schema.id;

const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(page, withGeneratedParts(readFileSync(page, 'utf8')));
}
