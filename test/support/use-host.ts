import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { defaultKeyPath } from '../../server/store/index.js';
import type { InitializationOptions } from '../../shared/protocol.js';
import type { TestClient } from './client.js';
import { type HostProcess, spawnHost } from './host-process.js';

/** A worktree and a data folder of a test's own, with hosts on them. */
export class Workbench {
  readonly folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'vm-system-test-')));
  readonly worktree = path.join(this.folder, 'worktree');
  readonly database = path.join(this.folder, 'data', 'vm.db');
  /** What its hosts have in their environment: a data folder of this workbench's own. */
  readonly env = { XDG_DATA_HOME: path.join(this.folder, 'data-home') };
  readonly #hosts = new Set<HostProcess>();

  constructor() {
    mkdirSync(this.worktree);
  }

  /** Path of the key that the hosts use. Where the system knows no XDG_DATA_HOME, it is the user's own. */
  get keyFile(): string {
    return process.platform === 'linux'
      ? path.join(this.env.XDG_DATA_HOME, 'vm-system', 'key')
      : defaultKeyPath();
  }

  /** Writes a file of the worktree. @returns its absolute path */
  write(name: string, content: string | Uint8Array): string {
    const file = path.join(this.worktree, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  }

  /** Starts a host on this worktree and database and initializes it. */
  async start(options: InitializationOptions = {}, args: readonly string[] = []): Promise<HostProcess> {
    const host = this.spawn(args);
    await host.client.initialize(options);
    return host;
  }

  /** Starts a host on this worktree and database. */
  spawn(args: readonly string[] = []): HostProcess {
    const host = spawnHost(['--worktree', this.worktree, '--db', this.database, ...args], { env: this.env });
    this.#hosts.add(host);
    void host.ended.then(() => this.#hosts.delete(host));
    return host;
  }

  /** Ends every host that still runs and removes the folders. */
  async dispose(): Promise<void> {
    await Promise.all(
      [...this.#hosts].map(async (host) => {
        host.child.stdin.end();
        await host.ended;
      }),
    );
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A workbench with one initialized host for the tests of a `describe`. */
export function useHost(): { readonly bench: Workbench; readonly client: TestClient } {
  let bench: Workbench | undefined;
  let host: HostProcess | undefined;
  before(async () => {
    bench = new Workbench();
    host = await bench.start();
  });
  after(async () => bench?.dispose());
  const ready = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('The host is there once the tests run');
    return value;
  };
  return {
    get bench() {
      return ready(bench);
    },
    get client() {
      return ready(host).client;
    },
  };
}
