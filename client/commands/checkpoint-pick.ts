/** Choosing one of a session's kept states, with buttons for what can be done with each. */
import { type QuickInputButton, type QuickPick, type QuickPickItem, ThemeIcon, window } from 'vscode';
import { checkpointDescription, placeText, type StateToTell } from '../checkpoint-text.js';
import { Cancelled, UserError } from '../errors.js';
import type { SessionTarget } from '../targets.js';
import { changeLabel, deleteState } from './checkpoint-edits.js';

/** How many kept states and executions are looked through. */
const maxListed = 200;

const labelButton: QuickInputButton = { iconPath: new ThemeIcon('bookmark'), tooltip: 'Label…' };
const deleteButton: QuickInputButton = { iconPath: new ThemeIcon('trash'), tooltip: 'Delete' };

export interface PickOptions {
  readonly title: string;
  /** Which one is taken by Enter, counted from the newest; the oldest if there are fewer. */
  readonly proposed: number;
  /** Which states the command can do something with; all if it does not say. */
  readonly wanted?: (state: StateToTell) => boolean;
  /** Hears of a state that was changed or deleted by a button. */
  readonly onDidChange: () => void;
}

interface StateItem extends QuickPickItem {
  readonly state: StateToTell;
}

/** What was done with a pick: an item was chosen, or a button of one. */
interface Choice {
  readonly state: StateToTell;
  readonly button: QuickInputButton | undefined;
}

/** @throws {@link UserError} when no state is kept that is wanted; {@link Cancelled} */
export async function pickCheckpoint(target: SessionTarget, options: PickOptions): Promise<StateToTell> {
  for (;;) {
    const states = (await readStates(target)).filter(options.wanted ?? (() => true));
    if (states.length === 0) {
      throw new UserError(`No state of session ${target.session.name} is kept for that.`);
    }
    const { state, button } = await choose(states, options);
    if (button === undefined) return state;
    await useButton(target, state, button, options);
  }
}

/** Who goes back on it is asked for a state again. */
async function useButton(
  { host }: SessionTarget,
  state: StateToTell,
  button: QuickInputButton,
  { onDidChange }: PickOptions,
): Promise<void> {
  try {
    await (button === deleteButton ? deleteState(host, state) : changeLabel(host, state));
    onDidChange();
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
  }
}

/** Newest first. */
async function readStates({ host, session }: SessionTarget): Promise<readonly StateToTell[]> {
  const sessionId = session.id;
  const [checkpoints, executions] = await Promise.all([
    host.request('listCheckpoints', { sessionId, limit: maxListed }),
    host.request('listExecutions', { sessionId, limit: maxListed }),
  ]);
  const byId = new Map(executions.items.map((execution) => [execution.id, execution]));
  const isLive = session.status === 'ready' || session.status === 'hibernated';
  return checkpoints.items.map((row, index) => ({
    row,
    after: byId.get(row.executionId ?? ''),
    isCurrent: isLive && index === 0,
  }));
}

async function choose(states: readonly StateToTell[], { title, proposed }: PickOptions): Promise<Choice> {
  const items = states.map(toItem);
  const pick = window.createQuickPick<StateItem>();
  try {
    pick.title = title;
    pick.placeholder = 'The state to choose';
    pick.matchOnDescription = true;
    pick.items = items;
    pick.activeItems = items.slice(0, proposed + 1).slice(-1);
    return await chosen(pick);
  } finally {
    pick.dispose();
  }
}

/** Shows a pick until an item or a button is chosen. @throws {@link Cancelled} */
function chosen(pick: QuickPick<StateItem>): Promise<Choice> {
  return new Promise((resolve, reject) => {
    pick.onDidAccept(() => {
      const [item] = pick.activeItems;
      if (item !== undefined) resolve({ state: item.state, button: undefined });
    });
    pick.onDidTriggerItemButton(({ item, button }) => resolve({ state: item.state, button }));
    pick.onDidHide(() => reject(new Cancelled()));
    pick.show();
  });
}

function toItem(state: StateToTell): StateItem {
  const { row, after, isCurrent } = state;
  const label = row.label === undefined ? `$(history) ${placeText(row, after)}` : `$(bookmark) ${row.label}`;
  const buttons = isCurrent ? [labelButton] : [labelButton, deleteButton];
  return { label, description: checkpointDescription(state), buttons, state };
}
