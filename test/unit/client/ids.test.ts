import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import {
  commands,
  configurationSection,
  contextKeys,
  notebookTypes,
  rowActions,
  settingNames,
  viewContainer,
  views,
} from '../../../client/ids.js';
import manifest from '../../../package.json' with { type: 'json' };
import strings from '../../../package.nls.json' with { type: 'json' };

const { contributes } = manifest;
const values = (record: Readonly<Record<string, string>>) => Object.values(record).sort();

/** Every `when` and `enablement` clause of the manifest. */
const clauses = [
  ...Object.values(contributes.menus)
    .flat()
    .flatMap((item) => ('when' in item ? [item.when] : [])),
  ...contributes.viewsWelcome.map(({ when }) => when),
  ...contributes.keybindings.map(({ when }) => when),
];
const named = (pattern: RegExp) => clauses.flatMap((clause) => clause.match(pattern) ?? []);

describe('package.json and client/ids.ts', () => {
  it('name the same commands', () => {
    assert.deepEqual(contributes.commands.map(({ command }) => command).sort(), values(commands));
  });

  it('name the same views, in one container that has its icon', () => {
    assert.deepEqual(Object.keys(contributes.views), [viewContainer]);
    assert.deepEqual(contributes.views.vmSystem.map(({ id }) => id).sort(), values(views));
    assert.deepEqual(
      contributes.viewsContainers.activitybar.map(({ id }) => id),
      [viewContainer],
    );
    for (const { icon } of [...contributes.viewsContainers.activitybar, ...contributes.views.vmSystem]) {
      assert.ok(existsSync(new URL(`../../../${icon}`, import.meta.url)), icon);
    }
  });

  it('name the same settings, each with a scope, a default, an order and a description', () => {
    const { properties } = contributes.configuration;
    assert.deepEqual(
      Object.keys(properties).sort(),
      settingNames.map((name) => `${configurationSection}.${name}`).sort(),
    );
    for (const [name, property] of Object.entries(properties)) {
      for (const key of ['scope', 'default', 'order', 'markdownDescription']) {
        assert.ok(key in property, `${name} has no ${key}`);
      }
    }
  });

  it('name the same notebooks', () => {
    assert.deepEqual(
      contributes.notebooks.map(({ type }) => type),
      Object.values(notebookTypes),
    );
  });

  it('mention only commands, views, context keys and row actions that there are', () => {
    const menuCommands = Object.values(contributes.menus)
      .flat()
      .map(({ command }) => command);
    const welcomeCommands = Object.values(strings).flatMap(
      (text) => text.match(/(?<=command:)vmSystem\.\w+/g) ?? [],
    );
    const bound = contributes.keybindings.map(({ command }) => command);
    for (const command of [...menuCommands, ...welcomeCommands, ...bound]) {
      assert.ok(values(commands).includes(command), command);
    }
    const ours = [...values(views), ...values(contextKeys)];
    for (const name of named(/vmSystem\.\w+/g)) assert.ok(ours.includes(name), name);
    for (const action of named(/can[A-Z][A-Za-z]+/g)) assert.ok(values(rowActions).includes(action), action);
    for (const { view } of contributes.viewsWelcome) assert.ok(values(views).includes(view), view);
  });

  it('offer every action of a row in a menu', () => {
    assert.deepEqual([...new Set(named(/can[A-Z][A-Za-z]+/g))].sort(), values(rowActions));
  });

  it('have a text for every placeholder, and no other texts', () => {
    const used = JSON.stringify(manifest).match(/(?<="%)[\w.]+(?=%")/g) ?? [];
    assert.deepEqual([...new Set(used)].sort(), Object.keys(strings).sort());
  });
});
