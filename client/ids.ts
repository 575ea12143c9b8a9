/**
 * Every name that the code and package.json share. A test compares the two, so that neither can have one the other
 * lacks.
 */
export const commands = {
  runFile: 'vmSystem.runFile',
  newSession: 'vmSystem.newSession',
  useSession: 'vmSystem.useSession',
  closeSession: 'vmSystem.closeSession',
  deleteSession: 'vmSystem.deleteSession',
  restartSession: 'vmSystem.restartSession',
  saveCheckpoint: 'vmSystem.saveCheckpoint',
  goBack: 'vmSystem.goBack',
  forkSession: 'vmSystem.forkSession',
  goBackToThis: 'vmSystem.goBackToThis',
  forkFromThis: 'vmSystem.forkFromThis',
  labelCheckpoint: 'vmSystem.labelCheckpoint',
  deleteCheckpoint: 'vmSystem.deleteCheckpoint',
  wakeSession: 'vmSystem.wakeSession',
  interrupt: 'vmSystem.interrupt',
  cancelExecution: 'vmSystem.cancelExecution',
  showExecution: 'vmSystem.showExecution',
  showExecutions: 'vmSystem.showExecutions',
  showAllExecutions: 'vmSystem.showAllExecutions',
  open: 'vmSystem.open',
  loadMore: 'vmSystem.loadMore',
  refresh: 'vmSystem.refresh',
  newRepl: 'vmSystem.newRepl',
  restartHost: 'vmSystem.restartHost',
  showLog: 'vmSystem.showLog',
  showOutput: 'vmSystem.showOutput',
} as const;
export type CommandId = (typeof commands)[keyof typeof commands];

export const viewContainer = 'vmSystem';

export const views = {
  templates: 'vmSystem.templates',
  sessions: 'vmSystem.sessions',
  executions: 'vmSystem.executions',
} as const;

/** The first part of every setting's name. */
export const configurationSection = 'vmSystem';

/** Settings, without the section, and what they hold. */
export interface Settings {
  /** Path of the database file; empty: each folder has its own. */
  database: string;
  /** Milliseconds; null: as the session's template says. */
  'limits.cpuMs': number | null;
  'limits.wallMs': number | null;
  'output.reveal': 'always' | 'onError' | 'never';
  /** 0: never. */
  'hibernation.idleMinutes': number;
  /** 0: no limit. */
  'hibernation.memoryMb': number;
  'checkpoints.diskMb': number;
}
export type SettingName = keyof Settings;
export const settingNames: readonly SettingName[] = [
  'database',
  'limits.cpuMs',
  'limits.wallMs',
  'output.reveal',
  'hibernation.idleMinutes',
  'hibernation.memoryMb',
  'checkpoints.diskMb',
];

/** Context keys that `when` clauses of package.json read. */
export const contextKeys = {
  /** A {@link HostStateName}: of the hosts of this window, the one that most needs to be seen. */
  hostState: 'vmSystem.hostState',
  /** The Executions view shows one session's only. */
  executionsFiltered: 'vmSystem.executionsFiltered',
  /** The selected row of the Sessions view is a checkpoint. */
  checkpointSelected: 'vmSystem.checkpointSelected',
} as const;
export type HostStateName = 'stopped' | 'starting' | 'running' | 'failed';

/** What a row's `contextValue` says can be done with it; `when` clauses match it as a word. */
export const rowActions = {
  close: 'canClose',
  delete: 'canDelete',
  restart: 'canRestart',
  interrupt: 'canInterrupt',
  saveCheckpoint: 'canSaveCheckpoint',
  saveHere: 'canSaveHere',
  goBack: 'canGoBack',
  fork: 'canFork',
  goBackToThis: 'canGoBackToThis',
  forkThis: 'canForkThis',
  label: 'canLabel',
  deleteCheckpoint: 'canDeleteCheckpoint',
  showExecution: 'canShowExecution',
  wake: 'canWake',
  cancel: 'canCancel',
  use: 'canUse',
  createSession: 'canCreateSession',
  filter: 'canFilter',
} as const;
export type RowAction = (typeof rowActions)[keyof typeof rowActions];

/** The types of notebooks, by the language of their cells. */
export const notebookTypes = { javascript: 'vm-repl', typescript: 'vm-repl-typescript' } as const;
export type CellLanguage = keyof typeof notebookTypes;
export const cellLanguages: readonly CellLanguage[] = ['javascript', 'typescript'];

/** The language of a notebook's cells; undefined for a notebook that is not ours. */
export function cellLanguageOf(notebookType: string): CellLanguage | undefined {
  return cellLanguages.find((language) => notebookTypes[language] === notebookType);
}

/** Whether documents of a language can be run. */
export function isCellLanguage(languageId: string): languageId is CellLanguage {
  return cellLanguages.some((language) => language === languageId);
}

/** Scheme of the read-only documents that rows open. */
export const documentScheme = 'vm-system';
