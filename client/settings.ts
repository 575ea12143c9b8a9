/** The extension's settings, typed by their names. */
import { workspace, type WorkspaceFolder } from 'vscode';
import type { Limits, Session } from '../shared/models.js';
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
