/**
 * Brackets, matched before parsing: how deep they go, and where one that is missing belongs. Layout means nothing to the parser; it is read
 * here only when brackets do not match, to guess where the author meant a block to end.
 */
import { EOF } from "chevrotain"
import type { IToken, TokenType } from "chevrotain"
import type { Diagnostic } from "../diagnostic/Diagnostic.ts"
import type { LineIndex } from "../diagnostic/LineIndex.ts"
import { syntaxError } from "../diagnostic/SyntaxCodes.ts"
import { declarationBegins, endOf, LeftBrace, LeftParen, RightBrace, RightParen } from "./Tokens.ts"

/** Brackets may be nested this deep. */
export const maximumNesting = 64

const opens = (token: IToken): boolean => token.tokenType === LeftBrace || token.tokenType === LeftParen
const closes = (token: IToken): boolean => token.tokenType === RightBrace || token.tokenType === RightParen
const closerOf = (open: IToken): TokenType => open.tokenType === LeftBrace ? RightBrace : RightParen

/** +1 for an opening bracket, -1 for a closing one, else 0. */
export const nestingOf = (token: IToken): number => opens(token) ? 1 : closes(token) ? -1 : 0

/** The first bracket that is nested deeper than the limit. */
export const tooDeep = (tokens: ReadonlyArray<IToken>): IToken | undefined => {
  let depth = 0
  for (const token of tokens) {
    depth = Math.max(0, depth + nestingOf(token))
    if (depth > maximumNesting) return token
  }
  return undefined
}

/** A token that the author did not write, right after `previous`. */
export const madeUp = (type: TokenType, image: string, at: number): IToken => ({
  image,
  startOffset: at,
  endOffset: at - 1,
  tokenType: type,
  tokenTypeIdx: type.tokenTypeIdx ?? 0,
  isInsertedInRecovery: true
})

/** Stands for the token after the last. */
export const endOfTokens: IToken = madeUp(EOF, "", 0)

/** A bracket that is not closed, and the index of the token before which it should have been. */
interface Gap {
  readonly open: IToken
  readonly before: number
}

/** Whether the token is the first on its line. */
export const firstOnLine = (tokens: ReadonlyArray<IToken>, index: number, lines: LineIndex): boolean => {
  const token = tokens[index]
  const previous = tokens[index - 1]
  if (token === undefined || previous === undefined) return true
  return lines.lineAt(Math.max(previous.startOffset, endOf(previous) - 1)) < lines.lineAt(token.startOffset)
}

const tabWidth = 8

/** Width of the blanks with which a line begins. */
const indentation = (lines: LineIndex, line: number): number => {
  let width = 0
  for (const character of lines.textOf(line)) {
    if (character === " ") width += 1
    else if (character === "\t") width += tabWidth - (width % tabWidth)
    else break
  }
  return width
}

/**
 * Matches brackets by themselves. A `}` that finds an open `(` on top of an open `{` says that the `(` is not closed; a `)` without its `(`
 * is passed over.
 */
const byNesting = (tokens: ReadonlyArray<IToken>, atDeclarations: (index: number) => boolean) => {
  const gaps: Array<Gap> = []
  const stack: Array<IToken> = []
  let superfluous = 0
  for (const [index, token] of tokens.entries()) {
    if (stack.length > 0 && atDeclarations(index)) {
      for (const open of stack.toReversed()) gaps.push({ open, before: index })
      stack.length = 0
    }
    if (opens(token)) {
      stack.push(token)
    } else if (closes(token)) {
      const matching = stack.findLastIndex((open) => closerOf(open) === token.tokenType)
      const unclosed = stack.slice(matching + 1)
      if (matching < 0 || unclosed.some((open) => open.tokenType === LeftBrace)) {
        superfluous += 1
        continue
      }
      for (const open of unclosed.toReversed()) gaps.push({ open, before: index })
      stack.length = matching
    }
  }
  for (const open of stack.toReversed()) gaps.push({ open, before: tokens.length })
  return { gaps, superfluous }
}

/** Matches brackets with the help of indentation: a block ends before a line that is indented no further than the line on which it began. */
const byIndentation = (tokens: ReadonlyArray<IToken>, lines: LineIndex) => {
  const gaps: Array<Gap> = []
  const stack: Array<{ readonly open: IToken; readonly line: number; readonly indent: number }> = []
  let superfluous = 0
  for (const [index, token] of tokens.entries()) {
    const line = lines.lineAt(token.startOffset)
    if (stack.length > 0 && firstOnLine(tokens, index, lines)) {
      const indent = indentation(lines, line)
      for (let top = stack.at(-1); top !== undefined && top.line < line; top = stack.at(-1)) {
        const ended = closes(token) ? indent < top.indent : indent <= top.indent
        if (!ended) break
        stack.pop()
        gaps.push({ open: top.open, before: index })
      }
    }
    if (opens(token)) {
      stack.push({ open: token, line, indent: indentation(lines, line) })
    } else if (closes(token)) {
      const top = stack.at(-1)
      if (top !== undefined && closerOf(top.open) === token.tokenType) stack.pop()
      else superfluous += 1
    }
  }
  for (const { open } of stack.toReversed()) gaps.push({ open, before: tokens.length })
  return { gaps, superfluous }
}

/**
 * Closes what is open: the tokens with the missing closing brackets put in, one finding for each, and the offsets at which they went in.
 * Brackets that close nothing stay where they are.
 */
export const closeBrackets = (
  tokens: ReadonlyArray<IToken>,
  lines: LineIndex
): { readonly tokens: Array<IToken>; readonly diagnostics: ReadonlyArray<Diagnostic>; readonly gaps: ReadonlyArray<number> } => {
  const plain = byNesting(tokens, () => false)
  if (plain.gaps.length === 0) return { tokens: [...tokens], diagnostics: [], gaps: [] }
  const indented = byIndentation(tokens, lines)
  // The layout is believed when it explains the file with as few missing brackets as there must be.
  const believed = indented.gaps.length === plain.gaps.length && indented.superfluous === plain.superfluous
  const gaps = believed
    ? indented.gaps
    : byNesting(tokens, (index) =>
      firstOnLine(tokens, index, lines) && declarationBegins((offset) => tokens[index + offset] ?? endOfTokens)).gaps
  const sorted = gaps.map((gap, order) => ({ gap, order })).sort((a, b) => a.gap.before - b.gap.before || a.order - b.order)
  const result: Array<IToken> = []
  const diagnostics: Array<Diagnostic> = []
  const offsets: Array<number> = []
  let next = 0
  for (const { gap } of sorted) {
    while (next < gap.before) {
      const token = tokens[next++]
      if (token !== undefined) result.push(token)
    }
    const previous = tokens[gap.before - 1]
    const at = previous === undefined ? 0 : endOf(previous)
    const type = closerOf(gap.open)
    const sign = type === RightBrace ? "}" : ")"
    result.push(madeUp(type, sign, at))
    offsets.push(at, gap.open.startOffset)
    diagnostics.push(syntaxError(
      "BICA1201",
      { start: at, end: at },
      type === RightBrace
        ? `The block that begins on line ${lines.lineAt(gap.open.startOffset)} is not closed.`
        : "The brackets of this call are not closed.",
      `Write \`${sign}\` where it ends.`,
      { labels: [{ span: { start: gap.open.startOffset, end: endOf(gap.open) }, text: "opened here" }] }
    ))
  }
  for (; next < tokens.length; next++) {
    const token = tokens[next]
    if (token !== undefined) result.push(token)
  }
  return { tokens: result, diagnostics, gaps: offsets }
}
