/**
 * What specifiers mean on disk now. All that is imported during one turn sees the same state of the disk. As a question
 * to the main thread takes longer than reading a file, what a module imports is asked for together, ahead of time.
 */
import type { HostCallError } from '../messages.js';
import { folderOf } from '../module-names.js';
import {
  maxRequests,
  type ModuleAnswer,
  type ModuleRequest,
  type ModuleRequests,
  type ModuleSource,
} from '../services/modules/module-request.js';
import { type LexedModule, lexModule } from './source/module-kind.js';

/** A file as it is on disk now. */
export interface FoundModule {
  readonly source: ModuleSource;
  readonly lexed: LexedModule;
}

export type Lookup = FoundModule | { readonly error: HostCallError };

/** Most modules that are read ahead in one turn. The rest is asked for one by one. */
const maxAhead = 5000;

const givenUp: Lookup = {
  error: { name: 'Error', message: 'The import was given up, as its execution is being stopped' },
};

export class ModuleLookups {
  #turn = 0;
  #ahead = 0;
  readonly #found = new Map<string, Lookup & { importer: string }>();
  /** By path. Only a cache: what a text asks for does not change. */
  readonly #lexed = new Map<string, { readonly hash: string; readonly lexed: LexedModule }>();

  /**
   * @param ask has the main thread find and read modules; undefined when the guest is being stopped
   * @param isOurs whether a specifier names a module that is no file
   */
  constructor(
    private readonly ask: (requests: ModuleRequests) => readonly ModuleAnswer[] | undefined,
    private readonly isOurs: (specifier: string) => boolean,
  ) {}

  /** Forgets what was read: guest code enters anew, and the disk may have changed. */
  beginTurn(): void {
    this.#turn++;
    this.#ahead = 0;
    this.#found.clear();
  }

  find(request: ModuleRequest): Lookup {
    const known = this.#found.get(keyOf(request));
    // Errors name the importer.
    if (known !== undefined && (!('error' in known) || known.importer === request.importer)) return known;
    this.#found.delete(keyOf(request));
    this.#read([request]);
    return this.#found.get(keyOf(request)) ?? givenUp;
  }

  /** Reads modules, then what they ask for, and so on. */
  #read(requests: readonly ModuleRequest[]): void {
    let wanted = [...requests];
    while (wanted.length > 0) {
      const batch = wanted.slice(0, maxRequests);
      const answers = this.ask({ turn: this.#turn, requests: batch });
      if (answers === undefined) return;
      const next = new Map<string, ModuleRequest>();
      for (const [index, request] of batch.entries()) {
        const answer = answers[index];
        if (answer === undefined) continue;
        const lookup = 'error' in answer ? answer : this.#lex(answer.source);
        this.#found.set(keyOf(request), { ...lookup, importer: request.importer });
        if ('source' in lookup) for (const each of this.#unknown(lookup)) next.set(keyOf(each), each);
      }
      const ahead = [...wanted.slice(maxRequests), ...next.values()];
      wanted = ahead.slice(0, Math.max(0, maxAhead - this.#ahead));
      this.#ahead += wanted.length;
    }
  }

  #lex(source: ModuleSource): FoundModule {
    const { path, hash } = source;
    const known = this.#lexed.get(path);
    if (known?.hash === hash) return { source, lexed: known.lexed };
    const lexed = lexModule(source);
    this.#lexed.set(path, { hash, lexed });
    return { source, lexed };
  }

  #unknown({ source: { path }, lexed }: FoundModule): ModuleRequest[] {
    return requestsOf(path, lexed).filter(
      (request) => !this.isOurs(request.specifier) && !this.#found.has(keyOf(request)),
    );
  }
}

/** What a module asks for, as requests. */
export function requestsOf(path: string, { requests }: LexedModule): ModuleRequest[] {
  const folder = folderOf(path);
  return requests.map((request) => ({ ...request, folder, importer: path }));
}

const keyOf = ({ kind, folder, specifier }: ModuleRequest): string => `${kind}\0${folder}\0${specifier}`;
