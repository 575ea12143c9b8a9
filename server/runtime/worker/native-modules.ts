/** The code of the native modules: thin functions over calls of the host, which judges and does them. */
import type { GuestKernel } from './guest-kernel.js';

/** Where the native modules get their call from. No other code can import it. */
const callModule = 'vm:native';

const texts: Readonly<Record<string, string>> = {
  fs: `import { call } from '${callModule}';
export function readFileSync(path) { return call('fs.readFile', { path: \`\${path}\` }); }
export function writeFileSync(path, data) { call('fs.writeFile', { path: \`\${path}\`, text: \`\${data}\` }); }
export default { readFileSync, writeFileSync };`,
  exec: `import { call } from '${callModule}';
export function run(program, args = []) { return call('exec.run', { program, args }); }
export default { run };`,
  database: `import { call } from '${callModule}';
export function query(sql, ...params) { return call('database.query', { sql, params: params.flat() }); }
export function exec(sql, ...params) { return call('database.exec', { sql, params: params.flat() }); }
export function close() { call('database.close', {}); }
export default { query, exec, close };`,
};

/** A module of ours, as the module graph takes it. */
export interface BuiltIn {
  readonly identity: string;
  readonly text: string;
}

/** The native modules of one session. */
export class NativeModules {
  #granted: ReadonlySet<string> = new Set();

  /**
   * Makes these importable.
   *
   * @param names of modules that the session's template grants
   */
  grant(names: readonly string[], kernel: GuestKernel): void {
    this.#granted = new Set(names);
    if (names.length > 0) kernel.publishCall(callModule);
  }

  /** @param importer identity of the module that imports, or a cell's name */
  find(specifier: string, importer: string): BuiltIn | undefined {
    if (specifier === callModule && importer.startsWith('vm:module/'))
      return { identity: callModule, text: '' };
    const text = this.#granted.has(specifier) ? texts[specifier] : undefined;
    return text === undefined ? undefined : { identity: `vm:module/${specifier}`, text };
  }
}
