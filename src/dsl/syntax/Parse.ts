/**
 * Text to syntax tree. Total: whatever the text, the result is a tree of what could be read and the findings about the rest, in bounded time.
 */
import type { CstNode, IToken, TokenType } from "chevrotain"
import type { Diagnostic, Span } from "../diagnostic/Diagnostic.ts"
import { LineIndex } from "../diagnostic/LineIndex.ts"
import { quotedText, syntaxError } from "../diagnostic/SyntaxCodes.ts"
import type * as Ast from "./Ast.ts"
import { closeBrackets, endOfTokens, firstOnLine, madeUp, maximumNesting, nestingOf, tooDeep } from "./Brackets.ts"
import * as Contents from "./Contents.ts"
import type { Mend } from "./Faults.ts"
import { explain } from "./Faults.ts"
import type { ItemKind, OpenItem } from "./Grammar.ts"
import { Grammar } from "./Grammar.ts"
import * as T from "./Tokens.ts"
import { Conversion } from "./ToAst.ts"

/** Longer texts are not read, in UTF-16 units. */
export const maximumLength = 1_048_576

/** Texts of more words, numbers and signs than this are not read: a hundred times the longest experiment, and read in seconds. */
export const maximumTokens = 65_536

/** At most this many errors are shown. */
export const maximumDiagnostics = 20

/** A token or a comment as it stands in the text. */
export interface Lexeme {
  readonly kind: "word" | "keyword" | "number" | "text" | "sign" | "comment"
  readonly text: string
  readonly span: Span
}

export interface Parsed {
  /** What could be read. Without diagnostics it is the whole file. */
  readonly file: Ast.File
  /** In the order of the text. */
  readonly diagnostics: ReadonlyArray<Diagnostic>
  /** Tokens as written, in order. Words of the language are `keyword` wherever they stand. */
  readonly tokens: ReadonlyArray<Lexeme>
  readonly comments: ReadonlyArray<Lexeme>
  /** What the next parse of the text after an edit may take over. */
  readonly pieces: Pieces
}

/** Declarations without a fault, in order, as they stand in a text. */
export interface Pieces {
  readonly text: string
  readonly list: ReadonlyArray<Piece>
  /** Whether there is nothing else in the text, but for comments. */
  readonly whole: boolean
}

/** A declaration, and of how many tokens its text from the first to the last consists. */
interface Piece {
  readonly declaration: Ast.Declaration
  readonly tokens: number
}

const noPieces: Pieces = { text: "", list: [], whole: false }

const textOf = ({ text }: Pieces, { declaration: { span } }: Piece): string => text.slice(span.start, span.end)

/** Pieces by their text. */
const byText = (pieces: Pieces): ReadonlyMap<string, Piece> =>
  new Map(pieces.list.map((piece) => [textOf(pieces, piece), piece]))

/** A part of the tree that stands elsewhere in the text. */
const moved = <A>(part: A, by: number): A => (by === 0 ? part : (movedPart(part, by) as A))

const movedPart = (part: unknown, by: number): unknown => {
  if (typeof part !== "object" || part === null) return part
  if (Array.isArray(part)) return part.map((each) => movedPart(each, by))
  const result: Record<string, unknown> = {}
  for (const key in part) {
    const value: unknown = part[key as keyof typeof part]
    result[key] = (key === "start" || key === "end") && typeof value === "number" ? value + by : movedPart(value, by)
  }
  return result
}

/** A declaration that stands elsewhere in the text. */
const movedPiece = (piece: Piece, by: number): Piece => {
  if (by === 0) return piece
  const declaration = moved(piece.declaration, by)
  Contents.readAs(declaration, piece.declaration)
  return { declaration, tokens: piece.tokens }
}

/** The concrete tree, for the formatter and `--emit cst`. Only whole declarations are in it. */
export interface ConcreteParsed extends Parsed {
  readonly declarations: ReadonlyArray<CstNode>
  readonly lines: LineIndex
  /** Where the grammar could not go on: its rule and what it wanted there, also where nothing was said about it. */
  readonly faults: ReadonlyArray<string>
}

// Building the parser analyses the grammar; it is stateless between parses.
let shared: Grammar | undefined
const grammar = (): Grammar => (shared ??= new Grammar())

/** Signs of other keyboards for signs of the language. */
const lookalikes: ReadonlyMap<string, string> = new Map([
  ["≤", "<="],
  ["≥", ">="],
  ["−", "-"],
  ["–", "-"],
  ["—", "-"],
  ["·", "*"],
  ["→", "->"],
  ["…", ".."],
  ["‖", "||"],
  ["∥", "||"],
  ["“", '"'],
  ["”", '"'],
  ["’", "'"]
])

/** What may stand in place of characters of other languages. */
const plainly: ReadonlyMap<string, string> = new Map([
  ["#", "//"],
  [";", ""],
  [";;", ""]
])

const advice = (run: string): string => {
  if (run === "#") return "Begin comments with `//`."
  if (run.startsWith(";")) return "Remove it: nothing is needed at the end of a line."
  if (run === "[" || run === "]") return "Use `{ }` around a block and `( )` around arguments."
  if (run === "'" || run === "`") return "Use double quotes, and only around file names."
  if (run === "&" || run === "&&" || run === "!" || run === "|")
    return "Conditions are written with the functions of the language."
  if (run === "×") return "Write `*` in an expression, and `by` between the sides of a grid."
  return "Remove it, or write it in a comment."
}

const lexeme = (token: IToken): Lexeme => ({
  kind:
    token.tokenType === T.Comment
      ? "comment"
      : T.wordOf(token.tokenType) !== undefined
        ? "keyword"
        : token.tokenType === T.Word
          ? "word"
          : token.tokenType === T.Numeral || token.tokenType === T.OddNumeral
            ? "number"
            : token.tokenType === T.Quoted || token.tokenType === T.OpenQuoted
              ? "text"
              : "sign",
  text: token.image,
  span: { start: token.startOffset, end: T.endOf(token) }
})

const declarationKeywords: ReadonlySet<string> = new Set(T.declarationWords)
const statementKeywords: ReadonlySet<string> = new Set(T.statementWords)
const studyKeywords: ReadonlySet<string> = new Set(T.studyWords)

/**
 * Where an item that cannot be read ends: before the next line or the end of its block, after its comma, or before the next declaration,
 * with the brackets in it skipped. Always beyond its first token.
 */
const itemEnd = (
  tokens: ReadonlyArray<IToken>,
  start: number,
  fault: number,
  kind: ItemKind | undefined,
  lines: LineIndex
): number => {
  const outside = kind === undefined || kind === "declaration"
  // In a block on one line an entry ends at its comma; elsewhere its line is given up.
  const inline = kind === "entry" && openedOnLine(tokens, start, lines)
  let depth = 0
  for (let i = start; i < tokens.length; i++) {
    const token = tokens[i]
    if (token === undefined) break
    if (depth === 0 && i > start && i >= fault) {
      const word = T.wordOf(token.tokenType) ?? ""
      if (outside) {
        if (T.declarationBegins((offset) => tokens[i + offset] ?? endOfTokens)) return i
        if (declarationKeywords.has(word) && firstOnLine(tokens, i, lines)) return i
      } else {
        if (nestingOf(token) < 0) return i
        if (token.tokenType === T.Comma && inline) return i + 1
        if (firstOnLine(tokens, i, lines)) return i
        if (i > fault && kind === "statement" && statementKeywords.has(word)) return i
        if (i > fault && kind === "clause" && studyKeywords.has(word)) return i
      }
    }
    depth += nestingOf(token)
    if (depth < 0) {
      if (!outside) return Math.max(i, start + 1)
      depth = 0
    }
  }
  return tokens.length
}

/** Whether the block around a token was opened on the token's line. */
const openedOnLine = (tokens: ReadonlyArray<IToken>, index: number, lines: LineIndex): boolean => {
  const line = lines.lineAt(tokens[index]?.startOffset ?? 0)
  let depth = 0
  for (let i = index - 1; i >= 0; i--) {
    const token = tokens[i] ?? endOfTokens
    if (lines.lineAt(token.startOffset) < line) return false
    depth += nestingOf(token)
    if (depth > 0) return true
  }
  return false
}

const replacing = (text: string | undefined): { readonly replacement?: string } =>
  text === undefined ? {} : { replacement: text }

/** Tokens ready for the grammar, and what is wrong with single characters and tokens. */
const readTokens = (text: string) => {
  const lexed = T.lex(text)
  const diagnostics: Array<Diagnostic> = []
  const extra: Array<IToken> = []
  let strayLength = 0
  for (const run of lexed.stray) strayLength += run.end - run.start
  if (
    lexed.stray.length > 0 &&
    (text.includes("\u0000") || (lexed.stray.length > maximumDiagnostics && strayLength > text.length / 20))
  ) {
    diagnostics.push(
      syntaxError(
        "BICA1006",
        { start: lexed.stray[0]?.start ?? 0, end: lexed.stray[0]?.end ?? 0 },
        "The file is full of characters that the language does not use, from here on.",
        "Check that this is the file you meant, and that it is saved as UTF-8 text."
      )
    )
    return { ...lexed, tokens: lexed.tokens, written: lexed.tokens, diagnostics, unreadable: true }
  }
  for (const run of lexed.stray) {
    const image = text.slice(run.start, run.end)
    const meant = lookalikes.get(image)
    const sign = meant === undefined ? undefined : T.tokenTypes.find((type) => type.PATTERN === meant)
    if (sign !== undefined && meant !== undefined) {
      extra.push({ ...madeUp(sign, meant, run.start), endOffset: run.end - 1, isInsertedInRecovery: false })
    }
    if (diagnostics.length > maximumDiagnostics) continue
    diagnostics.push(
      syntaxError(
        "BICA1101",
        run,
        `${quotedText(image)} means nothing in the language.`,
        meant === undefined ? advice(image) : `Write \`${meant}\`.`,
        replacing(meant ?? plainly.get(image))
      )
    )
  }
  const tokens: Array<IToken> = []
  for (const token of lexed.tokens) {
    if (token.tokenType === T.BlockComment) {
      diagnostics.push(
        syntaxError(
          "BICA1105",
          { start: token.startOffset, end: token.startOffset + 2 },
          "Comments between `/*` and `*/` are not part of the language.",
          "Begin each line of the comment with `//`."
        )
      )
      continue
    }
    let read = token
    if (token.tokenType === T.OddNumeral) {
      const digits = token.image.replaceAll("_", "")
      const image = digits.startsWith(".") ? `0${digits}` : digits.endsWith(".") ? `${digits}0` : digits
      diagnostics.push(
        syntaxError(
          "BICA1103",
          { start: token.startOffset, end: T.endOf(token) },
          `${quotedText(token.image)} is not how a number is written.`,
          `Write \`${image}\`.`,
          { replacement: image }
        )
      )
      read = { ...token, image }
      T.retype(read, T.Numeral)
    } else if (token.tokenType === T.OpenQuoted) {
      diagnostics.push(
        syntaxError(
          "BICA1102",
          { start: token.startOffset, end: token.startOffset + 1 },
          "This quotation has no end on its line.",
          'Write `"` where it ends.'
        )
      )
      read = { ...token }
      T.retype(read, T.Quoted)
    }
    tokens.push(read)
  }
  const merged = extra.length === 0 ? tokens : [...tokens, ...extra].sort((a, b) => a.startOffset - b.startOffset)
  return { ...lexed, tokens: merged, written: lexed.tokens, diagnostics, unreadable: false }
}

/** Whether the declaration that begins at `from` closes a bracket of that kind more than it opens. */
const closesMore = (tokens: ReadonlyArray<IToken>, from: number, bracket: TokenType): boolean => {
  let depth = 0
  for (let i = from; i < tokens.length; i++) {
    const token = tokens[i] ?? endOfTokens
    if (depth === 0 && i > from && T.declarationBegins((offset) => tokens[i + offset] ?? endOfTokens)) return false
    depth += nestingOf(token)
    if (depth < 0) return token.tokenType === bracket
  }
  return false
}

/** Whether the next declaration seems to begin at a token. */
const seemsToBegin = (tokens: ReadonlyArray<IToken>, index: number, lines: LineIndex): boolean =>
  T.declarationBegins((offset) => tokens[index + offset] ?? endOfTokens) ||
  (firstOnLine(tokens, index, lines) && T.beginsDeclarations.has((tokens[index] ?? endOfTokens).tokenType))

/** The tokens after mending a fault at `fault` in the declaration that begins at `from`. */
const mended = (
  tokens: ReadonlyArray<IToken>,
  mend: Mend,
  fault: number,
  from: number,
  kind: ItemKind | undefined,
  lines: LineIndex
): Array<IToken> => {
  switch (mend.kind) {
    case "retype": {
      const result = [...tokens]
      const token = tokens[mend.index]
      if (token !== undefined) {
        const other = {
          ...token,
          image: mend.image,
          isInsertedInRecovery: mend.image === "" || token.isInsertedInRecovery === true
        }
        T.retype(other, mend.type)
        result[mend.index] = other
      }
      return result
    }
    case "insert": {
      const previous = tokens[mend.index - 1]
      const made = madeUp(mend.type, mend.image, previous === undefined ? 0 : T.endOf(previous))
      if (mend.type === T.LeftBrace && !closesMore(tokens, from, T.RightBrace)) {
        // There is no block at all: an empty one in place of what stands there.
        const closing = madeUp(T.RightBrace, "}", made.startOffset)
        const end = seemsToBegin(tokens, mend.index, lines)
          ? mend.index
          : itemEnd(tokens, mend.index, mend.index, kind, lines)
        return [...tokens.slice(0, mend.index), made, closing, ...tokens.slice(end)]
      }
      if (mend.type === T.LeftParen && !closesMore(tokens, from, T.RightParen)) {
        // A bracket that nothing closes would take in the rest of the file.
        const closing = madeUp(T.RightParen, ")", made.startOffset)
        return [...tokens.slice(0, mend.index), made, closing, ...tokens.slice(mend.index)]
      }
      return [...tokens.slice(0, mend.index), made, ...tokens.slice(mend.index)]
    }
    case "drop":
      return [...tokens.slice(0, mend.index), ...tokens.slice(mend.end)]
    case "dropItem":
      return [...tokens.slice(0, mend.index), ...tokens.slice(itemEnd(tokens, mend.index, fault, kind, lines))]
  }
}

/** What kind of item lies broken: where the parser found no item at all, the kind is known from the block. */
const brokenKind = (message: string, rule: string | undefined, item: OpenItem | undefined): ItemKind | undefined => {
  if (message === "redundant") return undefined
  if (message !== "expected:RightBrace") return item?.kind
  return rule === "statements" ? "statement" : rule === "study" ? "clause" : "entry"
}

/** A declaration read to its end. */
interface Finished {
  readonly first: IToken
  /** Undefined where nobody asked for it. */
  readonly node: CstNode | undefined
  /** Undefined where the declaration lacks a part of its own. */
  readonly declaration: Ast.Declaration | undefined
  /** What the tree is wrong in, though the grammar allows it. */
  readonly diagnostics: ReadonlyArray<Diagnostic>
}

/** Indices of tokens from `from` on with which a declaration certainly begins. */
const beginnings = (tokens: ReadonlyArray<IToken>, from: number): Array<number> => {
  const found: Array<number> = []
  let depth = 0
  for (let i = from; i < tokens.length; i++) {
    const token = tokens[i] ?? endOfTokens
    const nesting = nestingOf(token)
    if (nesting !== 0) depth = Math.max(0, depth + nesting)
    else if (
      depth === 0 &&
      T.beginsDeclarations.has(token.tokenType) &&
      T.declarationBegins((offset) => tokens[i + offset] ?? endOfTokens)
    )
      found.push(i)
  }
  return found
}

/**
 * Reads declarations, mending the tokens at each fault, at most `room` findings. `troubled` are offsets about which something was already said:
 * a fault beside one of them is mended without a word, since it is most likely its consequence. Declarations that stand in `earlier` word
 * for word are not read again.
 */
const readDeclarations = (
  given: Array<IToken>,
  lines: LineIndex,
  troubled: ReadonlyArray<number>,
  room: number,
  earlier: Pieces,
  concrete: boolean
) => {
  const parser = grammar()
  const finished: Array<Finished> = []
  const known = byText(earlier)
  const pieces: Array<Piece> = []
  const diagnostics: Array<Diagnostic> = []
  const faults: Array<string> = []
  const spoken = new Set(troubled.map((offset) => lines.lineAt(offset)))
  let tokens = given
  let from = 0
  let last: { readonly token: IToken; readonly item: IToken | undefined } | undefined
  // Each round mends one place. Long files get fewer, so that the work stays bounded.
  const rounds = given.length > 10_000 ? maximumDiagnostics + 1 : 4 * maximumDiagnostics
  let mending = false

  const finish = (): ReadonlyArray<Finished> =>
    parser.finished.map(({ first, node }) => {
      const conversion = new Conversion(mending)
      const declaration = conversion.declaration(node)
      // who reads on wants no trees of tokens, and many of them take long to be rid of
      return { first, node: concrete ? node : undefined, declaration, diagnostics: conversion.diagnostics }
    })
  let places: ReadonlyMap<IToken, number> | undefined
  /** Whether tokens stand in the text one after the other, none of them mended. */
  const asWritten = (list: ReadonlyArray<IToken>): boolean => {
    if (list.some((token) => token.isInsertedInRecovery === true)) return false
    if (!mending) return true
    places ??= new Map(given.map((token, index) => [token, index]))
    const from = places.get(list[0] ?? endOfTokens) ?? -1
    return from >= 0 && list.every((token, index) => places?.get(token) === from + index)
  }
  /** The first fault from a token on, after everything before it was read. */
  const readFrom = (start: number) => {
    const starts = beginnings(tokens, start)
    if (starts[0] !== start) starts.unshift(start)
    for (const [i, at] of starts.entries()) {
      const end = starts[i + 1] ?? tokens.length
      const [first, last] = [tokens[at], tokens[end - 1]]
      if (first === undefined || last === undefined) continue
      const written = lines.text.slice(first.startOffset, T.endOf(last))
      const before = known.get(written)
      const inOrder = tokens.slice(at, end)
      if (before !== undefined && before.tokens === end - at && asWritten(inOrder)) {
        const declaration = movedPiece(before, first.startOffset - before.declaration.span.start).declaration
        pieces.push({ declaration, tokens: before.tokens })
        finished.push({ first, node: undefined, declaration, diagnostics: [] })
        continue
      }
      parser.begin(inOrder, new Set([first]))
      parser.file()
      if (parser.errors.length > 0) {
        // A fault is explained by what really follows it.
        parser.begin(tokens.slice(at), new Set(starts.slice(i).flatMap((index) => tokens[index] ?? [])))
        parser.file()
        finished.push(...finish())
        return parser.errors[0]
      }
      const read = finish()
      finished.push(...read)
      const [only, another] = read
      if (only?.declaration === undefined || another !== undefined || only.diagnostics.length > 0) continue
      if (!asWritten(inOrder)) continue
      Contents.readFrom(only.declaration, written)
      pieces.push({ declaration: only.declaration, tokens: end - at })
    }
    return undefined
  }

  for (let round = 0; round < rounds && diagnostics.length < room; round++) {
    const error = readFrom(from)
    if (error === undefined) break
    mending = true
    const at = tokens.indexOf(error.token, from)
    const index = at < 0 ? tokens.length : at
    const token = tokens[index] ?? endOfTokens
    const message = error.name === "NotAllInputParsedException" ? "redundant" : error.message
    faults.push(`${error.context.ruleStack.at(-1) ?? "file"} ${message}`)
    const inBlock = message === "redundant" || message === "expected:RightBrace"
    const item = inBlock ? undefined : parser.open.at(-1)
    const before = finished.at(-1)?.first
    const { diagnostic, mend: proposed } = explain({
      message,
      rules: error.context.ruleStack,
      tokens,
      index,
      open: parser.open,
      lastEntry: parser.lastEntry,
      statementBefore: parser.lastStatement,
      declarationBefore: before,
      lines
    })

    // A fault where the last one could not be mended, or beside something already said, is most likely its consequence.
    const place = lines.lineAt(diagnostic.span.start)
    const swallowing = parser.lastEntry
    const swallowed =
      swallowing !== undefined &&
      spoken.has(lines.lineAt(swallowing.key.startOffset)) &&
      swallowing.value === tokens[(item === undefined ? index : tokens.indexOf(item.first, from)) - 1]
    const within = parser.open.some(
      (each) => (each.kind === "entry" || each.kind === "clause") && spoken.has(lines.lineAt(each.first.startOffset))
    )
    const consequence =
      token === last?.token ||
      (item !== undefined && item.first === last?.item) ||
      within ||
      swallowed ||
      spoken.has(place)
    if (!consequence) diagnostics.push(diagnostic)
    spoken.add(place)

    // When mending did not get past this token, it is left out together with its item.
    const stuck = token === last?.token && proposed.kind !== "drop"
    const mend: Mend = stuck
      ? { kind: "dropItem", index: item === undefined ? index : tokens.indexOf(item.first, from) }
      : proposed
    if (mend.kind === "dropItem" && mend.index >= tokens.length) break
    last = { token, item: item?.first }

    const outermost = parser.open[0]
    from = outermost === undefined ? index : tokens.indexOf(outermost.first, from)
    const continuesDeclaration =
      message === "redundant" &&
      ((mend.kind === "retype" && !declarationKeywords.has(T.wordOf(mend.type) ?? "")) || mend.index < index)
    if (continuesDeclaration && before !== undefined) {
      // The clause belongs to the declaration that was taken to be complete.
      finished.pop()
      from = tokens.indexOf(before)
    }
    tokens = mended(tokens, mend, index, from, brokenKind(message, error.context.ruleStack.at(-1), item), lines)
  }
  return { finished, pieces, diagnostics, faults }
}

/** 1,048,576 */
const count = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ",")

/** Tokens and comments as written, read once more when somebody asks for them: few do, and a long file has many. */
class Written {
  readonly #text: string
  #read: { readonly tokens: ReadonlyArray<Lexeme>; readonly comments: ReadonlyArray<Lexeme> } | undefined

  constructor(text: string) {
    this.#text = text
  }

  #all() {
    if (this.#read !== undefined) return this.#read
    const { comments, tokens } = T.lex(this.#text)
    return (this.#read = { tokens: tokens.map(lexeme), comments: comments.map(lexeme) })
  }

  get tokens(): ReadonlyArray<Lexeme> {
    return this.#all().tokens
  }

  get comments(): ReadonlyArray<Lexeme> {
    return this.#all().comments
  }
}

const parsed = (
  file: Ast.File,
  diagnostics: ReadonlyArray<Diagnostic>,
  written: Written,
  lines: LineIndex,
  finished: ReadonlyArray<Finished>,
  pieces: Pieces,
  faults: ReadonlyArray<string>
): ConcreteParsed => ({
  file,
  diagnostics,
  get tokens() {
    return written.tokens
  },
  get comments() {
    return written.comments
  },
  lines,
  pieces,
  faults,
  declarations: finished.flatMap(({ node }) => node ?? [])
})

const parseAll = (text: string, earlier: Pieces, concrete: boolean): ConcreteParsed => {
  const nothing = (
    diagnostics: ReadonlyArray<Diagnostic>,
    lines: LineIndex,
    written = new Written("")
  ): ConcreteParsed =>
    parsed({ declarations: [], span: { start: 0, end: text.length } }, diagnostics, written, lines, [], noPieces, [])
  if (text.length > maximumLength) {
    // Only the first line is needed for the place.
    return nothing(
      [
        syntaxError(
          "BICA1002",
          { start: 0, end: 0 },
          `The file has ${count(text.length)} characters, and at most ${count(maximumLength)} are read.`,
          "Check that this is the file you meant."
        )
      ],
      new LineIndex(text.slice(0, 1024))
    )
  }
  const lines = new LineIndex(text)
  const read = readTokens(text)
  const written = new Written(text)
  const stop = (diagnostics: ReadonlyArray<Diagnostic>): ConcreteParsed => nothing(limited(diagnostics), lines, written)
  if (read.unreadable) return stop(read.diagnostics)
  if (read.tokens.length === 0) {
    return stop(
      read.diagnostics.length > 0
        ? read.diagnostics
        : [
            syntaxError(
              "BICA1001",
              { start: 0, end: 0 },
              read.comments.length > 0 ? "The file holds nothing but comments." : "The file is empty.",
              "Declare an environment, the agents, an objective and a stage."
            )
          ]
    )
  }
  const excess = read.tokens[maximumTokens]
  if (excess !== undefined) {
    return stop([
      ...read.diagnostics,
      syntaxError(
        "BICA1002",
        { start: excess.startOffset, end: T.endOf(excess) },
        `The file has ${count(read.tokens.length)} words, numbers and signs, and at most ${count(maximumTokens)} are read.`,
        "Check that this is the file you meant, or split it."
      )
    ])
  }
  const deep = tooDeep(read.tokens)
  if (deep !== undefined) {
    return stop([
      ...read.diagnostics,
      syntaxError(
        "BICA1003",
        { start: deep.startOffset, end: T.endOf(deep) },
        `This bracket is nested deeper than ${maximumNesting} levels.`,
        "Name parts of the expression as terms of their own."
      )
    ])
  }
  const closed = closeBrackets(read.tokens, lines)
  const linesOf = (diagnostics: ReadonlyArray<Diagnostic>) =>
    new Set(
      diagnostics
        .flatMap(({ labels, span }) => [span, ...labels.map((label) => label.span)])
        .map(({ start }) => lines.lineAt(start))
    )
  // A stray character on the line is the likelier mistake: it may stand for the bracket.
  const strayLines = linesOf(read.diagnostics)
  const brackets = closed.gaps.filter(({ from, to }) => {
    for (let line = lines.lineAt(to.start); line <= lines.lineAt(to.end); line++) if (strayLines.has(line)) return false
    return !strayLines.has(lines.lineAt(from))
  })
  const others = closed.others.filter(({ span }) => !strayLines.has(lines.lineAt(span.start)))
  const early = [...read.diagnostics, ...others, ...brackets.map(({ diagnostic }) => diagnostic)]
  const troubled = [
    ...read.diagnostics.map((diagnostic) => diagnostic.span.start),
    ...closed.others.map((diagnostic) => diagnostic.span.start),
    ...closed.gaps.flatMap(({ from, to }) => [from, to.start])
  ]
  const room = Math.max(1, maximumDiagnostics + 1 - early.length)
  // Where brackets were left out, the same text may have lost others.
  const complete = closed.others.length === 0
  const rest = readDeclarations(closed.tokens, lines, troubled, room, complete ? earlier : noPieces, concrete)
  const before = [...early, ...rest.diagnostics]
  const spoken = linesOf(before)
  const later = rest.finished
    .flatMap(({ diagnostics }) => diagnostics)
    .filter(({ span }) => !spoken.has(lines.lineAt(span.start)))
  const declarations = rest.finished.flatMap(({ declaration }) => declaration ?? [])
  const diagnostics = limited([...before, ...later])
  const whole = diagnostics.length === 0 && rest.pieces.length === declarations.length
  return parsed(
    { declarations, span: { start: 0, end: text.length } },
    diagnostics,
    written,
    lines,
    rest.finished,
    complete ? { text, list: rest.pieces, whole } : noPieces,
    rest.faults
  )
}

/** In the order of the text, at most twenty, with a word when there are more. */
const limited = (all: ReadonlyArray<Diagnostic>): ReadonlyArray<Diagnostic> => {
  const sorted = all.toSorted((a, b) => a.span.start - b.span.start || a.span.end - b.span.end)
  const shown = sorted.slice(0, maximumDiagnostics)
  const last = shown.at(-1)
  if (sorted.length === shown.length || last === undefined) return shown
  return [
    ...shown,
    syntaxError(
      "BICA1004",
      { start: last.span.end, end: last.span.end },
      `More than ${maximumDiagnostics} errors were found; further errors are not shown.`,
      "Mend the errors above, then check the file again."
    )
  ]
}

/** In how many characters two texts agree from their beginnings, at most `most`. */
const sameFromStart = (a: string, b: string, most: number): number => {
  let count = 0
  while (count < most && a.charCodeAt(count) === b.charCodeAt(count)) count++
  return count
}

/** The same from their ends. */
const sameFromEnd = (a: string, b: string, most: number): number => {
  let count = 0
  while (count < most && a.charCodeAt(a.length - 1 - count) === b.charCodeAt(b.length - 1 - count)) count++
  return count
}

/**
 * The parse of a text that was without fault before an edit and is without fault where it was edited; undefined where it may not be, and
 * the whole is to be read. Read are the declarations that the edit touches and one on either side of them. That the last of these is what
 * it was shows that brackets, comments and quotations of the edit end before it, and so that all that follows is what it was.
 */
const parseEdited = (text: string, earlier: Pieces): Parsed | undefined => {
  const { list } = earlier
  if (!earlier.whole || text.length > maximumLength) return undefined
  const shorter = Math.min(text.length, earlier.text.length)
  const from = sameFromStart(text, earlier.text, shorter)
  const to = earlier.text.length - sameFromEnd(text, earlier.text, shorter - from)
  const by = text.length - earlier.text.length
  // declarations that end before the edit and have not even its first character for a neighbour, and those that begin after it likewise
  const untouched = list.findIndex(({ declaration }) => declaration.span.end >= from)
  const first = Math.max(0, (untouched < 0 ? list.length : untouched) - 1)
  const after = list.findIndex(({ declaration }, index) => index >= first && declaration.span.start > to)
  const guard = after < 0 ? undefined : list[after]
  const start = first === 0 ? 0 : (list[first]?.declaration.span.start ?? 0)
  const end = guard === undefined ? text.length : guard.declaration.span.end + by
  const next = after < 0 ? list.length : after + 1
  const read = parseAll(text.slice(start, end), { ...earlier, list: list.slice(first, next) }, false)
  const last = read.pieces.list.at(-1)
  if (!read.pieces.whole || last === undefined) return undefined
  if (
    guard !== undefined &&
    (last.declaration.span.end !== end - start || textOf(read.pieces, last) !== textOf(earlier, guard))
  )
    return undefined
  // what stands where it stood is the same as before, not only equal to it
  const known = byText({ ...earlier, list: list.slice(first, next) })
  const pieces = [
    ...list.slice(0, first),
    ...read.pieces.list.map((piece) => {
      const before = known.get(textOf(read.pieces, piece))
      return before === undefined
        ? movedPiece(piece, start)
        : movedPiece(before, start + piece.declaration.span.start - before.declaration.span.start)
    }),
    ...list.slice(next).map((piece) => movedPiece(piece, by))
  ]
  if (pieces.reduce((sum, { tokens }) => sum + tokens, 0) > maximumTokens) return undefined
  const written = new Written(text)
  return {
    file: { declarations: pieces.map(({ declaration }) => declaration), span: { start: 0, end: text.length } },
    diagnostics: [],
    get tokens() {
      return written.tokens
    },
    get comments() {
      return written.comments
    },
    pieces: { text, list: pieces, whole: true }
  }
}

/** As `parse`, with the concrete syntax and the lines. */
export const parseConcrete = (text: string): ConcreteParsed => parseAll(text, noPieces, true)

/**
 * Reads a `.bica` text. Never throws; texts of more than 1,048,576 characters or 65,536 tokens and brackets nested more than 64 deep are refused with a finding.
 * Of an edited text `earlier` is the parse before the edit: declarations that the edit left alone are taken over, and the result is the same.
 */
export const parse = (text: string, earlier?: Parsed): Parsed =>
  earlier === undefined
    ? parseAll(text, noPieces, false)
    : (parseEdited(text, earlier.pieces) ?? parseAll(text, earlier.pieces, false))
