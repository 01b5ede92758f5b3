// Prints, as JSON, every exported symbol without a doc comment, and every public member of exported classes, interfaces,
// object types and object values, however deep they are nested:
//   node docs/reference/undocumented.mjs [entry.ts ...]
import { join, relative } from 'node:path';
import ts from 'typescript';
import { ENTRIES, ROOT } from './entries.mjs';

/** Members that are the same everywhere: what a thing is called, the shape of a matrix, the number of its nonzeros. */
const KNOWN = ['name', 'rows', 'cols', 'nnz'];

const given = process.argv.slice(2);
const files = given.length > 0 ? given : Object.values(ENTRIES).map(file => join(ROOT, file));
const { config } = ts.readConfigFile(join(ROOT, 'docs/reference/tsconfig.json'), ts.sys.readFile);
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, join(ROOT, 'docs/reference'));
const program = ts.createProgram(files, options);
const checker = program.getTypeChecker();

function describe(name, symbol, at) {
  const { line } = at.getSourceFile().getLineAndCharacterOfPosition(at.getStart());
  const text = ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim();
  return { name, documented: text !== '', at: `${relative(ROOT, at.getSourceFile().fileName)}:${line + 1}` };
}

/** Own public members. What overrides another has that one's comment; parameters of constructors have `@param`. */
function membersOf(name, symbol) {
  const { Class, Interface, TypeAlias, Variable } = ts.SymbolFlags;
  if (symbol.flags & (Class | Interface)) return [...symbol.members.values()].flatMap(member => memberOf(name, member));
  const at = symbol.declarations[0];
  if (symbol.flags & TypeAlias) return nestedIn(name, at.type);
  return symbol.flags & Variable ? nestedIn(name, at.type ?? at.initializer) : [];
}

function memberOf(owner, member) {
  const [at] = member.declarations ?? [];
  if (at === undefined || ts.isConstructorDeclaration(at) || ts.isTypeParameterDeclaration(at)) return [];
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected | ts.ModifierFlags.Override;
  if (ts.getCombinedModifierFlags(at) & hidden || member.name.startsWith('__')) return [];
  const name = `${owner}.${member.name}`;
  const nested = nestedIn(name, at.type ?? at.initializer);
  return KNOWN.includes(member.name) ? nested : [describe(name, member, at), ...nested];
}

/**
 * Members of the object types that a type is made of; of a value where no type is stated. What is written in one line has
 * the comment of its owner.
 */
function nestedIn(owner, node) {
  if (node === undefined) return [];
  if (ts.isTypeLiteralNode(node) || ts.isObjectLiteralExpression(node)) {
    const short = !node.getText().includes('\n');
    return short ? [] : [...node.symbol.members.values()].flatMap(member => memberOf(owner, member));
  }
  const parts =
    ts.isUnionTypeNode(node) || ts.isIntersectionTypeNode(node)
      ? node.types
      : ts.isArrayTypeNode(node)
        ? [node.elementType]
        : ts.isParenthesizedTypeNode(node) || ts.isTypeOperatorNode(node)
          ? [node.type]
          : ts.isAsExpression(node)
            ? [node.expression]
            : [];
  return parts.flatMap(part => nestedIn(owner, part));
}

const all = files.flatMap(file => {
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`expected a module, got ${file}`);
  return checker.getExportsOfModule(module).map(symbol => {
    const original = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const at = original.declarations?.[0];
    if (at === undefined) throw new Error(`expected a declaration of ${symbol.name}, exported by ${file}`);
    return { symbol: describe(symbol.name, original, at), members: membersOf(symbol.name, original) };
  });
});
const members = all.flatMap(each => each.members);
const undocumented = [...all.map(each => each.symbol), ...members]
  .filter(({ documented }) => !documented)
  .map(({ name, at }) => `${name} (${at})`);
const found = { symbols: all.length, members: members.length, undocumented: [...new Set(undocumented)].sort() };
console.log(JSON.stringify(found, null, 2));
