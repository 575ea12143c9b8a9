/** What vm-system is measured beside, in the same run. */
import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';
import variant from '@jitl/quickjs-wasmfile-release-sync';
import { newQuickJSWASMModuleFromVariant, type QuickJSContext } from 'quickjs-emscripten-core';

const denoPackage = 'deno@2.9.6';

/** Deno's package has 90 MB, so it is installed for a run of the figures alone. @returns its entry in the folder */
export async function installDeno(folder: string): Promise<string> {
  await promisify(execFile)('npm', ['install', '--no-save', '--no-audit', '--prefix', folder, denoPackage]);
  return path.join(folder, 'node_modules', 'deno', 'bin.cjs');
}

/** A REPL over a pipe: state, but no walls, no log and no durability. */
export class PipedRepl {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  /** As much of the last output as a mark may be in. */
  #tail = '';
  #marks = 0;

  private constructor(args: readonly string[]) {
    this.#child = spawn(process.execPath, args, {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' },
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#tail = (this.#tail + text).slice(-200);
    });
  }

  static node(): PipedRepl {
    return new PipedRepl(['-i']);
  }

  /** @param entry see {@link installDeno} */
  static deno(entry: string): PipedRepl {
    return new PipedRepl([entry, 'repl', '--quiet', '--allow-all']);
  }

  /** Runs lines, the later ones while the first runs, and waits for their end. */
  async run(...lines: readonly string[]): Promise<void> {
    const { mark, text } = this.#newMark();
    await this.#ask(`${lines.join('\n')}\n${text}`, mark);
  }

  /** Waits for what a promise is fulfilled with: over a pipe, a REPL may go on to the next line meanwhile. */
  async settle(promise: string): Promise<void> {
    const { mark, text } = this.#newMark();
    await this.#ask(`void ${promise}.then(() => console.log(${text}))`, mark);
  }

  #newMark(): { mark: string; text: string } {
    const mark = `__done_${++this.#marks}__`;
    return { mark, text: `'${mark.slice(0, 4)}' + '${mark.slice(4)}'` };
  }

  async #ask(code: string, mark: string): Promise<void> {
    this.#child.stdin.write(`${code}\n`);
    while (!this.#tail.includes(mark)) await once(this.#child.stdout, 'data');
  }

  async close(): Promise<void> {
    this.#child.stdin.end();
    await once(this.#child, 'exit');
  }
}

/** A bare quickjs-emscripten loop: the engine alone, in this thread, nothing kept. */
export async function bareEngine(): Promise<{
  context: QuickJSContext;
  run(code: string): void;
  lines(): number;
}> {
  // The package's types describe its CommonJS form, where the variant is one level deeper.
  const quickjs = await newQuickJSWASMModuleFromVariant('default' in variant ? variant.default : variant);
  const context = quickjs.newContext();
  let lines = 0;
  const log = context.newFunction('log', (...args) => {
    lines += args.map((each) => context.getString(each)).length > 0 ? 1 : 0;
  });
  const console = context.newObject();
  context.setProp(console, 'log', log);
  context.setProp(context.global, 'console', console);
  return {
    context,
    run: (code) => context.unwrapResult(context.evalCode(code)).dispose(),
    lines: () => lines,
  };
}
