/**
 * CommonJS: `require`, and the modules that it loaded. The table of modules lives here, in the guest, so that a heap
 * image holds it; what a specifier means, and the code behind it, is the host's to say.
 */
import type { HostFunction, KernelEntries, LocatedModule, RequiredModule } from './contract.js';
import { define } from './define.js';
import { hostError } from './host-error.js';
import { presentStack } from './present-stack.js';
import {
  apply,
  defineProperty,
  getOwnPropertyDescriptor,
  mapDelete,
  mapGet,
  mapSet,
  NativeError,
  NativeMap,
  NativeTypeError,
  parseJson,
  quote,
} from './intrinsics.js';

/** What CommonJS code sees as `module`. */
interface CommonJsModule {
  readonly id: string;
  readonly path: string;
  readonly filename: string;
  readonly loaded: boolean;
  readonly exports: unknown;
  readonly require: Require;
}

interface Require {
  (specifier: unknown): unknown;
}

/** By identity, also while they run: in a cycle they show what they have exported so far. */
const modules = new NativeMap<string, CommonJsModule>();
/** Namespaces of ES modules that were required, by identity. */
const namespaces = new NativeMap<string, unknown>();
/** CommonJS modules that run because an ES module imports them, as a linked list. */
interface Running {
  readonly identity: string;
  readonly before: Running | undefined;
}
let running: Running | undefined;

interface Modules extends Pick<KernelEntries, 'loadCommonJs' | 'exportOf' | 'metaResolve' | 'newError'> {
  /** Forgets what a run that was stopped left unfinished. */
  readonly beginModules: () => void;
}

/** Defines the global `require`. @returns what the host and the modules that it writes may do */
export function installRequire(host: HostFunction): Modules {
  define(globalThis, 'require', newRequire(''));

  return {
    loadCommonJs(identity, filename, dirname) {
      running = { identity, before: running };
      try {
        return load(identity, filename, dirname);
      } finally {
        running = running.before;
      }
    },
    exportOf(exported, name) {
      try {
        if (typeof exported !== 'object' && typeof exported !== 'function') return undefined;
        if (exported === null || getOwnPropertyDescriptor(exported, name) === undefined) return undefined;
        return (exported as Record<string, unknown>)[name];
      } catch {
        // As far as an import can tell, a getter that throws exports nothing.
        return undefined;
      }
    },
    metaResolve(base) {
      return named('resolve', (specifier) => {
        return locate('import', base, textOf(specifier)).url;
      });
    },
    beginModules() {
      running = undefined;
    },
    newError(json) {
      return hostError(parseJson(json) as Parameters<typeof hostError>[0]);
    },
  };

  /** @param base identity of the module whose `require` it is; '' for the global one, which asks the stack */
  function newRequire(base: string): Require {
    const require = named('require', (id) => {
      const json = host('require', base, textOf(id), presentStack(), runningAsJson());
      if (json === undefined) return undefined;
      const required = parseJson(json) as RequiredModule;
      switch (required.kind) {
        case 'commonjs':
          return load(required.identity, required.filename, required.dirname);
        case 'module':
          return namespaceOf(required);
        case 'refused':
          throw hostError(required.error);
      }
    });
    define(
      require,
      'resolve',
      named('resolve', (request) => locate('require', base, textOf(request)).filename),
    );
    define(require, 'main', undefined);
    return require;
  }

  function load(identity: string, filename: string, dirname: string): unknown {
    const known = mapGet(modules, identity);
    if (known !== undefined) return known.exports;
    const compiled = host('compile', identity);
    // No answer: the guest is being stopped.
    if (compiled === undefined) return undefined;
    if (compiled[0] === 'thrown') throw compiled[1];
    const exports = {};
    const require = newRequire(identity);
    const module: CommonJsModule = {
      id: filename,
      path: dirname,
      exports,
      filename,
      loaded: false,
      require,
    };
    mapSet(modules, identity, module);
    let isDone = false;
    try {
      apply(compiled[1] as (...args: unknown[]) => unknown, exports, [
        exports,
        require,
        module,
        filename,
        dirname,
      ]);
      isDone = true;
    } finally {
      if (!isDone) mapDelete(modules, identity);
    }
    const loaded = { __proto__: null, value: true, writable: true, enumerable: true, configurable: true };
    defineProperty(module, 'loaded', loaded);
    return module.exports;
  }

  function namespaceOf({
    identity,
    filename,
    exports,
  }: Extract<RequiredModule, { kind: 'module' }>): unknown {
    let namespace = mapGet(namespaces, identity);
    if (namespace === undefined) {
      const evaluated = host('evaluate', identity);
      if (evaluated === undefined) return undefined;
      if (evaluated[0] === 'thrown') throw evaluated[1];
      if (evaluated[0] === 'pending') {
        throw new NativeError(
          'Cannot require ' + quote(filename) + ': it awaits at its top level; import it instead',
        );
      }
      namespace = evaluated[1];
      mapSet(namespaces, identity, namespace);
    }
    return exports === 'default' ? (namespace as { readonly default?: unknown }).default : namespace;
  }

  function locate(kind: 'import' | 'require', base: string, specifier: string): LocatedModule {
    const json = host('locate', kind, base, specifier, presentStack());
    if (json === undefined) return { url: '', filename: '' };
    const located = parseJson(json) as LocatedModule | Refused;
    if (isRefused(located)) throw hostError(located.error);
    return located;
  }
}

type Refused = Extract<RequiredModule, { kind: 'refused' }>;

/** Not by `in`, which would look in `Object.prototype`, too. */
function isRefused(located: LocatedModule | Refused): located is Refused {
  return getOwnPropertyDescriptor(located, 'kind') !== undefined;
}

function textOf(specifier: unknown): string {
  if (typeof specifier === 'string') return specifier;
  throw new NativeTypeError('A module is named by a string, not by a value of type ' + typeof specifier);
}

function runningAsJson(): string {
  let list = '';
  for (let each = running; each !== undefined; each = each.before) {
    list += (list === '' ? '' : ',') + quote(each.identity);
  }
  return '[' + list + ']';
}

/** A function with this name and one parameter, as built-in ones are: no constructor. */
function named(name: string, run: (argument: unknown) => unknown): Require {
  const descriptor = { __proto__: null, value: name, writable: false, enumerable: false, configurable: true };
  return defineProperty(run, 'name', descriptor);
}
