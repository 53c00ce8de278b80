/** The server as a function: opened by the first request, and kept for as long as the platform keeps the process. */
import { type OpenServer, openServer, type ServerOptions } from 'sluice/server';
import { serverFromEnvironment } from './options.ts';

/** @param options default: what the environment says  @returns a handler for web requests (Workers, Cloud Run, Deno, `hono/aws-lambda`) */
export function serverHandler(options: () => Promise<ServerOptions> = serverFromEnvironment) {
  let opening: Promise<OpenServer> | undefined;
  return {
    fetch: async (request: Request): Promise<Response> => {
      // one that could not be opened is tried anew by the next request
      opening ??= options()
        .then(openServer)
        .catch((error: unknown) => {
          opening = undefined;
          throw error;
        });
      return (await opening).fetch(request);
    },
    close: async (): Promise<void> => {
      await (await opening)?.close();
      opening = undefined;
    },
  };
}
