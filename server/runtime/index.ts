/** The runtime's public face: live guests on threads of their own, and the files of worktrees. */
import { z } from 'zod';
import type { LiveRuntime, Runtime, RuntimeObserver, RuntimeSpec, WorktreeFiles } from '../core/ports.js';
import { readLibraries, type RuntimeAssets } from './engine-assets.js';
import type { RuntimeLog } from './runtime-log.js';
import { serve, type HostServices } from './services/host-services.js';
import { readModule } from './services/module-sources.js';
import { type NativeAssets, NativeServices } from './services/native/index.js';
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

const ModuleRequest = z.strictObject({ specifier: z.string(), folder: z.string(), importer: z.string() });

class ThreadRuntime implements Runtime {
  readonly #pool: ThreadPool;
  readonly #watchdog = new Watchdog();
  readonly #typescript: TypeScript;
  readonly #files: WorktreeFiles = createWorktreeFiles();
  readonly #sessions = new Set<SessionThread>();

  constructor(
    private readonly assets: RuntimeAssets & NativeAssets,
    private readonly log: RuntimeLog,
    private readonly database: string | undefined,
  ) {
    this.#pool = new ThreadPool(assets, log);
    this.#typescript = new TypeScript(assets.typescriptWorker, log);
  }

  /** @throws `LIBRARY_NOT_FOUND`; `STARTUP_FAILED`: a library threw */
  async open(spec: RuntimeSpec, observer: RuntimeObserver): Promise<LiveRuntime> {
    const libraries = await readLibraries(this.assets, spec.libraries);
    const thread = await this.#pool.take();
    const native = new NativeServices(spec, this.assets, this.database);
    const session = new SessionThread(thread, spec, observer, {
      pool: this.#pool,
      typescript: this.#typescript,
      watchdog: this.#watchdog,
      log: this.log,
      onStop: () => native.stop(),
      onEnded: (ended) => {
        this.#sessions.delete(ended);
        native.dispose().catch((error: unknown) => this.log.error("A session's database did not end", error));
      },
    });
    this.#sessions.add(session);
    serve(thread.calls, thread.control, { ...native.services, ...this.#servicesOf(spec) }, this.log);
    await session.open(libraries, native.modules);
    return session;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => session.close()));
    await Promise.all([this.#pool.close(), this.#typescript.close()]);
  }

  #servicesOf({ root, settings }: RuntimeSpec): HostServices {
    return {
      readModule: (payload) =>
        readModule(
          { files: this.#files, typescript: this.#typescript, root, resolver: settings.resolver },
          ModuleRequest.parse(payload),
        ),
    };
  }
}
