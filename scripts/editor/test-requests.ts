/**
 * What tests ask of the runner, because it cannot be done from inside the editor. A request is one connection: a line
 * of JSON, answered by a line of JSON.
 */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** Takes a picture of the window. @returns the file, or undefined when this editor cannot be pictured */
export type TakePicture = (name: string) => Promise<string | undefined>;

export interface TestRequests {
  close(): Promise<void>;
}

/** Letters, digits and dashes, so that it is a file name everywhere. */
const pictureName = /^[a-z0-9][a-z0-9-]{0,99}$/;

/** @param socketPath path or pipe name to listen on */
export async function serveTestRequests(socketPath: string, takePicture: TakePicture): Promise<TestRequests> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    // A test that ended while it waited is no business of ours.
    socket.on('error', () => socket.destroy());
    createInterface({ input: socket }).once('line', (line) => {
      void answer(line, takePicture).then((reply) => socket.end(`${JSON.stringify(reply)}\n`));
    });
  });
  server.listen(socketPath);
  await once(server, 'listening');
  return {
    async close() {
      server.close();
      for (const socket of open) socket.destroy();
      await once(server, 'close');
    },
  };
}

type Reply = { readonly file: string | null } | { readonly error: string };

async function answer(line: string, takePicture: TakePicture): Promise<Reply> {
  try {
    const request: unknown = JSON.parse(line);
    const name = (request as { screenshot?: unknown } | null)?.screenshot;
    if (typeof name !== 'string' || !pictureName.test(name)) {
      return { error: 'A screenshot has a name of lower-case letters, digits and dashes.' };
    }
    return { file: (await takePicture(name)) ?? null };
  } catch (error) {
    return { error: String(error) };
  }
}
