import { globalsModule } from './granted-globals.js';
import { nativeModules, type NativeModuleTexts } from '../native-module-list.js';

/** Where the native modules get their way to the host from. No other code can import it. */
export const nativeCallModule = 'vm:native';

/** A module of ours, as the module graph takes it. */
export interface BuiltIn {
  readonly identity: string;
  readonly text: string;
}

/** The native modules of one session: thin code over calls of the host, which judges and does them. */
export class NativeModules {
  #granted: ReadonlySet<string> = new Set();

  /** @param texts by bundle */
  constructor(private readonly texts: NativeModuleTexts) {}

  /**
   * Makes these importable, and no others.
   *
   * @param names of modules that the session's template grants
   */
  grant(names: readonly string[]): void {
    this.#granted = new Set(names);
  }

  /** @param importer identity of the module that imports, or a cell's name */
  find(specifier: string, importer: string): BuiltIn | undefined {
    if (specifier === nativeCallModule && importer.startsWith('vm:module/'))
      return { identity: nativeCallModule, text: '' };
    const module = Object.hasOwn(nativeModules, specifier) ? nativeModules[specifier] : undefined;
    if (module === undefined) return undefined;
    const isGranted = module.grant === undefined || this.#granted.has(module.grant);
    if (!isGranted && importer !== globalsModule) return undefined;
    const text = this.texts[module.bundle];
    return text === undefined ? undefined : { identity: `vm:module/${specifier}`, text };
  }
}
