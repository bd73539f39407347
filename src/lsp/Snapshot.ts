/** A text with everything that is known of it: made once for each version of a document, read by every feature. */
import type { Position, Range } from "vscode-languageserver/node"
import type { EnvironmentDeclaration } from "../declaration/Environment.ts"
import { modulesOf, withCode } from "../dsl/check/UserCode.ts"
import { LineIndex } from "../dsl/diagnostic/LineIndex.ts"
import { analyse } from "../dsl/index.ts"
import type { Analysis, Catalogue, Span } from "../dsl/index.ts"
import { maximumLength, maximumTokens } from "../dsl/syntax/Parse.ts"
import { endOf, lex } from "../dsl/syntax/Tokens.ts"
import type { Token } from "./Expectation.ts"
import type { NameIndex } from "./NameIndex.ts"
import { build } from "./NameIndex.ts"

export interface Snapshot {
  readonly name: string
  readonly text: string
  readonly lines: LineIndex
  readonly catalogue: Catalogue
  /** Environments of the catalogue, with what the file's modules bring. */
  readonly environments: ReadonlyArray<EnvironmentDeclaration>
  readonly analysis: Analysis
  readonly index: NameIndex
  /** As written, in order; none where the text is longer than the language reads. */
  readonly tokens: ReadonlyArray<Token>
  readonly comments: ReadonlyArray<Token>
}

/**
 * Reads a text. Total: whatever the text, it never throws. `earlier` is the snapshot before an edit, of which what the edit left alone
 * is not read again. Tokens and names are looked for when a feature asks for them, so that findings come first.
 */
export const read = (
  source: { readonly name: string; readonly text: string },
  catalogue: Catalogue,
  earlier?: Snapshot
): Snapshot => {
  const { name, text } = source
  const analysis = analyse(source, catalogue, earlier?.analysis)
  let written: { readonly tokens: ReadonlyArray<Token>; readonly comments: ReadonlyArray<Token> } | undefined
  let index: NameIndex | undefined
  const environments =
    catalogue.code === undefined
      ? catalogue.environments
      : withCode(catalogue.environments, modulesOf(analysis.file, catalogue))
  const words = () => (written ??= wordsOf(text))
  return {
    name,
    text,
    lines: new LineIndex(text),
    catalogue,
    environments,
    analysis,
    get index() {
      return (index ??= build(analysis.file, { ...catalogue, environments }, words().tokens))
    },
    get tokens() {
      return words().tokens
    },
    get comments() {
      return words().comments
    }
  }
}

const wordsOf = (text: string): { readonly tokens: ReadonlyArray<Token>; readonly comments: ReadonlyArray<Token> } => {
  if (text.length > maximumLength) return { tokens: [], comments: [] }
  const { comments, tokens } = lex(text)
  const plain = (token: (typeof tokens)[number]): Token => ({
    type: token.tokenType.name,
    text: token.image,
    start: token.startOffset,
    end: endOf(token)
  })
  return { tokens: tokens.length > maximumTokens ? [] : tokens.map(plain), comments: comments.map(plain) }
}

// ---- places ----------------------------------------------------------------------------------------------------
// Lines and characters count from 0 here, and characters are UTF-16 units, as the protocol has it.

/** The place of an offset; an offset beyond the text is its end. */
export const positionAt = (snapshot: Snapshot, offset: number): Position => {
  const { column, line } = snapshot.lines.position(offset)
  return { line: line - 1, character: column - 1 }
}

/** The offset of a place. A character beyond its line is the line's end, a line beyond the text is the text's end. */
export const offsetAt = (snapshot: Snapshot, { character, line }: Position): number => {
  const { lines, text } = snapshot
  if (line >= lines.count) return text.length
  if (line < 0) return 0
  const start = lines.startOf(line + 1)
  return Math.min(start + Math.max(0, character), lines.endOf(line + 1))
}

export const rangeOf = (snapshot: Snapshot, span: Span): Range => ({
  start: positionAt(snapshot, span.start),
  end: positionAt(snapshot, span.end)
})

/** The token that holds an offset, or the one that ends there. */
export const tokenAt = (tokens: ReadonlyArray<Token>, offset: number): Token | undefined => {
  const next = tokens[firstAfter(tokens, offset)]
  const before = tokens[firstAfter(tokens, offset) - 1]
  return before !== undefined && offset <= before.end
    ? before
    : next !== undefined && next.start === offset
      ? next
      : undefined
}

/** Number of the first token that begins after an offset. */
export const firstAfter = (tokens: ReadonlyArray<Token>, offset: number): number => {
  let low = 0
  let high = tokens.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((tokens[middle]?.start ?? 0) <= offset) low = middle + 1
    else high = middle
  }
  return low
}

/** Whether a token is the first on its line. */
export const isFirstOnLine = (snapshot: Snapshot, index: number): boolean => {
  const [before, token] = [snapshot.tokens[index - 1], snapshot.tokens[index]]
  return token !== undefined && (before === undefined || /[\n\r]/.test(snapshot.text.slice(before.end, token.start)))
}
