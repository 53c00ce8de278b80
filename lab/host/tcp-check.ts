/** Health check for services that speak no HTTP. */
import { connect } from 'node:net';

/** Throws unless something accepts connections there within two seconds. */
export function expectListening(host: string, port: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, signal: AbortSignal.any([signal, AbortSignal.timeout(2000)]) });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}
