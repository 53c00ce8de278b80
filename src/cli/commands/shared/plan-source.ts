import { InvalidArgumentError, Option } from 'commander';
import { isNamespacePattern } from '../../../plan/glob.ts';

export interface PlanSourceFlags {
  plans?: string;
  planNamespaces?: string[];
}

export function planNamespacesOption(): Option {
  const what = 'namespaces that the plans of --plans may name: demo,shop-*';
  return new Option('--plan-namespaces <names>', what).argParser((text) => {
    const names = text.split(',');
    if (names.every(isNamespacePattern)) return names;
    throw new InvalidArgumentError('Write names of namespaces, or patterns for several: demo,shop-* (all: "*").');
  });
}
