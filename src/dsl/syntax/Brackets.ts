/**
 * Brackets, matched before parsing: how deep they go, and where one that is missing belongs. Layout means nothing to the parser; it is read
 * here only when brackets do not match, to guess where the author meant a block to end.
 */
import { EOF } from "chevrotain"
import type { IToken, TokenType } from "chevrotain"
import type { Diagnostic, Span } from "../diagnostic/Diagnostic.ts"
import type { LineIndex } from "../diagnostic/LineIndex.ts"
import { syntaxError } from "../diagnostic/SyntaxCodes.ts"
import { declarationBegins, endOf, LeftBrace, LeftParen, RightBrace, RightParen } from "./Tokens.ts"

/** Brackets may be nested this deep. */
export const maximumNesting = 64

const opens = (token: IToken): boolean => token.tokenType === LeftBrace || token.tokenType === LeftParen
const closes = (token: IToken): boolean => token.tokenType === RightBrace || token.tokenType === RightParen
const closerOf = (open: IToken): TokenType => (open.tokenType === LeftBrace ? RightBrace : RightParen)

/** +1 for an opening bracket, -1 for a closing one, else 0. */
export const nestingOf = (token: IToken): number => (opens(token) ? 1 : closes(token) ? -1 : 0)

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
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index] ?? endOfTokens
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
    const top = stack.at(-1)
    if (
      token.tokenType === LeftBrace &&
      top?.open.tokenType === LeftParen &&
      top.line === line &&
      firstOnLine(tokens, index + 1, lines)
    ) {
      // A block that begins at the end of a line does not stand in the brackets of a call.
      stack.pop()
      gaps.push({ open: top.open, before: index })
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
 * Closing brackets that close nothing on their line: with a bracket too many in the file, a `}` behind other words whose `{` is on an earlier
 * line. Undefined when that does not explain the file.
 */
const closingTooEarly = (
  tokens: ReadonlyArray<IToken>,
  lines: LineIndex,
  superfluous: number
): ReadonlySet<IToken> | undefined => {
  const early = new Set<IToken>()
  const stack: Array<{ readonly open: IToken; readonly line: number }> = []
  for (const [index, token] of tokens.entries()) {
    const line = lines.lineAt(token.startOffset)
    if (opens(token)) stack.push({ open: token, line })
    if (!closes(token)) continue
    const top = stack.at(-1)
    const matches = top !== undefined && closerOf(top.open) === token.tokenType
    const first = firstOnLine(tokens, index, lines)
    if (matches && (top.line === line || first)) stack.pop()
    else if (first) return undefined
    else early.add(token)
  }
  return early.size === superfluous && stack.length === 0 ? early : undefined
}

/**
 * Lines that begin a block and lack its `{`: a `}` at the beginning of a line belongs to the last line before it with the same indentation.
 * The indices are those of the tokens before which a `{` is missing; undefined when that does not explain the file.
 */
const openingAtLineEnd = (
  tokens: ReadonlyArray<IToken>,
  lines: LineIndex,
  superfluous: number
): ReadonlySet<number> | undefined => {
  const missing = new Set<number>()
  const stack: Array<{ readonly open: IToken; readonly index: number; readonly indent: number }> = []
  /** First tokens of lines, with the index of the token after the line. */
  const starts: Array<{ readonly index: number; readonly indent: number }> = []
  for (const [index, token] of tokens.entries()) {
    const indent = indentation(lines, lines.lineAt(token.startOffset))
    const first = firstOnLine(tokens, index, lines)
    if (first) starts.push({ index, indent })
    if (opens(token)) stack.push({ open: token, index, indent })
    if (!closes(token)) continue
    const top = stack.at(-1)
    const own = top !== undefined && closerOf(top.open) === token.tokenType
    if (own && (!first || top.indent === indent)) {
      stack.pop()
      continue
    }
    if (!first || token.tokenType !== RightBrace) return undefined
    const line = starts.findLastIndex((start, at) => at < starts.length - 1 && start.indent <= indent)
    const begins = starts[line]
    const next = starts[line + 1]
    if (
      begins === undefined ||
      next === undefined ||
      begins.indent !== indent ||
      next.indent <= indent ||
      (top !== undefined && begins.index <= top.index)
    )
      return undefined
    missing.add(next.index)
  }
  return missing.size === superfluous && stack.length === 0 ? missing : undefined
}

/** A closing bracket that was put in. */
export interface Closed {
  readonly diagnostic: Diagnostic
  /** Offset of the bracket that was open. */
  readonly from: number
  /** Between the token before the gap and the one after it. */
  readonly to: Span
}

/** The finding for a closing bracket that closes nothing. */
export const closesNothing = (token: IToken): Diagnostic =>
  syntaxError(
    "BICA1202",
    { start: token.startOffset, end: endOf(token) },
    `This \`${token.image}\` closes nothing.`,
    "Remove it, or write the bracket that it should close.",
    { replacement: "" }
  )

/**
 * Makes brackets match as far as the layout says how: the tokens with the missing brackets put in and those left out that are too many, and a
 * finding for each. Closing brackets that the layout does not explain stay where they are.
 */
export const closeBrackets = (
  tokens: ReadonlyArray<IToken>,
  lines: LineIndex
): {
  readonly tokens: Array<IToken>
  readonly gaps: ReadonlyArray<Closed>
  readonly others: ReadonlyArray<Diagnostic>
} => {
  const plain = byNesting(tokens, () => false)
  if (plain.gaps.length === 0) {
    if (plain.superfluous === 0) return { tokens: [...tokens], gaps: [], others: [] }
    const early = closingTooEarly(tokens, lines, plain.superfluous)
    if (early !== undefined)
      return { tokens: tokens.filter((token) => !early.has(token)), gaps: [], others: [...early].map(closesNothing) }
    const missing = openingAtLineEnd(tokens, lines, plain.superfluous)
    if (missing === undefined) return { tokens: [...tokens], gaps: [], others: [] }
    const others: Array<Diagnostic> = []
    const opened = tokens.flatMap((token, index) => {
      if (!missing.has(index)) return [token]
      const at = endOf(tokens[index - 1] ?? token)
      others.push(
        syntaxError(
          "BICA1304",
          { start: at, end: at },
          "The block that begins here needs `{` before its first line.",
          "Write `{` at the end of this line.",
          { replacement: " {" }
        )
      )
      return [madeUp(LeftBrace, "{", at), token]
    })
    return { tokens: opened, gaps: [], others }
  }
  const doubled = tokens.filter(
    (token, index) => token.tokenType === LeftBrace && tokens[index - 1]?.tokenType === LeftBrace
  )
  if (doubled.length === plain.gaps.length) {
    const others = doubled.map((token) =>
      syntaxError(
        "BICA1202",
        { start: token.startOffset, end: endOf(token) },
        "This `{` opens a block within a block, without a name.",
        "Remove it.",
        { replacement: "" }
      )
    )
    return { tokens: tokens.filter((token) => !doubled.includes(token)), gaps: [], others }
  }
  const indented = byIndentation(tokens, lines)
  // The layout is believed when it explains the file with as few missing brackets as there must be.
  const believed = indented.gaps.length === plain.gaps.length && indented.superfluous === plain.superfluous
  const gaps = believed
    ? indented.gaps
    : byNesting(
        tokens,
        (index) =>
          firstOnLine(tokens, index, lines) && declarationBegins((offset) => tokens[index + offset] ?? endOfTokens)
      ).gaps
  const result: Array<IToken> = []
  const closed: Array<Closed> = []
  let next = 0
  // Sorting is stable: of several brackets missing in one place, the innermost comes first.
  for (const { before, open } of gaps.toSorted((a, b) => a.before - b.before)) {
    result.push(...tokens.slice(next, before))
    next = Math.max(next, before)
    const previous = tokens[before - 1]
    const at = previous === undefined ? 0 : endOf(previous)
    const type = closerOf(open)
    const sign = type === RightBrace ? "}" : ")"
    result.push(madeUp(type, sign, at))
    closed.push({
      from: open.startOffset,
      to: { start: at, end: tokens[before]?.startOffset ?? lines.text.length },
      diagnostic: syntaxError(
        "BICA1201",
        { start: at, end: at },
        type === RightBrace
          ? `The block that begins on line ${lines.lineAt(open.startOffset)} is not closed.`
          : "The brackets of this call are not closed.",
        `Write \`${sign}\` where it ends.`,
        {
          labels: [{ span: { start: open.startOffset, end: endOf(open) }, text: "opened here" }],
          replacement:
            type === RightParen ? sign : lines.lineAt(open.startOffset) < lines.lineAt(at) ? `\n${sign}` : ` ${sign}`
        }
      )
    })
  }
  result.push(...tokens.slice(next))
  return { tokens: result, gaps: closed, others: [] }
}
