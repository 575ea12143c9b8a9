/** The `fs` module: files and folders of the worktree that a capability names. */
import { z } from 'zod';
import type { CallContext, HostServices } from '../../host-services.js';
import { parseGuestPath } from '../guest-path.js';
import { FileAccess, type FilePlace } from './access.js';
import { appendFile, copyFile, readFile, writeFile } from './content.js';
import { asFileError } from './errors.js';
import { makeFolder, readFolder } from './folders.js';
import { moveEntry, removeEntry } from './entries.js';
import { statusAt } from './status.js';

const Path = z.strictObject({ path: z.string() });
const Read = Path.extend({ as: z.enum(['text', 'bytes']) });
const Status = Path.extend({ lastLink: z.enum(['follow', 'keep']) });
const Folder = Path.extend({ recursive: z.boolean() });
const Removal = Folder.extend({ force: z.boolean() });
const Two = z.strictObject({ from: z.string(), to: z.string() });

/** Services that take paths as guest code writes them, and whose errors are those of the system. */
export function fileServices(place: FilePlace): HostServices {
  const access = new FileAccess(place);
  /** @param call the system's name of what is done, for errors */
  const service =
    <T extends { path: string }>(
      call: string,
      schema: z.ZodType<T>,
      work: (payload: T, context: CallContext) => Promise<unknown>,
    ): HostServices[string] =>
    async (payload, context) => {
      const parsed = schema.parse(payload);
      try {
        return (await work({ ...parsed, path: parseGuestPath(parsed.path) }, context)) ?? null;
      } catch (error) {
        throw asFileError(error, call, parsed.path);
      }
    };
  /** As `service`, for what has two ends. */
  const serviceOfTwo =
    (
      call: string,
      work: (from: string, to: string, context: CallContext) => Promise<void>,
    ): HostServices[string] =>
    async (payload, context) => {
      const { from, to } = Two.parse(payload);
      try {
        await work(parseGuestPath(from), parseGuestPath(to), context);
        return null;
      } catch (error) {
        throw asFileError(error, call, from, to);
      }
    };
  return {
    'fs.readFile': service('open', Read, ({ path, as }) => readFile(access, path, as)),
    'fs.writeFile': service('open', Path, ({ path }, { data }) => writeFile(access, path, contentOf(data))),
    'fs.appendFile': service('open', Path, ({ path }, { data }) => appendFile(access, path, contentOf(data))),
    'fs.copyFile': serviceOfTwo('copyfile', (from, to, { signal }) => copyFile(access, from, to, signal)),
    'fs.stat': service('stat', Status, ({ path, lastLink }) => statusAt(access, path, lastLink)),
    'fs.readdir': service('scandir', Path, ({ path }) => readFolder(access, path)),
    'fs.mkdir': service('mkdir', Folder, ({ path, recursive }) => makeFolder(access, path, { recursive })),
    'fs.rm': service('rm', Removal, ({ path, recursive, force }, { signal }) =>
      removeEntry(access, path, { recursive, force }, signal),
    ),
    'fs.rename': serviceOfTwo('rename', (from, to, { signal }) => moveEntry(access, from, to, signal)),
  };
}

function contentOf(data: Uint8Array | undefined): Uint8Array {
  return data ?? new Uint8Array();
}
