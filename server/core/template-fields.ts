/** How a template's own fields begin, change and are judged. */
import { randomUUID } from 'node:crypto';
import { VmError } from '../../shared/errors.js';
import {
  engines,
  type Settings,
  type SettingsPatch,
  type StartupFile,
  type Template,
} from '../../shared/models.js';
import { now } from './context.js';

/** A template with nothing granted yet. */
export function newTemplate(
  fields: Pick<Template, 'name' | 'description' | 'engine' | 'settings'>,
): Template {
  const { name, description, engine, settings } = fields;
  const at = now();
  return {
    id: randomUUID(),
    name,
    description,
    engine,
    isActive: true,
    modules: [],
    libraries: [],
    settings,
    createdAt: at,
    updatedAt: at,
  };
}

/** @throws `ENGINE_UNSUPPORTED` */
export function requireEngine(name: string): Template['engine'] {
  const engine = engines.find((each) => each === name);
  if (engine === undefined) {
    throw new VmError(
      'ENGINE_UNSUPPORTED',
      `There is no engine ${name}; this host has ${engines.join(', ')}.`,
    );
  }
  return engine;
}

const startupModes: readonly string[] = ['eval', 'import'] satisfies StartupFile['mode'][];

/** @throws `STARTUP_MODE_UNSUPPORTED` */
export function requireStartupMode(mode: string): StartupFile['mode'] {
  const normal = mode.trim().toLowerCase();
  if (!startupModes.includes(normal)) {
    throw new VmError(
      'STARTUP_MODE_UNSUPPORTED',
      `Startup files run in mode ${startupModes.join(' or ')}, not ${JSON.stringify(mode)}.`,
      { requestedMode: mode, supportedModes: startupModes },
    );
  }
  return normal as StartupFile['mode'];
}

/** The settings with what the patch names. */
export function mergeSettings(settings: Settings, patch: SettingsPatch = {}): Settings {
  return {
    limits: { ...settings.limits, ...defined(patch.limits) },
    resolver: { ...settings.resolver, ...defined(patch.resolver) },
    runtime: { ...settings.runtime, ...defined(patch.runtime) },
  };
}

/** The fields that have a value: a patch that names none changes none. */
export function defined<T extends object>(
  fields: T | undefined,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields ?? {}).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
