/** The extension's settings, typed by their names. */
import { workspace, type WorkspaceFolder } from 'vscode';
import type { Limits, Session } from '../shared/models.js';
import type { InitializationOptions } from '../shared/protocol.js';
import { UserError } from './errors.js';
import { configurationSection, type SettingName, type Settings } from './ids.js';

/** @param folder whose value is wanted, for settings that a folder may have */
export function setting<Name extends SettingName>(
  name: Name,
  folder?: WorkspaceFolder,
): Settings[Name] | undefined {
  return workspace.getConfiguration(configurationSection, folder).get<Settings[Name]>(name);
}

/** The database that the settings name; undefined when each folder has its own. */
export function databaseOf(folder: WorkspaceFolder): string | undefined {
  const path = setting('database')?.trim().replaceAll('${workspaceFolderBasename}', folder.name) ?? '';
  return path === '' ? undefined : path;
}

/**
 * What the settings let the sessions of a host take.
 *
 * @throws {@link UserError} naming the setting that has no such value
 */
export function hostBudgets(): Pick<InitializationOptions, 'hibernation' | 'checkpoints'> {
  const megabyte = 1024 * 1024;
  return {
    hibernation: {
      idleMs: amount('hibernation.idleMinutes', 1) * 60_000,
      memoryBytes: amount('hibernation.memoryMb', 16) * megabyte,
    },
    checkpoints: { diskBytes: amount('checkpoints.diskMb', 1) * megabyte },
  };
}

type BudgetSetting = 'hibernation.idleMinutes' | 'hibernation.memoryMb' | 'checkpoints.diskMb';
/** Which the manifest has, too: larger ones would not be whole numbers of bytes any more. */
const mostAmount = 1_000_000_000;

/** A whole number, 0 or at least `least`; what else the file of settings holds the editor marks, and gives out. */
function amount(name: BudgetSetting, least: number): number {
  const value: unknown = setting(name);
  const isWhole = typeof value === 'number' && Number.isInteger(value);
  if (isWhole && (value === 0 || (value >= least && value <= mostAmount))) return value;
  throw new UserError(
    `The setting ${configurationSection}.${name} must be 0, or a whole number of at least ${least}.`,
    { title: 'Open Settings', command: 'workbench.action.openSettings' },
  );
}

/** The limits that the settings lower for a run in this session; 0 in the session's own means that there is none. */
export function runLimits({ runtimeMeta }: Session): Partial<Limits> {
  const { cpuMs, wallMs } = runtimeMeta.limits;
  return {
    ...lowered('cpuMs', setting('limits.cpuMs'), cpuMs),
    ...lowered('wallMs', setting('limits.wallMs'), wallMs),
  };
}

function lowered(name: 'cpuMs' | 'wallMs', wanted: number | null | undefined, own: number): Partial<Limits> {
  if (wanted === null || wanted === undefined || wanted <= 0) return {};
  return own === 0 || wanted < own ? { [name]: wanted } : {};
}
