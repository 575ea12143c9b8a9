/** The runtime's public face: live guests on threads of their own, and the files of worktrees. */
import type {
  HeapImage,
  LiveRuntime,
  RestoredState,
  Runtime,
  RuntimeObserver,
  RuntimeSpec,
  WorktreeFiles,
} from '../core/ports.js';
import type { RuntimeAssets } from './engine-assets.js';
import { readLibraries } from './library-texts.js';
import type { GuestOrigin, LibrarySource, Resumption } from './messages.js';
import { namedModules } from './module-list.js';
import type { RuntimeLog } from './runtime-log.js';
import { CallServer, type HostServices } from './services/host-services.js';
import { ModuleSources } from './services/modules/index.js';
import { SourceCache } from './services/modules/source-cache.js';
import { type NativeAssets, NativeServices } from './services/native/index.js';
import { listSpecifiers } from './services/specifiers.js';
import { TypeScript } from './services/typescript.js';
import { createWorktreeFiles } from './services/worktree-files.js';
import { SessionGuest } from './session-guest.js';
import { SessionThread, type ThreadObserver } from './session-thread.js';
import { TemplateImages } from './template-images.js';
import { ThreadPool } from './thread-pool.js';
import { Watchdog } from './watchdog.js';

export { createWorktreeFiles } from './services/worktree-files.js';

export interface RuntimeOptions {
  readonly assets: RuntimeAssets & NativeAssets;
  readonly log: RuntimeLog;
  /** Real paths of the host's own files: no grant reaches them, nor the files beside them that begin with their names. */
  readonly ownFiles?: readonly string[] | undefined;
}

/** Starts no session, but has a thread ready for the first one. Whoever makes it closes it. */
export function createRuntime({ assets, log, ownFiles = [] }: RuntimeOptions): Runtime {
  return new ThreadRuntime(assets, log, ownFiles);
}

/** A guest that is made of an image. */
interface ResumedGuest {
  readonly image: HeapImage;
  readonly executionId?: string | undefined;
  readonly native: NativeServices;
  readonly libraries: readonly LibrarySource[];
  readonly reason: Resumption['reason'];
}

/** A library that is in an image already: its first line tells what it exports. */
function withoutText(library: LibrarySource): LibrarySource {
  return { ...library, text: library.text.slice(0, library.text.indexOf('\n') + 1) };
}

class ThreadRuntime implements Runtime {
  readonly #pool: ThreadPool;
  readonly #watchdog = new Watchdog();
  readonly #typescript: TypeScript;
  readonly #files: WorktreeFiles = createWorktreeFiles();
  readonly #sourceCache = new SourceCache();
  readonly #guests = new Set<SessionGuest>();
  readonly #templates = new TemplateImages();

  constructor(
    private readonly assets: RuntimeAssets & NativeAssets,
    private readonly log: RuntimeLog,
    private readonly ownFiles: readonly string[],
  ) {
    this.#pool = new ThreadPool(assets, log);
    this.#typescript = new TypeScript(assets.typescriptWorker, log);
  }

  /** @throws `STARTUP_FAILED`: a library threw, or its file is not the catalogue's */
  async open(spec: RuntimeSpec, observer: RuntimeObserver): Promise<LiveRuntime> {
    const libraries = await readLibraries(this.assets.librariesFolder, spec.libraries);
    const native = new NativeServices(spec, this.assets, this.ownFiles, this.log);
    const key = this.#templates.keyOf(spec, native.globals, libraries);
    const image = this.#templates.get(key);
    if (image !== undefined)
      return this.#resume(spec, { image, native, libraries, reason: 'new-session' }, observer);
    const guest = await this.#guest(spec, observer, native, { kind: 'new', libraries });
    try {
      this.#templates.set(key, await guest.image());
    } catch (error) {
      // Its thread was lost, with nothing to go on from.
      await guest.close();
      throw error;
    }
    return guest;
  }

  async restore(spec: RuntimeSpec, state: RestoredState, observer: RuntimeObserver): Promise<LiveRuntime> {
    if (state.image.build !== (await this.build()))
      throw new Error('An image of another build was to be restored');
    const libraries = await readLibraries(this.assets.librariesFolder, spec.libraries);
    const native = new NativeServices(spec, this.assets, this.ownFiles, this.log);
    const reason = state.as === 'another-session' ? 'new-session' : 'wake';
    return this.#resume(spec, { ...state, native, libraries, reason }, observer);
  }

  async build(): Promise<string> {
    return (await this.#pool.parts).build.id;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#guests].map((guest) => guest.close()));
    await Promise.all([this.#pool.close(), this.#typescript.close()]);
  }

  #resume(
    spec: RuntimeSpec,
    { image, executionId, native, libraries, reason }: ResumedGuest,
    observer: RuntimeObserver,
  ): Promise<SessionGuest> {
    const origin: GuestOrigin = {
      kind: 'image',
      image,
      executionId,
      libraries: libraries.map(withoutText),
      resumption: { reason },
    };
    return this.#guest(spec, observer, native, origin);
  }

  async #guest(
    spec: RuntimeSpec,
    observer: RuntimeObserver,
    native: NativeServices,
    origin: GuestOrigin,
  ): Promise<SessionGuest> {
    const guest = new SessionGuest(observer, {
      libraries: origin.libraries.map(withoutText),
      start: (from, threadObserver) => this.#start(spec, native, from, threadObserver),
      narrow: (capabilities) => native.narrow(capabilities),
      log: this.log,
      onEnded: () => {
        this.#guests.delete(guest);
        native
          .dispose()
          .catch((error: unknown) => this.log.error('What a session had running did not end', error));
      },
    });
    this.#guests.add(guest);
    try {
      await guest.open(origin);
    } catch (error) {
      await guest.close();
      throw error;
    }
    return guest;
  }

  async #start(
    spec: RuntimeSpec,
    native: NativeServices,
    origin: GuestOrigin,
    observer: ThreadObserver,
  ): Promise<SessionThread> {
    const thread = await this.#pool.take();
    const services = { ...native.services, ...this.#servicesOf(spec) };
    const calls = new CallServer(thread.calls, thread.control, services, this.log);
    const { root, settings, libraries } = spec;
    const named = () => namedModules(native.modules, libraries);
    const session = new SessionThread(thread, spec, observer, {
      pool: this.#pool,
      typescript: this.#typescript,
      watchdog: this.#watchdog,
      log: this.log,
      services: native.services,
      specifiers: (typed, folder) =>
        listSpecifiers({ root, resolver: settings.resolver, named }, typed, folder),
      modules: () => native.modules,
      onStop: () => {
        calls.abort();
        native.stop();
      },
      onEnded: () => calls.abort(),
    });
    await session.open(origin, native);
    return session;
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
