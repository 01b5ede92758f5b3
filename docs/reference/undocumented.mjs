// Prints, as JSON, every exported symbol without a doc comment:  node docs/reference/undocumented.mjs [entry.ts ...]
import { join, relative } from 'node:path';
import ts from 'typescript';
import { ENTRIES, ROOT } from './entries.mjs';

const given = process.argv.slice(2);
const files = given.length > 0 ? given : Object.values(ENTRIES).map(file => join(ROOT, file));
const { config } = ts.readConfigFile(join(ROOT, 'docs/reference/tsconfig.json'), ts.sys.readFile);
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, join(ROOT, 'docs/reference'));
const program = ts.createProgram(files, options);
const checker = program.getTypeChecker();

const symbols = files.flatMap(file => {
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`expected a module, got ${file}`);
  return checker.getExportsOfModule(module).map(symbol => {
    const original = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const at = original.declarations?.[0];
    if (at === undefined) throw new Error(`expected a declaration of ${symbol.name}, exported by ${file}`);
    const { line } = at.getSourceFile().getLineAndCharacterOfPosition(at.getStart());
    const text = ts.displayPartsToString(original.getDocumentationComment(checker)).trim();
    return {
      name: symbol.name,
      documented: text !== '',
      at: `${relative(ROOT, at.getSourceFile().fileName)}:${line + 1}`,
    };
  });
});
const undocumented = symbols.filter(({ documented }) => !documented).map(({ name, at }) => `${name} (${at})`);
console.log(JSON.stringify({ symbols: symbols.length, undocumented: [...new Set(undocumented)].sort() }, null, 2));
