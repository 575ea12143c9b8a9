/** What the native modules of one session call. Each call is judged here, whatever the guest's side says. */
import type { RuntimeSpec } from '../../../core/ports.js';
import type { HostServices } from '../host-services.js';
import { ServiceError } from '../service-error.js';
import { SessionDatabase } from './databases.js';
import { fileServices } from './files.js';
import { Grants } from './grants.js';
import { Programs } from './programs.js';

export interface NativeAssets {
  /** The database thread's bundle. */
  readonly databaseWorker: URL;
  /** Path of sql.js's WebAssembly code. */
  readonly databaseWasm: string;
}

const moduleNames = ['fs', 'exec', 'database'] as const;

/** One session's programs, database and access to files. */
export class NativeServices {
  readonly services: HostServices;
  readonly #grants: Grants;
  readonly #programs: Programs;
  readonly #database: SessionDatabase;

  /** @param hostDatabase real path of the host's own database, if it has one */
  constructor({ root, capabilities }: RuntimeSpec, assets: NativeAssets, hostDatabase: string | undefined) {
    this.#grants = new Grants(capabilities);
    this.#programs = new Programs(root, this.#grants);
    this.#database = new SessionDatabase(assets.databaseWorker, assets.databaseWasm);
    this.services = this.#granted({
      ...fileServices(root, this.#grants, hostDatabase),
      ...this.#programs.services,
      ...this.#database.services,
    });
  }

  /** The modules that may be imported. */
  get modules(): string[] {
    return moduleNames.filter((name) => this.#grants.allowsModule(name));
  }

  /** Ends the call that is under way. */
  stop(): void {
    this.#programs.stop();
    this.#database.stop();
  }

  /** Ends everything, with the session. */
  async dispose(): Promise<void> {
    this.stop();
    await this.#database.dispose();
  }

  /** Operations are named `module.function`; those of other modules are refused. */
  #granted(all: HostServices): HostServices {
    const entries = Object.entries(all).map(([operation, service]) => {
      const module = operation.slice(0, operation.indexOf('.'));
      return this.#grants.allowsModule(module)
        ? ([operation, service] as const)
        : ([operation, refuse(module)] as const);
    });
    return Object.fromEntries(entries);
  }
}

const refuse = (module: string) => () =>
  Promise.reject(new ServiceError('MODULE_NOT_ALLOWED', `The session has no module ${module}`));
