/** An upgrade of the primary that arrives when nobody wants it any more. */
import { eventually, productRequests } from '../../support/lab/cluster.ts';
import type { Bed } from '../bed.ts';
import { type Gate, gate } from '../tools/gate.ts';

/** Keeps the upgrade of the primary on its way to the API server until it is opened; resolves when it is there. */
export async function holdUpgrade(bed: Bed): Promise<Gate> {
  const held = gate();
  // the first write of the primary is that of the epoch, at the start
  await bed.untilWeight(100);
  bed.breakKube({
    match: (method, path) => method === 'PATCH' && path.includes('/deployments/reviews-v1'),
    fault: { kind: 'hold', release: held.opened, arrived: held.arrive },
  });
  await held.arrived;
  return held;
}

/** Resolves when the API server has refused a write of the primary. */
export async function lateWriteRefused({ namespace }: Bed): Promise<void> {
  const look = async () => {
    const requests = await productRequests(namespace);
    return requests.some(
      ({ verb, objectRef, responseStatus }) =>
        verb === 'patch' && objectRef?.name === 'reviews-v1' && (responseStatus?.code ?? 0) >= 400,
    );
  };
  await eventually(look, 'the late write is refused', 20_000);
}
