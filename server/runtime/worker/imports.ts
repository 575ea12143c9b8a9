import type { JsonObject } from '../../../shared/models.js';
import type { ModuleRequest, ModuleSource } from '../services/module-sources.js';
import type { HostCalls } from './host-calls.js';
import { type Lookup, ModuleGraph } from './module-graph.js';
import { literal } from './module-text.js';
import type { NativeModules } from './native-modules.js';
import type { Sources } from './sources.js';

/** The module that tells code what its execution was given. */
const executionModule = 'vm:execution';

/** What guest code can import: worktree modules, found by the host, and modules of ours. */
export class Imports {
  readonly graph: ModuleGraph;
  #execution = { identity: executionModule, text: executionText({}, {}) };

  constructor(
    private readonly calls: HostCalls,
    native: NativeModules,
    sources: Sources,
  ) {
    this.graph = new ModuleGraph(
      (request) => this.#lookUp(request),
      (specifier, importer) =>
        specifier === executionModule ? this.#execution : native.find(specifier, importer),
      sources,
    );
  }

  /** Makes `vm:execution` tell of this run from now on. */
  beginRun(run: number, args: JsonObject, env: JsonObject): void {
    this.#execution = { identity: `${executionModule}?run=${run}`, text: executionText(args, env) };
  }

  #lookUp(request: ModuleRequest): Lookup {
    const reply = this.calls.call('readModule', request);
    if (reply === undefined) {
      return {
        error: { name: 'Error', message: 'The import was given up, as its execution is being stopped' },
      };
    }
    return reply.ok ? { source: reply.value as ModuleSource } : { error: reply.error };
  }
}

const executionText = (args: JsonObject, env: JsonObject): string =>
  `export const args = ${literal(JSON.stringify(args))}, env = ${literal(JSON.stringify(env))};`;
