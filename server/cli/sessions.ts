import { Command } from 'commander';
import { validationError } from '../../shared/errors.js';
import type { Checkpoint, Session } from '../../shared/models.js';
import { maxPageItems } from '../../shared/protocol.js';
import type { Core } from '../core/core.js';
import { printJson, printTable, type Terminal } from './print.js';

/** Runs `use` with a host and prints what it returns. */
export type UseCore = (command: Command, use: (core: Core) => Promise<void>) => Promise<void>;

interface OutputFlags {
  readonly json?: true;
}
interface StateFlags extends OutputFlags {
  readonly checkpoint?: string;
  readonly execution?: string;
}

/** `session …`: sessions, and the kept states that one can go back to. */
export function sessionCommand(terminal: Terminal, useCore: UseCore): Command {
  const session = new Command('session').description('sessions, and their kept states');
  const show = <T>(value: T, { json }: OutputFlags, print: (value: T) => void) =>
    json === true ? printJson(terminal, value) : print(value);
  const showSessions = (sessions: readonly Session[]) => printTable(terminal, sessionColumns, sessions);
  const showCheckpoints = (checkpoints: readonly Checkpoint[]) =>
    printTable(terminal, checkpointColumns, checkpoints);

  session
    .command('list')
    .description('all sessions, newest first')
    .option('--json', 'print them as JSON')
    .action((flags: OutputFlags, command: Command) =>
      useCore(command, async (core) => {
        const { items } = await Promise.resolve(core.sessions.list({ limit: maxPageItems }));
        show(items, flags, showSessions);
      }),
    );
  session
    .command('checkpoints <session>')
    .description('the kept states of a session, newest first')
    .option('--json', 'print them as JSON')
    .action((reference: string, flags: OutputFlags, command: Command) =>
      useCore(command, async (core) => {
        const { id } = sessionOf(core, reference);
        const { items } = await core.checkpoints.list({ sessionId: id, limit: maxPageItems });
        show(items, flags, showCheckpoints);
      }),
    );
  session
    .command('checkpoint <session>')
    .description('keep the present state of a session')
    .option('--label <text>', 'keep it until it is deleted')
    .option('--json', 'print it as JSON')
    .action((reference: string, flags: OutputFlags & { label?: string }, command: Command) =>
      useCore(command, async (core) => {
        const { id } = sessionOf(core, reference);
        const checkpoint = await core.checkpoints.create({ sessionId: id, label: flags.label });
        show(checkpoint, flags, (kept) => showCheckpoints([kept]));
      }),
    );
  withState(session.command('restore <session>'))
    .description('go back to a kept state; the present one is kept, too')
    .action((reference: string, flags: StateFlags, command: Command) =>
      useCore(command, async (core) => {
        const { id } = sessionOf(core, reference);
        const restored = await core.checkpoints.restore({ sessionId: id, ...stateOf(flags) });
        show(restored, flags, (after) => showSessions([after]));
      }),
    );
  withState(session.command('fork <session>'))
    .description('make a session of a kept state')
    .option('--name <name>', 'of the new session')
    .action((reference: string, flags: StateFlags & { name?: string }, command: Command) =>
      useCore(command, async (core) => {
        const { id } = sessionOf(core, reference);
        const fork = await core.checkpoints.fork({ sessionId: id, name: flags.name, ...stateOf(flags) });
        show(fork, flags, (made) => showSessions([made]));
      }),
    );
  return session;
}

const withState = (command: Command): Command =>
  command
    .option('--checkpoint <id>', 'the state with this id')
    .option('--execution <id>', 'the state after this execution')
    .option('--json', 'print the session as JSON');

const stateOf = ({ checkpoint, execution }: StateFlags) => ({
  checkpointId: checkpoint,
  executionId: execution,
});

/** @param reference a session's id, or its name where only one has it @throws `SESSION_NOT_FOUND`, `VALIDATION_ERROR` */
function sessionOf(core: Core, reference: string): Session {
  const { items } = core.sessions.list({ limit: maxPageItems });
  const [found, another] = items.filter(({ id, name }) => id === reference || name === reference);
  if (another !== undefined) throw validationError(`Several sessions are called ${reference}; use an id.`);
  return found ?? core.sessions.get({ sessionId: reference });
}

const sessionColumns = {
  id: ({ id }: Session) => id,
  name: ({ name }: Session) => name,
  status: ({ status }: Session) => status,
  'last used': ({ lastUsedAt }: Session) => lastUsedAt,
};

const checkpointColumns = {
  id: ({ id }: Checkpoint) => id,
  taken: ({ createdAt }: Checkpoint) => createdAt,
  'after execution': ({ executionId = '(start)' }: Checkpoint) => executionId,
  size: ({ sizeBytes }: Checkpoint) => `${(sizeBytes / 1e6).toFixed(1)} MB`,
  label: ({ label = '' }: Checkpoint) => label,
};
