/** A live runtime for tests: the built thread and kernel, a temporary worktree, and everything it told its observer. */
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FailureCode } from '../../../shared/errors.js';
import {
  defaultSettings,
  type EventBody,
  type Failure,
  type JsonObject,
  type Limits,
  type Settings,
} from '../../../shared/models.js';
import type {
  HeapImage,
  JobResult,
  LiveRuntime,
  Runtime,
  RuntimeObserver,
  RuntimeSpec,
  WorktreeFiles,
} from '../../../server/core/ports.js';
import { assetsIn } from '../../../server/assets.js';
import { resolveLibraries } from '../../../server/core/catalog/libraries.js';
import { createRuntime, createWorktreeFiles } from '../../../server/runtime/index.js';

const dist = new URL('../../../dist/', import.meta.url);

export function openRuntime(): Runtime {
  return createRuntime({
    assets: assetsIn(dist),
    log: {
      warn: (message) => process.stderr.write(`${message}\n`),
      error: (message, cause) => process.stderr.write(`${message}: ${String(cause)}\n`),
    },
  });
}

export interface RunOptions {
  readonly id?: string;
  readonly uri?: string;
  readonly line?: number;
  readonly limits?: Partial<Pick<Limits, 'cpuMs' | 'wallMs'>>;
  readonly args?: JsonObject;
  readonly env?: JsonObject;
}

export interface SessionOptions {
  readonly limits?: Partial<Limits>;
  readonly console?: boolean;
  readonly strict?: boolean;
  readonly libraries?: readonly string[];
  /** Goes on from this instead of starting afresh. */
  readonly image?: HeapImage;
  /** An existing worktree. */
  readonly root?: string;
  readonly resolver?: Partial<Settings['resolver']>;
  /** What the observer does with events before they count as durable. */
  readonly onEvents?: (executionId: string, events: readonly EventBody[]) => Promise<void>;
}

/** A session with its worktree and a record of its events. */
export class TestSession {
  readonly events: { readonly executionId: string; readonly event: EventBody }[] = [];
  readonly images: { readonly image: HeapImage; readonly executionId: string | undefined }[] = [];
  lostBecause: string | undefined;
  readonly #files: WorktreeFiles = createWorktreeFiles();
  #waiting: (() => void)[] = [];
  #live: LiveRuntime | undefined;

  private constructor(
    readonly root: string,
    private readonly memMb: number,
  ) {}

  static async open(runtime: Runtime, options: SessionOptions = {}): Promise<TestSession> {
    const root = options.root ?? (await realpath(await mkdtemp(path.join(tmpdir(), 'vm-runtime-'))));
    const session = new TestSession(root, options.limits?.memMb ?? defaultSettings.limits.memMb);
    session.#live = await (options.image === undefined
      ? runtime.open(session.#spec(options), session.#observer(options))
      : runtime.restore(
          session.#spec(options),
          { image: options.image, executionId: undefined, as: 'same-session' },
          session.#observer(options),
        ));
    session.#live.wake();
    return session;
  }

  #spec(options: SessionOptions): RuntimeSpec {
    const { limits, runtime: runtimeSettings, resolver } = defaultSettings;
    return {
      sessionId: randomUUID(),
      root: this.root,
      settings: {
        limits: { ...limits, wallMs: 0, cpuMs: 10_000, ...options.limits },
        resolver: { ...resolver, ...options.resolver },
        runtime: { ...runtimeSettings, console: options.console ?? true, strict: options.strict ?? true },
      },
      libraries: resolveLibraries(options.libraries ?? [], []),
      capabilities: [],
    };
  }

  #observer(options: SessionOptions): RuntimeObserver {
    return {
      onRolledBack: () => undefined,
      onEvents: async (executionId, events) => {
        this.events.push(...events.map((event) => ({ executionId, event })));
        this.#changed();
        await options.onEvents?.(executionId, events);
      },
      onImage: (image, executionId) => {
        this.images.push({ image, executionId });
        this.#changed();
      },
      onBackground: () => undefined,
      onLost: (reason) => {
        this.lostBecause = reason;
        this.#changed();
      },
    };
  }

  get live(): LiveRuntime {
    if (this.#live === undefined) throw new Error('The session is not open');
    return this.#live;
  }

  cell(text: string, options: RunOptions = {}): Promise<JobResult> {
    const { id = randomUUID(), uri, line, limits, args = {}, env = {} } = options;
    return this.live.run({
      executionId: id,
      source: { kind: 'cell', text, language: 'javascript', uri, line },
      args,
      env,
      limits: { cpuMs: 10_000, wallMs: 0, memMb: this.memMb, ...limits },
    });
  }

  async file(name: string, options: RunOptions = {}): Promise<JobResult> {
    const file = await this.#files.readSource(this.root, name);
    const { id = randomUUID(), limits, args = {}, env = {} } = options;
    return this.live.run({
      executionId: id,
      source: { kind: 'file', file },
      args,
      env,
      limits: { cpuMs: 10_000, wallMs: 0, memMb: this.memMb, ...limits },
    });
  }

  /** Writes files into the worktree. */
  async write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      const target = path.join(this.root, name);
      await mkdir(path.dirname(target), { recursive: true });
      await writeFile(target, text);
    }
  }

  /** Texts printed to the console, of one execution or of all. */
  printed(executionId?: string): string[] {
    return this.events.flatMap(({ executionId: owner, event }) =>
      event.type === 'console' && (executionId ?? owner) === owner ? [event.payload.text] : [],
    );
  }

  /** Failures that were reported as events. */
  exceptions(executionId?: string): Failure[] {
    return this.events.flatMap(({ executionId: owner, event }) =>
      event.type === 'exception' && (executionId ?? owner) === owner ? [event.payload] : [],
    );
  }

  /** Messages that said that a state was taken back. */
  get rollBacks(): string[] {
    return this.events.flatMap(({ event }) =>
      event.type === 'system' && event.payload.code === 'ROLLED_BACK' ? [event.payload.message] : [],
    );
  }

  /** Waits until `condition` holds; it is asked whenever the observer hears something. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  async close(): Promise<void> {
    await this.live.close();
    await rm(this.root, { recursive: true, force: true });
  }

  #changed(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** The preview of a good end; a readable text of any other. */
export function shown({ outcome }: JobResult): string {
  switch (outcome.kind) {
    case 'value':
      return outcome.value.preview;
    case 'thrown':
      return `thrown ${outcome.failure.name}: ${outcome.failure.message}`;
    case 'stopped':
      return `stopped ${outcome.code}`;
  }
}

/** The failure of a job that must have thrown. */
export function failureOf({ outcome }: JobResult): Failure {
  if (outcome.kind !== 'thrown') throw new Error(`It ended as ${outcome.kind}`);
  return outcome.failure;
}

/** The code of a job that must have been stopped. */
export function codeOf({ outcome }: JobResult): FailureCode {
  if (outcome.kind !== 'stopped') throw new Error(`It ended as ${outcome.kind}`);
  return outcome.code;
}
