/** Which session a folder or a notebook uses, and getting it ready: made when there is none, started anew when its state is lost. */
import { randomUUID } from 'node:crypto';
import { EventEmitter, type Memento } from 'vscode';
import type { Session } from '../shared/models.js';
import { errorData } from './errors.js';
import type { Host } from './host/host.js';

/** Whose session it is: the URI of a folder or of a notebook. */
export type SessionOwner = string;

/** Something a person should know about the session they got. */
export interface SessionNotice {
  readonly session: Session;
  readonly message: string;
}

const stateKey = 'sessions';

/** As the host has it. */
const maxNameLength = 200;

export class SessionBindings {
  readonly #changed = new EventEmitter<SessionOwner>();
  readonly #noticed = new EventEmitter<SessionNotice>();
  /** One at a time for each owner, so that two runs at once make one session. */
  readonly #turns = new Map<SessionOwner, Promise<unknown>>();
  readonly onDidChange = this.#changed.event;
  readonly onDidNotice = this.#noticed.event;

  /** @param memento keeps the bindings over a reload of the window */
  constructor(private readonly memento: Memento) {}

  /** The session that an owner uses; it may be gone. */
  sessionId(owner: SessionOwner): string | undefined {
    return this.#all()[owner];
  }

  async bind(owner: SessionOwner, sessionId: string): Promise<void> {
    await this.memento.update(stateKey, { ...this.#all(), [owner]: sessionId });
    this.#changed.fire(owner);
  }

  /**
   * The owner's session, ready to run; one that is asleep wakes by itself when it runs. A session that its person
   * closed is left alone and a new one made; one whose state cannot be used any more is started anew, under the same
   * id and without its variables.
   *
   * @param name for a new session
   * @throws whatever the host refuses it with
   */
  ready(host: Host, owner: SessionOwner, name: string): Promise<Session> {
    const before = this.#turns.get(owner) ?? Promise.resolve();
    const make = () => this.#ready(host, owner, name);
    const turn = before.then(make, make);
    this.#turns.set(owner, turn);
    return turn;
  }

  dispose(): void {
    this.#changed.dispose();
    this.#noticed.dispose();
  }

  async #ready(host: Host, owner: SessionOwner, name: string): Promise<Session> {
    const bound = await this.#find(host, owner);
    switch (bound?.status) {
      case 'ready':
      case 'hibernated':
      // Whoever started it waits for it; a run that comes too early is told so by the host.
      case 'starting':
        return bound;
      case 'crashed':
        return this.#startAnew(host, bound);
      case 'closed':
        if (bound.lastError !== undefined) return this.#startAnew(host, bound);
    }
    const made = await host.request('createSession', {
      id: randomUUID(),
      name: name.slice(0, maxNameLength),
    });
    await this.bind(owner, made.id);
    return made;
  }

  async #find(host: Host, owner: SessionOwner): Promise<Session | undefined> {
    const sessionId = this.sessionId(owner);
    if (sessionId === undefined) return undefined;
    try {
      return await host.request('getSession', { sessionId });
    } catch (error) {
      if (errorData(error)?.code === 'SESSION_NOT_FOUND') return undefined;
      throw error;
    }
  }

  async #startAnew(host: Host, lost: Session): Promise<Session> {
    const session = await host.request('restartSession', { sessionId: lost.id });
    if (lost.lastError !== undefined) {
      const message = `Session ${session.name} was started anew, without its variables: ${lost.lastError}`;
      this.#noticed.fire({ session, message });
    }
    return session;
  }

  #all(): Readonly<Record<SessionOwner, string>> {
    return this.memento.get(stateKey, {});
  }
}
