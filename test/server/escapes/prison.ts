import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Execution, Session, Settings } from '../../../shared/models.js';
import { closeSession, listEvents } from '../../../shared/protocol.js';
import type { HostProcess } from '../../support/host-process.js';
import { repository } from '../../support/host-process.js';
import { Workbench } from '../../support/use-host.js';
import { type Grant, sessionWith } from '../native/support.js';

/** What nobody inside may ever see. */
const secrets = { file: 'CANARY-of-a-file-outside', variable: 'CANARY-of-the-environment' };

/** How long the host may take to answer somebody else, in milliseconds, on a busy machine. */
const answerMs = 2000;

/** An attempt to get out: a cell, and how it must end. */
export interface Attempt {
  readonly title: string;
  readonly code: string;
  /** Its value's preview, or `name: message` of its error: that it was really tried, and what came of it. */
  readonly ends: RegExp;
  readonly grants?: readonly Grant[];
  readonly limits?: Partial<Settings['limits']>;
  /** The session may be lost. */
  readonly mayRuin?: true;
}

/**
 * A host to break out of, with something to find on every way out: a file outside the worktree, a variable in the
 * host's environment, a server on the loopback address, and another session.
 */
export class Prison {
  readonly bench = new Workbench();
  readonly outside = path.join(this.bench.folder, 'outside');
  readonly secretFile = path.join(this.outside, 'secret.txt');
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #visits = 0;
  #host: HostProcess | undefined;
  #neighbour: Session | undefined;
  #outsideBefore: unknown;
  #worldBefore: unknown;
  attempts = 0;

  constructor() {
    this.#server = createServer((socket) => {
      this.#visits++;
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.end(`HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nexport default "${secrets.file}"`);
    });
  }

  /** @returns the port of the server that must hear nothing */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get client() {
    return this.#there(this.#host).client;
  }

  async open(): Promise<void> {
    mkdirSync(this.outside);
    writeFileSync(this.secretFile, secrets.file);
    writeFileSync(path.join(this.outside, 'secret.js'), `export default '${secrets.file}'`);
    writeFileSync(path.join(this.outside, 'secret.json'), JSON.stringify(secrets.file));
    writeFileSync(path.join(this.outside, 'secret.db'), '');
    this.#outsideBefore = snapshotOf(this.outside);
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    process.env['VM_ESCAPE_CANARY'] = secrets.variable;
    this.#host = await this.bench.start();
    this.#neighbour = await this.client.session();
    this.#worldBefore = await this.#world();
  }

  async close(): Promise<void> {
    delete process.env['VM_ESCAPE_CANARY'];
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await this.bench.dispose();
  }

  /** Runs an attempt in a session of its own, and looks for every sign of success. */
  async withstands({ code, ends, grants = [], limits = {}, mayRuin }: Attempt): Promise<Execution> {
    const session = await sessionWith(this.client, grants, {
      limits: { cpuMs: 1500, wallMs: 5000, ...limits },
    });
    const ending = this.client.repl(session, code);
    await this.#answersOthersUntil(ending);
    const execution = await ending;
    assert.match(outcomeOf(execution), ends);
    await this.nothingGotOut(execution);
    if (mayRuin !== true) {
      const after = await this.client.repl(session, '6 * 7');
      assert.equal(after.result?.json, 42, `the session goes on, but: ${after.error?.message}`);
    }
    await this.client.request(closeSession, { sessionId: session.id });
    this.attempts++;
    return execution;
  }

  /** Nothing secret was told, nothing outside was changed or called, nobody else has noticed. */
  async nothingGotOut(execution: Execution): Promise<void> {
    const { items } = await this.client.request(listEvents, { executionId: execution.id, limit: 100 });
    const told = JSON.stringify([execution.result, execution.error, items]);
    for (const secret of [...Object.values(secrets), repository.replace(/\/$/, '')]) {
      // The attempt itself may spell it.
      assert.ok(!told.includes(secret), `it was told ${secret}: ${told.slice(0, 2000)}`);
    }
    assert.deepEqual(snapshotOf(this.outside), this.#outsideBefore, 'the folder outside is as it was');
    assert.equal(this.#visits, 0, 'the server heard nothing');
    assert.deepEqual(await this.#world(), this.#worldBefore, 'the other session is as it was');
    assert.deepEqual(this.#children(), [], 'the host has no child process');
  }

  /** Somebody else is answered at all times. */
  async #answersOthersUntil(ending: Promise<unknown>): Promise<void> {
    const over = ending.then(
      () => true,
      () => true,
    );
    for (let isOver = false; !isOver;) {
      const asked = performance.now();
      await this.#world();
      const took = performance.now() - asked;
      assert.ok(took < answerMs, `the other session waited for ${Math.round(took)} ms`);
      isOver = await Promise.race([over, Promise.resolve(false)]);
    }
  }

  /** What another session sees of the language that both use. */
  async #world(): Promise<unknown> {
    const { result, error } = await this.client.repl(
      this.#there(this.#neighbour),
      `[Object, Function, Array, Promise, Error, String, Map].map((each) =>
        [Reflect.ownKeys(each).length, Reflect.ownKeys(each.prototype).length, typeof each.prototype.toString])
        .concat([[Reflect.ownKeys(globalThis).length, ({}).owned, typeof owned, [1].map(String).join()]])`,
    );
    assert.equal(error, undefined, error?.stack);
    return result?.json;
  }

  #children(): string[] {
    const { pid } = this.#there(this.#host).child;
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((name) => parentOf(name) === pid);
  }

  #there<T>(value: T | undefined): T {
    if (value === undefined) throw new Error('The prison is not open');
    return value;
  }
}

/** A prison for the tests of a `describe`, which says at its end how much it withstood. */
export function usePrison(): Prison {
  const prison = new Prison();
  before(() => prison.open());
  after(async () => {
    await prison.close();
    if (prison.attempts > 0) console.log(`      ${prison.attempts} attempts, none got out`);
  });
  return prison;
}

/** A test for each attempt. */
export function attempting(prison: Prison, attempts: readonly Attempt[]): void {
  for (const attempt of attempts) {
    it(`holds: ${attempt.title}`, async () => {
      await prison.withstands(attempt);
    });
  }
}

export const outcomeOf = ({ result, error }: Execution): string =>
  error === undefined ? (result?.preview ?? 'no value') : `${error.code ?? error.name}: ${error.message}`;

/** What is in a folder, and whether any of it was replaced. */
function snapshotOf(folder: string): unknown {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const { ino, mtimeMs, size } = statSync(path.join(folder, name));
      return [name, ino, mtimeMs, size];
    });
}

function parentOf(pid: string): number | undefined {
  try {
    return Number(
      readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) \S /s, '')
        .split(' ')[0],
    );
  } catch (error) {
    // It has ended since.
    if (error instanceof Error) return undefined;
    throw error;
  }
}
