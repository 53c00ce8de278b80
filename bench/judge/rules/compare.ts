import { initial } from '../../../src/judge/compare/state.ts';
import { step } from '../../../src/judge/compare/step.ts';
import type { CompareOptions } from '../../../src/judge/compare/types.ts';
import type { Rule } from './rule.ts';

/** Our comparison as it runs in a rollout. */
export function compareRule(options: CompareOptions): Rule {
  const start = initial(options);
  return {
    name: 'compare',
    start: () => {
      let state = start;
      return (counts) => {
        const next = step(state, counts);
        state = next.state;
        const { verdict } = next.output;
        return verdict === 'abort' || verdict === 'pass' ? verdict : 'continue';
      };
    },
  };
}
