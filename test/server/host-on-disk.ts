import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { type HostInProcess, startHostInProcess } from '../support/host-in-process.js';
import { useTempFolder } from '../support/temp-folder.js';
import { FaultyIo } from './store/support.js';

/** A new host for each test, on a disk whose calls are counted and can be made to fail. */
export function useHostOnDisk(): { readonly client: HostInProcess['client']; readonly disk: FaultyIo } {
  const folder = useTempFolder();
  const disk = new FaultyIo();
  let host: HostInProcess | undefined;
  beforeEach(async () => {
    const worktree = path.join(folder(), 'worktree');
    mkdirSync(worktree);
    host = await startHostInProcess({ worktree, database: path.join(folder(), 'vm.db'), io: disk.io });
  });
  afterEach(async () => {
    disk.heal();
    await host?.dispose();
  });
  return {
    disk,
    get client() {
      if (host === undefined) throw new Error('The host is there once the tests run');
      return host.client;
    },
  };
}
