/** The runtime's public face: live guests on threads of their own, and the files of worktrees. */
import type { LiveRuntime, Runtime, RuntimeObserver, RuntimeSpec, WorktreeFiles } from '../core/ports.js';
import type { RuntimeAssets } from './engine-assets.js';
import { readLibraries } from './library-texts.js';
import { namedModules } from './module-list.js';
import type { RuntimeLog } from './runtime-log.js';
import { CallServer, type HostServices } from './services/host-services.js';
import { ModuleSources } from './services/modules/index.js';
import { SourceCache } from './services/modules/source-cache.js';
import { type NativeAssets, NativeServices } from './services/native/index.js';
import { listSpecifiers } from './services/specifiers.js';
import { TypeScript } from './services/typescript.js';
import { createWorktreeFiles } from './services/worktree-files.js';
import { SessionThread } from './session-thread.js';
import { ThreadPool } from './thread-pool.js';
import { Watchdog } from './watchdog.js';

export { createWorktreeFiles } from './services/worktree-files.js';

export interface RuntimeOptions {
  readonly assets: RuntimeAssets & NativeAssets;
  readonly log: RuntimeLog;
  /** Real path of the host's database: no grant reaches it, nor the files beside it that begin with its name. */
  readonly database?: string | undefined;
}

/** Starts no session, but has a thread ready for the first one. Whoever makes it closes it. */
export function createRuntime({ assets, log, database }: RuntimeOptions): Runtime {
  return new ThreadRuntime(assets, log, database);
}

class ThreadRuntime implements Runtime {
  readonly #pool: ThreadPool;
  readonly #watchdog = new Watchdog();
  readonly #typescript: TypeScript;
  readonly #files: WorktreeFiles = createWorktreeFiles();
  readonly #sourceCache = new SourceCache();
  readonly #sessions = new Set<SessionThread>();

  constructor(
    private readonly assets: RuntimeAssets & NativeAssets,
    private readonly log: RuntimeLog,
    private readonly database: string | undefined,
  ) {
    this.#pool = new ThreadPool(assets, log);
    this.#typescript = new TypeScript(assets.typescriptWorker, log);
  }

  /** @throws `STARTUP_FAILED`: a library threw, or its file is not the catalogue's */
  async open(spec: RuntimeSpec, observer: RuntimeObserver): Promise<LiveRuntime> {
    const libraries = await readLibraries(this.assets.librariesFolder, spec.libraries);
    const thread = await this.#pool.take();
    const native = new NativeServices(spec, this.assets, this.database, this.log);
    const services = { ...native.services, ...this.#servicesOf(spec) };
    const calls = new CallServer(thread.calls, thread.control, services, this.log);
    const session = new SessionThread(thread, spec, observer, {
      pool: this.#pool,
      typescript: this.#typescript,
      watchdog: this.#watchdog,
      log: this.log,
      services: native.services,
      specifiers: (typed, folder) =>
        listSpecifiers(
          {
            root: spec.root,
            resolver: spec.settings.resolver,
            named: () => namedModules(native.modules, spec.libraries),
          },
          typed,
          folder,
        ),
      onStop: () => {
        calls.abort();
        native.stop();
      },
      onNarrow: (capabilities) => native.narrow(capabilities),
      onEnded: (ended) => {
        this.#sessions.delete(ended);
        calls.abort();
        native
          .dispose()
          .catch((error: unknown) => this.log.error('What a session had running did not end', error));
      },
    });
    this.#sessions.add(session);
    await session.open(libraries, native);
    return session;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => session.close()));
    await Promise.all([this.#pool.close(), this.#typescript.close()]);
  }

  #servicesOf({ root, settings }: RuntimeSpec): HostServices {
    const modules = new ModuleSources({
      files: this.#files,
      typescript: this.#typescript,
      cache: this.#sourceCache,
      root,
      resolver: settings.resolver,
    });
    return { readModules: (payload) => modules.read(payload) };
  }
}
