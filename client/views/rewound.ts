/**
 * Rows of executions and checkpoints that their session went back over are dimmed, which the editor does by a resource.
 */
import { type Disposable, FileDecoration, ThemeColor, Uri, window } from 'vscode';

const rewoundScheme = 'vm-system-rewound';

/** The resource that a dimmed row stands for. */
export function rewoundUri(id: string): Uri {
  return Uri.from({ scheme: rewoundScheme, path: `/${id}` });
}

/** Dims rows with such a resource. */
export function registerRewoundDecoration(): Disposable {
  const decoration = new FileDecoration(
    undefined,
    'The state of its session is without it.',
    new ThemeColor('disabledForeground'),
  );
  return window.registerFileDecorationProvider({
    provideFileDecoration: ({ scheme }) => (scheme === rewoundScheme ? decoration : undefined),
  });
}
