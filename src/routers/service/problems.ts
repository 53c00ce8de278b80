/** What forbids a rollout on a Service as it is (order rule 10). Pure. */
import type { Problem } from '../../contract/offer.ts';
import { describeRef } from '../../kubernetes/objects/refs.ts';
import type { Service } from '../../kubernetes/objects/services.ts';
import type { ManagedRoute } from '../contract.ts';
import { commonSelector, readSelector, selectorOf } from './selector.ts';

export function problems(managed: ManagedRoute): Problem[] {
  const { plan, route, object } = managed;
  const where = describeRef(route);
  const found = kindProblems(managed, (object as Service).spec ?? {});
  if (found.length > 0) return found.map((one) => ({ where, ...one }));
  const { intent } = readSelector(managed);
  if (intent?.canary === 0 || (intent && plan.workload.adoptRunning)) return [];
  const problem = intent
    ? `leads ${intent.canary} % of the users to the canary already`
    : 'selects pods of the canary as well, so they would get users as soon as they run, before any check';
  const keys = Object.keys(plan.workload.canaryLabels).join(', ');
  const remedy = `let its selector name the primary's value of ${keys} as well: at rest that selects the same pods`;
  return [{ where, problem, remedy }];
}

function kindProblems(managed: ManagedRoute, spec: NonNullable<Service['spec']>): Omit<Problem, 'where'>[] {
  const { plan, route } = managed;
  const found: Omit<Problem, 'where'>[] = [];
  const say = (problem: string, remedy: string) => found.push({ problem, remedy });
  if (route.namespace !== plan.namespace)
    say(`selects pods of its own namespace, and those of the plan are in ${plan.namespace}`, MOVE);
  if (spec.type === 'ExternalName') say('is another name for a host (ExternalName), and selects no pods', OTHER);
  else if (spec.clusterIP === 'None')
    say('is headless: its clients choose among pods themselves, and keep those that they know', OTHER);
  else if (Object.keys(selectorOf(managed)).length === 0)
    say('has no selector: its endpoints are made by somebody else', OTHER);
  else if (plan.traffic.mode === 'pods' && Object.keys(commonSelector(managed, selectorOf(managed))).length === 0)
    say('would select every pod of the namespace once both sides share its users', COMMON);
  if (spec.publishNotReadyAddresses)
    say('leads to pods that are not ready, too (publishNotReadyAddresses)', 'remove publishNotReadyAddresses');
  return found;
}

const MOVE = "name a Service in the plan's namespace";
const OTHER = "name the Service with a cluster IP that selects the primary's pods";
const COMMON = 'add a label to its selector that pods of both sides have, and no others';
