/** What the native modules of one session call. Each call is judged here, whatever the guest's side says. */
import type { Capability } from '../../../../shared/models.js';
import type { RuntimeSpec } from '../../../core/ports.js';
import type { RuntimeLog } from '../../runtime-log.js';
import type { HostServices } from '../host-services.js';
import { SessionDatabase } from './databases.js';
import { environmentServices } from './environment.js';
import { Fetches } from './fetch.js';
import { fileServices } from './files/index.js';
import { Grants } from './grants.js';
import { Programs } from './programs.js';

export interface NativeAssets {
  /** The database thread's bundle. */
  readonly databaseWorker: URL;
  /** Path of sql.js's WebAssembly code. */
  readonly databaseWasm: string;
}

const moduleNames = ['fs', 'exec', 'database', 'fetch'] as const;

/** One session's programs, databases and access to files. */
export class NativeServices {
  readonly services: HostServices;
  readonly #grants: Grants;
  readonly #programs: Programs;
  readonly #database: SessionDatabase;

  /** @param hostFiles real paths of the host's own files */
  constructor(
    { root, capabilities }: RuntimeSpec,
    assets: NativeAssets,
    hostFiles: readonly string[],
    log: RuntimeLog,
  ) {
    this.#grants = new Grants(capabilities);
    const programs = capabilities.filter(({ kind }) => kind === 'exec').map(({ name }) => name);
    this.#programs = new Programs(root, this.#grants, programs, log);
    const place = { root, grants: this.#grants, hostFiles };
    this.#database = new SessionDatabase(assets.databaseWorker, assets.databaseWasm, place);
    this.services = {
      ...this.#granted(fileServices(place)),
      ...this.#granted(this.#programs.services),
      ...this.#granted(this.#database.services),
      ...this.#granted(new Fetches(this.#grants).services),
      ...environmentServices(this.#grants),
    };
  }

  /** The modules that may be imported. */
  get modules(): string[] {
    return moduleNames.filter((name) => this.#grants.allowsModule(name));
  }

  /** The globals that are granted. */
  get globals(): string[] {
    return this.#grants.globals();
  }

  /**
   * Takes away what these capabilities do not allow, and ends programs that run without leave.
   *
   * @returns the modules that may be imported still
   */
  narrow(capabilities: readonly Capability[]): string[] {
    this.#grants.replace(capabilities);
    this.#programs.judgeAgain();
    return this.modules;
  }

  /** Ends the call that is under way. */
  stop(): void {
    this.#database.stop();
  }

  /** Ends everything, with the session. */
  async dispose(): Promise<void> {
    await Promise.all([this.#programs.dispose(), this.#database.dispose()]);
  }

  /** Operations are named `module.function`; those of modules that are not granted are refused at each call. */
  #granted(services: HostServices): HostServices {
    const entries = Object.entries(services).map(([operation, service]) => {
      const module = operation.slice(0, operation.indexOf('.'));
      const judged: HostServices[string] = async (payload, context) => {
        this.#grants.requireModule(module);
        return service(payload, context);
      };
      return [operation, judged] as const;
    });
    return Object.fromEntries(entries);
  }
}
