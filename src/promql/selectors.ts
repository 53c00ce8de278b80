import { parser } from '@prometheus-io/lezer-promql';

/** A vector selector of a query. */
interface QuerySelector {
  metric: string;
  matchers: {
    label: string;
    operator: string;
    value: string /** Of the value, without its quotes. */;
    from: number;
    to: number;
  }[];
  /** Inside an aggregation such as sum: of many series one number becomes. */
  aggregated: boolean;
}

/** What a query reads; none: it is a constant. Text that is no PromQL is read as far as it can be. */
export function selectorsOf(query: string): QuerySelector[] {
  const found: QuerySelector[] = [];
  let aggregations = 0;
  const text = (node: { from: number; to: number } | null) => (node ? query.slice(node.from, node.to) : '');
  parser.parse(query).iterate({
    enter: ({ name, node }) => {
      if (name === 'AggregateExpr') aggregations += 1;
      if (name === 'VectorSelector')
        found.push({ metric: text(node.getChild('Identifier')), matchers: [], aggregated: aggregations > 0 });
      if (name !== 'UnquotedLabelMatcher' && name !== 'QuotedLabelMatcher') return;
      const value = node.getChild('StringLiteral');
      const label = node.getChild('LabelName') ?? node.getChild('QuotedLabelName');
      if (!value) return;
      found.at(-1)?.matchers.push({
        label: text(label),
        operator: text(node.getChild('MatchOp')),
        value: query.slice(value.from + 1, value.to - 1),
        from: value.from + 1,
        to: value.to - 1,
      });
    },
    leave: ({ name }) => {
      if (name === 'AggregateExpr') aggregations -= 1;
    },
  });
  return found;
}
