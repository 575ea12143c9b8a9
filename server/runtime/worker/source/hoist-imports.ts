/** Static imports of a cell, as dynamic ones that run before everything else of it. */
import type { Identifier, ImportDeclaration, ImportSpecifier, Literal } from 'acorn';
import type { Edit } from './position-map.js';

/**
 * @param start where the first statement stands
 * @returns edits that put the imports before it, and blank them where they were; lines stay
 */
export function hoistImports(text: string, imports: readonly ImportDeclaration[], start: number): Edit[] {
  return imports.flatMap((node) => [
    { start, end: start, code: dynamicImport(text, node), origin: node.start },
    {
      start: node.start,
      end: node.end,
      code: text.slice(node.start, node.end).replace(/[^\r\n\u2028\u2029]/g, ''),
    },
  ]);
}

function dynamicImport(text: string, node: ImportDeclaration): string {
  const specifier = String(node.source.value);
  const [first] = node.attributes;
  const attributes =
    first === undefined ? '' : `,{with:{${text.slice(first.start, node.attributes.at(-1)?.end)}}}`;
  const call = `await import(${JSON.stringify(specifier)}${attributes})`;

  let namespace: string | undefined;
  const names: { imported: string; local: string }[] = [];
  for (const item of node.specifiers) {
    const local = item.local.name;
    if (item.type === 'ImportNamespaceSpecifier') namespace = local;
    else if (item.type === 'ImportDefaultSpecifier') names.push({ imported: 'default', local });
    else names.push({ imported: importedName(item), local });
  }

  if (names.length === 0) return namespace === undefined ? `void ${call};` : `var ${namespace}=${call};`;
  const pattern = `{${names.map(({ imported, local }) => `${JSON.stringify(imported)}:${local}`).join(',')}}`;
  const checked = checkedImport(call, specifier, names);
  if (namespace === undefined) return `var ${pattern}=${checked};`;
  return `var ${namespace}=${checked},${pattern}=${namespace};`;
}

function importedName({ imported }: ImportSpecifier): string {
  return isIdentifier(imported) ? imported.name : String(imported.value);
}

function isIdentifier(node: Identifier | Literal): node is Identifier {
  return node.type === 'Identifier';
}

/** A name that the module does not export is an error, as it is in a module; destructuring alone would not see it. */
function checkedImport(call: string, specifier: string, names: readonly { imported: string }[]): string {
  const checks = names.map(({ imported }) => {
    const message = `Could not find export '${imported}' in module '${specifier}'`;
    return `if(!(${JSON.stringify(imported)} in m))throw new SyntaxError(${JSON.stringify(message)});`;
  });
  return `(m=>{${checks.join('')}return m})(${call})`;
}
