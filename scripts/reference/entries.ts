/** What the library exports, with types and docstrings, as the compiler knows them. */

import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { SyntaxKind } from 'typescript/unstable/ast';
import {
  API,
  type Checker,
  type Symbol as CompilerSymbol,
  NodeBuilderFlags,
  type Project,
  type Signature,
  SignatureKind,
  SymbolFlags,
} from 'typescript/unstable/sync';

/** A name that users import, or a member of one. */
export interface Entry {
  /** With its namespace: `nn.linear`. */
  readonly name: string;
  readonly kind: 'function' | 'class' | 'type' | 'value';
  /** Where it is declared, from the project's root. */
  readonly file: string;
  /** One for each way to call a function; for the others how they are declared. */
  readonly signatures: readonly string[];
  readonly text: string;
  readonly tags: readonly Tag[];
  /** Methods and properties of a class, properties of an object type. */
  readonly members: readonly Entry[];
}

export interface Tag {
  readonly name: string;
  readonly text: string;
}

/** What the library's file at `path` says of itself at its top, as Markdown; nothing where it does not, or for a folder. */
export function readOpening(path: string): string {
  if (!path.endsWith('.ts')) return '';
  const opening = /^\/\*\*([\s\S]*?)\*\/\n\n/.exec(readFileSync(path, 'utf8'))?.[1] ?? '';
  const text = opening.replace(/^ \* ?/gm, '').trim();
  return text === '' ? '' : `${text}\n`;
}

/** Everything that `entryFile` exports; what one file declares, in its order. */
export function readEntries(root: string, entryFile: string): Entry[] {
  const api = new API({ cwd: root });
  try {
    const [project] = api.updateSnapshot({ openProject: `${root}/tsconfig.json` }).getProjects();
    return new Reader(root, project).exportsOf(`${root}/${entryFile}`, '');
  } finally {
    api.close();
  }
}

class Reader {
  readonly #root: string;
  readonly #project: Project;
  readonly #checker: Checker;

  constructor(root: string, project: Project) {
    this.#root = root;
    this.#project = project;
    this.#checker = project.checker;
  }

  exportsOf(file: string, namespace: string): Entry[] {
    const source = this.#project.program.getSourceFile(file);
    const module = source && this.#checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`reference: ${file} is no module of the project`);
    return this.#entriesOf(this.#checker.getExportsOfModule(module), namespace);
  }

  #entriesOf(exported: readonly CompilerSymbol[], namespace: string): Entry[] {
    const place = (symbol: CompilerSymbol) => this.#own(symbol).declarations[0]?.index ?? 0;
    return exported
      .toSorted((p, q) => place(p) - place(q))
      .flatMap((symbol) => {
        const own = this.#own(symbol);
        if (own.flags & SymbolFlags.ValueModule) {
          return this.#entriesOf(this.#checker.getExportsOfModule(own), `${namespace}${symbol.name}.`);
        }
        return this.#isInternal(own) ? [] : [this.#entry(own, `${namespace}${symbol.name}`, symbol)];
      });
  }

  /** What an export stands for. */
  #own(symbol: CompilerSymbol): CompilerSymbol {
    return symbol.flags & SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }

  #entry(symbol: CompilerSymbol, name: string, exported = symbol): Entry {
    const kind = kindOf(symbol);
    const type =
      kind === 'type' || kind === 'class'
        ? this.#checker.getDeclaredTypeOfSymbol(symbol)
        : this.#checker.getTypeOfSymbol(symbol);
    if (type === undefined) throw new Error(`reference: ${name} has no type`);
    const calls =
      kind === 'function' || kind === 'value'
        ? this.#checker.getSignaturesOfType(type, SignatureKind.Call)
        : [];
    const documented = symbol.getDocumentationComment(this.#checker) === '' ? exported : symbol;
    return {
      name,
      kind: calls.length > 0 ? 'function' : kind,
      file: this.#fileOf(symbol),
      signatures:
        calls.length > 0
          ? calls.map((call) => this.#signature(name, call))
          : [this.#declaration(symbol, name, kind)],
      text: documented.getDocumentationComment(this.#checker),
      tags: documented.getJsDocTags(this.#checker).map((tag) => ({ name: tag.name, text: tag.text ?? '' })),
      members: this.#membersOf(symbol, kind),
    };
  }

  /** Of a class those that it declares itself, but no private ones; of an object type all. */
  #membersOf(symbol: CompilerSymbol, kind: Entry['kind']): Entry[] {
    if (kind !== 'class' && kind !== 'type') return [];
    const file = this.#fileOf(symbol);
    return [...symbol.getMembers().values()]
      .filter((member) => member.flags & (SymbolFlags.Method | SymbolFlags.Property | SymbolFlags.Accessor))
      .filter(
        (member) =>
          /^[a-z]\w*$/i.test(member.name) && this.#fileOf(member) === file && !this.#isInternal(member),
      )
      .map((member) => this.#entry(member, member.name));
  }

  #signature(name: string, signature: Signature): string {
    const node = this.#checker.signatureToSignatureDeclaration(
      signature,
      SyntaxKind.CallSignature,
      undefined,
      NodeBuilderFlags.NoTruncation,
    );
    if (node === undefined) throw new Error(`reference: ${name} has a signature that cannot be printed`);
    return readable(`${name}${this.#project.emitter.printNode(node).replace(/;$/, '')}`);
  }

  /** As it stands in the source, without what belongs to its members. */
  #declaration(symbol: CompilerSymbol, name: string, kind: Entry['kind']): string {
    if (kind === 'class') return `class ${name}`;
    if (kind === 'value') {
      const type = this.#checker.getTypeOfSymbol(symbol);
      const optional = symbol.flags & SymbolFlags.Optional ? '?' : '';
      return readable(
        `${name}${optional}: ${type && this.#checker.typeToString(type, undefined, NodeBuilderFlags.NoTruncation)}`,
      );
    }
    const node = symbol.declarations[0]?.resolve();
    const source = node && this.#project.emitter.printNode(node);
    const alias = source?.match(/^export type [^=]+= ([\s\S]+);$/);
    return alias ? `type ${name} = ${alias[1]}` : `interface ${name}`;
  }

  #isInternal(symbol: CompilerSymbol): boolean {
    return symbol.getJsDocTags(this.#checker).some(({ name }) => name === 'internal');
  }

  #fileOf(symbol: CompilerSymbol): string {
    const [declaration] = symbol.declarations;
    return declaration === undefined ? '' : relative(this.#root, declaration.path);
  }
}

/** On one line, and without what goes without saying. */
function readable(signature: string): string {
  return signature
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\[ (.*?) \]/g, '[$1]')
    .replaceAll('<DType>', '')
    .replace(/(\?: .*?) \| undefined(?=[,;)]|$)/g, '$1');
}

function kindOf({ flags }: CompilerSymbol): Entry['kind'] {
  if (flags & SymbolFlags.Class) return 'class';
  if (flags & (SymbolFlags.Interface | SymbolFlags.TypeAlias)) return 'type';
  return flags & (SymbolFlags.Function | SymbolFlags.Method) ? 'function' : 'value';
}
