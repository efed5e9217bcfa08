import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';

const repository = join(import.meta.dirname, '../..');

/** One import, re-export or `import()` of a module. */
export interface Import {
  /** `type` is erased before the program runs; `dynamic` is loaded when it is first needed. */
  readonly kind: 'static' | 'type' | 'dynamic';
  /** A path inside the repository for a relative import, otherwise the package as written. */
  readonly of: string;
  /** What is imported of it, as written. */
  readonly clause: string;
}

export interface Source {
  /** Relative to the repository, with slashes. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  /** The text with comments and the insides of strings, templates and regular expressions blanked out. */
  readonly code: string;
  readonly comments: string;
}

/** The TypeScript of these folders, by path. */
export function readSources(folders: readonly string[]): ReadonlyMap<string, Source> {
  const paths = folders.flatMap((folder) =>
    readdirSync(join(repository, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => relative(repository, join(entry.parentPath, entry.name)).split(sep).join('/')),
  );
  return new Map(paths.map((path) => [path, sourceOf(path, readFileSync(join(repository, path), 'utf8'))]));
}

/** Takes a file apart as far as the rules look at it. */
export function sourceOf(path: string, text: string): Source {
  const { code, comments } = blank(text);
  return {
    path,
    lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0),
    imports: importsIn(path, text, code),
    code,
    comments,
  };
}

/** In blanked code a specifier is a pair of quotes with spaces between; the original text holds it at the same place. */
const importing =
  /\b(?<word>import|export)\b(?<type>\s+type\b(?!\s*(?:from|,)))?(?<clause>\s*[^;'"()=]*?\bfrom)?(?<open>\s*\(?\s*)(?<quote>['"])(?<name> *)\k<quote>/g;

function importsIn(path: string, text: string, code: string): readonly Import[] {
  return [...code.matchAll(importing)].flatMap((match): Import[] => {
    const { word, type, clause = '', open = '', name = '' } = match.groups ?? {};
    if (word === 'export' && clause === '') return [];
    const end = match.index + match[0].length - 1;
    const of = text.slice(end - name.length, end);
    return [
      {
        kind: open.includes('(') ? 'dynamic' : type === undefined ? 'static' : 'type',
        of: of.startsWith('.') ? posix.join(posix.dirname(path), of) : of,
        clause: clause.replace(/\bfrom$/, '').trim(),
      },
    ];
  });
}

/** What may stand before a regular expression; after anything else a slash divides. */
const beforeRegExp = /(?:^|[(,=:[!&|?{};>~^+*%\n-]|\b(?:return|case|typeof|in|of))\s*$/;
const pieces = {
  comment: /\/\/[^\n]*|\/\*[\s\S]*?\*\//y,
  string: /'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"/y,
  regExp: /\/(?![*/])(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y,
  /** A template up to its end or its next `${`; from a backtick or from the `}` that closes an expression. */
  template: /[`}](?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{)/y,
};

/** Blanks comments and literals; line breaks and lengths stay. */
function blank(text: string): { readonly code: string; readonly comments: string } {
  let code = '';
  let comments = '';
  /** Open braces inside each template expression under way, innermost last. */
  const braces: number[] = [];
  const at = (piece: RegExp): string | undefined => {
    piece.lastIndex = code.length;
    return piece.exec(text)?.[0];
  };
  while (code.length < text.length) {
    const char = text.charAt(code.length);
    const depth = braces.at(-1);
    const comment = char === '/' ? at(pieces.comment) : undefined;
    const literal =
      comment !== undefined
        ? undefined
        : char === "'" || char === '"'
          ? at(pieces.string)
          : char === '/' && beforeRegExp.test(code.slice(-40))
            ? at(pieces.regExp)
            : char === '`' || (char === '}' && depth === 0)
              ? at(pieces.template)
              : undefined;
    if (literal !== undefined && (char === '`' || char === '}')) {
      if (char === '}') braces.pop();
      if (literal.endsWith('${')) braces.push(0);
    } else if (depth !== undefined && literal === undefined && comment === undefined) {
      if (char === '{') braces[braces.length - 1] = depth + 1;
      if (char === '}') braces[braces.length - 1] = depth - 1;
    }
    if (comment !== undefined) {
      comments += `${comment}\n`;
      code += spaces(comment);
    } else if (literal !== undefined) code += char + spaces(literal.slice(1, -1)) + literal.slice(-1);
    else code += char;
  }
  return { code, comments };
}

const spaces = (text: string): string => text.replace(/[^\n]/g, ' ');
