/** The functions of `fs` that return a promise. */
import { start } from 'vm:native';
import { calls, type FileCall } from './calls.js';

const promised = <Args extends unknown[], Result>(
  name: string,
  callOf: (...args: Args) => FileCall<Result>,
): ((...args: Args) => Promise<Result>) =>
  // A computed key gives the function its name.
  ({
    [name]: async (...args: Args): Promise<Result> => {
      if (typeof args.at(-1) === 'function')
        throw new TypeError(`${name} takes no callback: it returns a promise`);
      const { operation, payload, data, result } = callOf(...args);
      return result(await start(operation, payload, data).promise);
    },
  })[name] as (...args: Args) => Promise<Result>;

export const readFile = promised('readFile', calls.readFile);
export const writeFile = promised('writeFile', calls.writeFile);
export const appendFile = promised('appendFile', calls.appendFile);
export const copyFile = promised('copyFile', calls.copyFile);
export const rename = promised('rename', calls.rename);
export const stat = promised('stat', calls.stat);
export const lstat = promised('lstat', calls.lstat);
export const readdir = promised('readdir', calls.readdir);
export const mkdir = promised('mkdir', calls.mkdir);
export const rm = promised('rm', calls.rm);

/** Whether there is something that the session may read. Never rejects. */
export async function exists(path: unknown): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
