/** Refuses an exported type name that exists twice: who looks one up by its name finds one thing. Re-exports do not count. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

const ROOT = join(import.meta.dirname, '..', '..');

const places = new Map<string, string[]>();
for (const file of checkedFiles()) {
  for (const [name, place] of exportedTypes(file)) places.set(name, [...(places.get(name) ?? []), place]);
}
const twice = [...places].filter(([, where]) => where.length > 1);
for (const [name, where] of twice) console.error(`${name}\n  ${where.join('\n  ')}`);
if (twice.length > 0) {
  console.error(`\n${twice.length} exported type names exist twice: call each what it is, or share one.`);
  process.exitCode = 1;
}

/** What the compiler reads too. */
function checkedFiles(): string[] {
  const projects = ['tsconfig.json', ...globSync('extras/*/tsconfig.json', { cwd: ROOT })];
  return projects.flatMap((project) => {
    const file = join(ROOT, project);
    const { config } = ts.readConfigFile(file, ts.sys.readFile);
    return ts.parseJsonConfigFileContent(config, ts.sys, dirname(file)).fileNames;
  });
}

function exportedTypes(file: string): [name: string, place: string][] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  return source.statements.filter(isExportedType).map(({ name }) => {
    const { line } = source.getLineAndCharacterOfPosition(name.pos);
    return [name.text, `${relative(ROOT, file)}:${line + 1}`];
  });
}

function isExportedType(node: ts.Statement): node is ts.Statement & { name: ts.Identifier } {
  const isType = ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isClassDeclaration(node);
  return isType && node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
}
