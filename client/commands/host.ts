import { window } from 'vscode';
import { Cancelled } from '../errors.js';
import type { Services } from '../services.js';
import { pickHost } from '../targets.js';

/** Ends the host of the folder at hand and starts it again; asks first where something runs, which ends with it. */
export async function restartHost({ hosts }: Services): Promise<void> {
  const host = await pickHost(hosts);
  if (host.state.kind === 'running') {
    const { items } = await host.request('listSessions', { status: 'ready', limit: 200 });
    const busy = items.filter((session) => session.busy);
    if (busy.length > 0) {
      const restart = 'Restart';
      const chosen = await window.showWarningMessage(
        `${busy.map(({ name }) => name).join(', ')} is running. Restart the host all the same?`,
        {
          modal: true,
          detail: 'What runs is stopped. The sessions go on with the state they had before it.',
        },
        restart,
      );
      if (chosen !== restart) throw new Cancelled();
    }
  }
  await host.restart();
}
