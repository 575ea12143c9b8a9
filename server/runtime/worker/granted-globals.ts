/** Globals that a session has when its template grants them: what modules of ours export. */
import type { Engine } from './engine.js';

/** The only importer that needs no grant of the modules. */
export const globalsModule = 'vm:module/globals';

/** Names of the globals by what is granted, and the module that they come from. */
const granted: Readonly<Record<string, { readonly module: string; readonly names: readonly string[] }>> = {
  fetch: { module: 'fetch', names: ['fetch', 'Headers', 'Request', 'Response'] },
};

/**
 * Defines them as the language's own are: changeable, and not enumerable.
 *
 * @param grants names of the globals that the session's template grants
 * @throws {Error} the guest cannot be used
 */
export function defineGlobals(engine: Engine, grants: readonly string[]): void {
  const parts = grants.flatMap((grant) => {
    const { module, names } = granted[grant] ?? {};
    return module === undefined || names === undefined ? [] : [textOf(module, names)];
  });
  if (parts.length === 0) return;
  const { kind, value } = engine.evaluate(parts.join('\n'), globalsModule, 'module');
  engine.free(value);
  if (kind === 'thrown') throw new Error('The granted globals could not be defined');
}

const textOf = (module: string, names: readonly string[]): string =>
  [
    `import { ${names.join(', ')} } from '${module}';`,
    ...names.map(
      (name) =>
        `Object.defineProperty(globalThis, '${name}', { value: ${name}, writable: true, configurable: true });`,
    ),
  ].join('\n');
