/** Regular expressions of a program, and which of them may take longer than their text's length allows. */
import ts from 'typescript';

export interface Pattern {
  /** From 1. */
  line: number;
  source: string;
  flags: string;
}

/** @returns those that are written out, and the lines of those that are put together while it runs */
export function patternsOf(text: string): { written: Pattern[]; made: number[] } {
  const file = ts.createSourceFile('program.ts', text, ts.ScriptTarget.Latest, true);
  const lineOf = (node: ts.Node) => file.getLineAndCharacterOfPosition(node.getStart()).line + 1;
  const found = { written: [] as Pattern[], made: [] as number[] };
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/');
      found.written.push({ line: lineOf(node), source: node.text.slice(1, end), flags: node.text.slice(end + 1) });
    }
    const makes = ts.isNewExpression(node) || ts.isCallExpression(node);
    if (makes && ts.isIdentifier(node.expression) && node.expression.text === 'RegExp') found.made.push(lineOf(node));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}
