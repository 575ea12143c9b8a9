import type { JsonObject } from '../../../shared/models.js';
import { isWrapper, pathOf } from '../module-names.js';
import type { HostCallError } from '../messages.js';
import type { ModuleAnswer, ModuleRequests } from '../services/modules/module-request.js';
import { commonJsModule } from './commonjs-text.js';
import type { HostCalls } from './host-calls.js';
import type { Libraries } from './libraries.js';
import { ModuleGraph, type SavedGraph } from './module-graph.js';
import { ModuleLookups } from './module-lookups.js';
import { literal, metaModule } from './module-text.js';
import type { BuiltIn, NativeModules } from './native-modules.js';
import type { Sources } from './sources.js';

/** The module that tells code what its execution was given. */
const executionModule = 'vm:execution';

export interface SavedImports {
  readonly execution: BuiltIn;
  readonly graph: SavedGraph;
}

/** What guest code can import: worktree modules, found by the host, and modules of ours. */
export class Imports {
  readonly graph: ModuleGraph;
  readonly #lookups: ModuleLookups;
  #execution: BuiltIn = { identity: executionModule, text: executionText({}, {}) };

  /** @param onRefusal hears of each import that was not allowed */
  constructor(
    private readonly calls: HostCalls,
    private readonly native: NativeModules,
    private readonly libraries: Libraries,
    sources: Sources,
    onRefusal: (error: HostCallError) => void,
  ) {
    this.#lookups = new ModuleLookups(
      (requests) => this.#ask(requests),
      (specifier) => this.#builtIn(specifier, '') !== undefined,
    );
    this.graph = new ModuleGraph(
      {
        lookUp: (request) => this.#lookups.find(request),
        builtIn: (specifier, importer) => this.#builtIn(specifier, importer),
        onRefusal,
      },
      sources,
    );
  }

  /** Forgets what was read: guest code enters anew, and the disk may have changed. */
  beginTurn(): void {
    this.#lookups.beginTurn();
    this.graph.beginTurn();
  }

  /** Makes `vm:execution` tell of this run from now on. */
  beginRun(run: number, args: JsonObject, env: JsonObject): void {
    this.#execution = { identity: `${executionModule}?run=${run}`, text: executionText(args, env) };
  }

  save(): SavedImports {
    return { execution: this.#execution, graph: this.graph.save() };
  }

  restore({ execution, graph }: SavedImports): void {
    this.#execution = execution;
    this.graph.restore(graph);
  }

  #builtIn(specifier: string, importer: string): BuiltIn | undefined {
    if (specifier === executionModule) return this.#execution;
    // The engine has them: their texts are never read.
    if (specifier === commonJsModule && isWrapper(importer)) return { identity: commonJsModule, text: '' };
    if (specifier === metaModule && pathOf(importer) !== undefined) return { identity: metaModule, text: '' };
    return this.native.find(specifier, importer) ?? this.libraries.find(specifier, importer);
  }

  #ask(requests: ModuleRequests): readonly ModuleAnswer[] | undefined {
    const reply = this.calls.call('readModules', requests);
    if (reply === undefined) return undefined;
    if (reply.ok) return reply.value as readonly ModuleAnswer[];
    const { error } = reply;
    return requests.requests.map(() => ({ error }));
  }
}

const executionText = (args: JsonObject, env: JsonObject): string =>
  `export const args = ${literal(JSON.stringify(args))}, env = ${literal(JSON.stringify(env))};`;
