import { parser } from '@prometheus-io/lezer-promql';
import type { Matchers } from '../contract/analysis.ts';
import { conditionList } from './quote.ts';

const MATCHER_NODES = ['UnquotedLabelMatcher', 'QuotedLabelMatcher', 'QuotedLabelName'];

/**
 * The query with these matchers in every one of its selectors, whatever it matches itself.
 * @returns undefined for what Prometheus' grammar does not know: there nobody can tell where a selector stands
 */
export function withMatchers(query: string, matchers: Matchers): string | undefined {
  const list = conditionList(matchers);
  if (list === '') return query;
  const insertions: [at: number, text: string][] = [];
  let unknown = false;
  parser.parse(query).iterate({
    enter: ({ name, type, node }) => {
      unknown ||= type.isError;
      if (name !== 'VectorSelector') return;
      const own = node.getChild('LabelMatchers');
      const hasOthers = own && MATCHER_NODES.some((matcher) => own.getChild(matcher));
      insertions.push(own ? [own.from + 1, hasOthers ? `${list},` : list] : [node.to, `{${list}}`]);
    },
  });
  if (unknown) return undefined;
  return insertions.reduceRight((text, [at, more]) => text.slice(0, at) + more + text.slice(at), query);
}
