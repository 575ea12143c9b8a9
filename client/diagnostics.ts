/** A problem on the line that threw, until the same file or cell runs again or is edited away. */
import {
  Diagnostic,
  DiagnosticRelatedInformation,
  DiagnosticSeverity,
  Disposable,
  languages,
  Range,
  type Uri,
} from 'vscode';
import type { Failure } from '../shared/models.js';
import type { Host } from './host/host.js';
import { frameLocation } from './places.js';
import type { EndedRun, Run, Runner } from './runner.js';

const source = 'vm-system';

export class RunDiagnostics {
  readonly #collection = languages.createDiagnosticCollection(source);
  /** Where the last run of a file or cell put its problem: maybe in a file that it imports. */
  readonly #placed = new Map<string, Uri>();
  readonly #listeners: Disposable;

  constructor(runner: Runner) {
    this.#listeners = Disposable.from(
      runner.onDidBegin((run) => this.#clear(run)),
      runner.onDidEnd((run) => this.#show(run)),
    );
  }

  dispose(): void {
    this.#listeners.dispose();
    this.#collection.dispose();
  }

  #clear({ source }: Run): void {
    const uri = this.#placed.get(source.toString());
    if (uri === undefined) return;
    this.#placed.delete(source.toString());
    this.#collection.delete(uri);
  }

  #show({ host, source, execution }: EndedRun): void {
    if (execution.error === undefined) return;
    const problem = diagnosticOf(host, execution.error);
    if (problem === undefined) return;
    this.#placed.set(source.toString(), problem.uri);
    this.#collection.set(problem.uri, [problem.diagnostic]);
  }
}

/** The failure at its first frame, with the others as related places; undefined when no frame is in a document. */
function diagnosticOf(host: Host, failure: Failure): { uri: Uri; diagnostic: Diagnostic } | undefined {
  const places = failure.frames.flatMap((frame) => {
    const location = frameLocation(host, frame);
    return location === undefined ? [] : [{ frame, location }];
  });
  const [thrown, ...callers] = places;
  if (thrown === undefined) return undefined;
  const { start } = thrown.location.range;
  // An empty range makes the editor underline the word there.
  const diagnostic = new Diagnostic(
    new Range(start, start),
    `${failure.name}: ${failure.message}`,
    DiagnosticSeverity.Error,
  );
  diagnostic.source = source;
  if (failure.code !== undefined) diagnostic.code = failure.code;
  diagnostic.relatedInformation = callers.map(
    ({ frame, location }) =>
      new DiagnosticRelatedInformation(location, `called by ${frame.function ?? 'the top level'}`),
  );
  return { uri: thrown.location.uri, diagnostic };
}
