/**
 * The states of an editor that tests need and cannot make from inside, because each is another window. A test file
 * says by its name which one it runs in: `views.test.ts` in the first, `run.untrusted.test.ts` in the one of that name.
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { repository } from '../tools/paths.js';

export type ScenarioName = 'workspace' | 'untrusted' | 'no-folder' | 'multi-root';

export interface Scenario {
  readonly name: ScenarioName;
  /** What the window shows: the fixture workspace, that and a second folder, or nothing. */
  readonly opens: 'folder' | 'two-folders' | 'nothing';
  /** Whether the user trusts what is open. */
  readonly trust: 'trusted' | 'untrusted';
}

const scenarios: readonly Scenario[] = [
  { name: 'workspace', opens: 'folder', trust: 'trusted' },
  { name: 'untrusted', opens: 'folder', trust: 'untrusted' },
  { name: 'no-folder', opens: 'nothing', trust: 'trusted' },
  { name: 'multi-root', opens: 'two-folders', trust: 'trusted' },
];

export interface PlannedScenario {
  readonly scenario: Scenario;
  /** Absolute paths, sorted; at least one. */
  readonly testFiles: readonly string[];
}

const suiteFolder = path.join(repository, 'test', 'editor', 'suite');

/**
 * @returns the scenarios that have tests, each with its files
 * @throws Error when a file names a scenario that does not exist, or when there is no test at all
 */
export async function plannedScenarios(): Promise<PlannedScenario[]> {
  const files = (await readdir(suiteFolder)).filter((name) => name.endsWith('.test.ts')).sort();
  const known = new Set<string>(scenarios.map(({ name }) => name));
  for (const file of files) {
    if (!known.has(scenarioOf(file))) throw new Error(`${file} names a scenario that does not exist.`);
  }
  const planned = scenarios
    .map((scenario) => ({
      scenario,
      testFiles: files
        .filter((file) => scenarioOf(file) === scenario.name)
        .map((file) => path.join(suiteFolder, file)),
    }))
    .filter(({ testFiles }) => testFiles.length > 0);
  if (planned.length === 0) throw new Error(`There is no test in ${suiteFolder}.`);
  return planned;
}

function scenarioOf(file: string): string {
  const [, scenario] = /\.([a-z-]+)\.test\.ts$/.exec(file) ?? [];
  return scenario ?? 'workspace';
}
