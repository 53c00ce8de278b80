/** Requests with ids, as a user sends them through the gateway or a caller in the mesh through its sidecar. */
import { Agent, request } from 'node:http';

export interface Requests {
  /** Where to connect: the gateway, or the sidecar's HTTP proxy. */
  to: URL;
  /** Whether {@link to} is a proxy. */
  proxy: boolean;
  /** `host` or `host:port` that is asked for. */
  host: string;
  path: string;
  /** Begins every id, so that logs can be searched for these requests alone. */
  run: string;
  count: number;
  /** Of request n; none by default. */
  headers?: (n: number) => Record<string, string>;
}

export interface Reply {
  id: string;
  /** 0 without an answer. */
  status: number;
  /** Name of the pod that answered, when it says so. */
  pod: string;
  setCookie: string[];
}

const AT_ONCE = 8;
const TIMEOUT_MS = 10_000;

/** Sends `count` requests, eight at a time. Never rejects: a failure is an answer with status 0. */
export async function send(requests: Requests): Promise<Reply[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const answers: Reply[] = [];
  let next = 0;
  const work = async () => {
    while (next < requests.count) {
      const n = next++;
      answers[n] = await one(requests, n, agent);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  agent.destroy();
  return answers;
}

function one({ to, proxy, host, path, run, headers }: Requests, n: number, agent: Agent): Promise<Reply> {
  const id = `${run}-${n}`;
  const none: Reply = { id, status: 0, pod: '', setCookie: [] };
  return new Promise((resolve) => {
    const asked = request(
      {
        agent,
        host: to.hostname,
        port: to.port,
        // A proxy is asked with the whole URL (RFC 9112, 3.2.2).
        path: proxy ? `http://${host}${path}` : path,
        headers: { ...headers?.(n), host, 'x-probe-id': id, 'user-agent': 'sluice-example' },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      },
      (answer) => {
        answer.resume();
        const { statusCode: status = 0, headers: found } = answer;
        const setCookie = found['set-cookie'] ?? [];
        answer.once('end', () => resolve({ id, status, pod: String(found['x-pod'] ?? ''), setCookie }));
        answer.once('error', () => resolve(none));
      },
    );
    asked.once('error', () => resolve(none));
    asked.end();
  });
}
