/** A module of ours that guest code imports: thin code in the guest over calls of the host, which judges and does them. */
export interface NativeModule {
  /** Name of the bundle of its code. */
  readonly bundle: string;
  /** The module of the catalogue that a template must grant for it; without one, every session has it. */
  readonly grant?: string;
}

/** By specifier. */
export const nativeModules: Readonly<Record<string, NativeModule>> = {
  fs: { bundle: 'fs', grant: 'fs' },
  'fs/promises': { bundle: 'fs-promises', grant: 'fs' },
  exec: { bundle: 'exec', grant: 'exec' },
  database: { bundle: 'database', grant: 'database' },
  fetch: { bundle: 'fetch', grant: 'fetch' },
  'vm:env': { bundle: 'env' },
};

/** JavaScript text of the native modules, by bundle. */
export type NativeModuleTexts = Readonly<Record<string, string>>;
