/** What can be changed about a kept state: its label, and that it is kept. */
import { window } from 'vscode';
import type { Checkpoint } from '../../shared/models.js';
import { checkpointName, type StateToTell } from '../checkpoint-text.js';
import { Cancelled } from '../errors.js';
import { shortTime } from '../execution-text.js';
import type { Host } from '../host/host.js';

/** As the host has it. */
const maxLabelLength = 200;

/**
 * Asks for a label.
 *
 * @param proposed is taken by Enter, and replaced by typing
 * @returns undefined for none
 * @throws {@link Cancelled}
 */
export async function askLabel(title: string, prompt: string, proposed: string): Promise<string | undefined> {
  const text = await window.showInputBox({
    title,
    prompt,
    value: proposed,
    validateInput: (typed) =>
      typed.trim().length > maxLabelLength ? `At most ${maxLabelLength} characters.` : undefined,
  });
  if (text === undefined) throw new Cancelled();
  const label = text.trim();
  return label === '' ? undefined : label;
}

/** Has a state kept under another label, or for no longer than others. @throws {@link Cancelled} */
export async function changeLabel(host: Host, state: StateToTell): Promise<Checkpoint> {
  const { id, sessionId, label: before, createdAt } = state.row;
  const label = await askLabel(
    `Label of Checkpoint ${checkpointName(state)}`,
    'The state is kept until it is deleted; with no label, for as long as others.',
    before ?? `State of ${shortTime(createdAt)}`,
  );
  return host.request('labelCheckpoint', {
    sessionId,
    checkpointId: id,
    ...(label !== undefined && { label }),
  });
}

/** Deletes a state; asks first about one that somebody meant to keep. @throws {@link Cancelled} */
export async function deleteState(host: Host, { row }: StateToTell): Promise<Checkpoint> {
  if (row.label !== undefined) {
    const confirm = 'Delete';
    const chosen = await window.showWarningMessage(
      `Delete checkpoint ${row.label}?`,
      { modal: true, detail: 'The session cannot go back to this state any more.' },
      confirm,
    );
    if (chosen !== confirm) throw new Cancelled();
  }
  return host.request('deleteCheckpoint', { sessionId: row.sessionId, checkpointId: row.id });
}
