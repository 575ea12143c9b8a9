/** The functions of `fs` that wait. */
import { call } from 'vm:native';
import { calls, type FileCall } from './calls.js';

const sync = <Args extends unknown[], Result>(
  name: string,
  callOf: (...args: Args) => FileCall<Result>,
): ((...args: Args) => Result) =>
  // A computed key gives the function its name.
  ({
    [name]: (...args: Args): Result => {
      const { operation, payload, data, result } = callOf(...args);
      return result(call(operation, payload, data));
    },
  })[name] as (...args: Args) => Result;

export const readFileSync = sync('readFileSync', calls.readFile);
export const writeFileSync = sync('writeFileSync', calls.writeFile);
export const appendFileSync = sync('appendFileSync', calls.appendFile);
export const copyFileSync = sync('copyFileSync', calls.copyFile);
export const renameSync = sync('renameSync', calls.rename);
export const statSync = sync('statSync', calls.stat);
export const lstatSync = sync('lstatSync', calls.lstat);
export const readdirSync = sync('readdirSync', calls.readdir);
export const mkdirSync = sync('mkdirSync', calls.mkdir);
export const rmSync = sync('rmSync', calls.rm);

/** Whether there is something that the session may read. Never throws. */
export function existsSync(path: unknown): boolean {
  try {
    statSync(path);
    return true;
  } catch {
    return false;
  }
}
