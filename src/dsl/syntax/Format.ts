/**
 * The formatter. It writes the words of the file in their order with layout of its own, so that meaning cannot change:
 *
 * - two spaces per level; one declaration, entry or statement per line; at most one blank line, where the author had one;
 * - a block stays on one line if the author began it on one line and it fits into 120 columns;
 * - consecutive lines of one kind are aligned in columns;
 * - commas stand in lists and between entries on one line, not between lines;
 * - every comment stays where it was, behind a line or on a line of its own.
 */
import type { CstElement, CstNode, IToken } from "chevrotain"
import type { Diagnostic } from "../diagnostic/Diagnostic.ts"
import type { LineIndex } from "../diagnostic/LineIndex.ts"
import { parseConcrete } from "./Parse.ts"
import type { Lexeme } from "./Parse.ts"
import { inOrder } from "./ToAst.ts"
import * as T from "./Tokens.ts"

/** Columns that a line should not exceed. */
export const lineWidth = 120

const indentWidth = 2
/** Longer keys are not aligned with their neighbours. */
const widestKey = 32

/** A token with its place in a line. */
interface Word {
  readonly kind: "word"
  readonly text: string
  readonly start: number
  readonly end: number
  /** No blank before it. */
  readonly glued: boolean
  /** The line may be broken before it; low ranks are broken first. */
  readonly rank: number | undefined
  /** It begins a column, that many blanks after the one before. */
  readonly column: number | undefined
}

/** A block in braces. */
interface Group {
  readonly kind: "group"
  readonly items: ReadonlyArray<Item>
  readonly start: number
  readonly end: number
  readonly glued: boolean
  readonly column: number | undefined
  /** What separates items on one line. */
  readonly separator: ", " | "  "
  /** The author put the first item on a line of its own. */
  readonly broken: boolean
}

type Part = Word | Group

/** A declaration, entry, clause or statement. */
interface Item {
  readonly parts: ReadonlyArray<Part>
  /** Lines of one kind that follow each other are aligned; undefined: never. */
  readonly kind: string | undefined
  readonly start: number
  readonly end: number
  /** End of the comma after it, if any. */
  readonly commaEnd: number | undefined
  /** Without a comma the next item would be read as part of this one. */
  readonly needsComma: boolean
}

// ---- from the concrete syntax to items -----------------------------------------------------------

const groupRules: ReadonlyMap<string, Group["separator"]> = new Map<string, Group["separator"]>([
  ["block", ", "],
  ["environment", ", "],
  ["methods", ", "],
  ["agent", "  "],
  ["instructor", "  "],
  ["statements", "  "],
  ["references", "  "],
  ["study", "  "]
])
const callRules: ReadonlySet<string> = new Set(["call", "application", "define", "stage"])
const unarySignRules: ReadonlySet<string> = new Set(["amount", "quantity", "signed", "exponent", "negativeSchedule"])

const isNode = (element: CstElement): element is CstNode => "children" in element

/** What begins a column in a declaration: blanks before it, by rule and token. */
const columns: Readonly<Record<string, ReadonlyMap<string, number>>> = {
  term: new Map([["Equal", 1]]),
  define: new Map([["Equal", 1]]),
  objective: new Map([
    ["Equal", 1],
    ["keyword within", 2],
    ["keyword freezing", 2],
    ["keyword silencing", 2]
  ]),
  budget: new Map([
    ["sum", 1],
    ["LessEqual", 1],
    ["keyword by", 2]
  ]),
  claim: new Map([
    ["expression", 1],
    ["keyword with", 2]
  ]),
  entry: new Map([["value", 2]]),
  sees: new Map([["value", 2]]),
  says: new Map([
    ["amount", 2],
    ["symbols", 2]
  ]),
  gives: new Map([["symbols", 2]]),
  reference: new Map([["paths", 2]]),
  studyClause: new Map([
    ["path", 2],
    ["paths", 2],
    ["amount", 2]
  ])
}

/** Where a long line may be broken, besides after commas: rank by rule and token. */
const breaks: Readonly<Record<string, ReadonlyMap<string, number>>> = {
  objective: new Map([
    ["keyword within", 0],
    ["keyword freezing", 0],
    ["keyword silencing", 0]
  ]),
  budget: new Map([
    ["LessEqual", 1],
    ["keyword by", 0]
  ]),
  claim: new Map([
    ["keyword with", 0],
    ["keyword assuming", 0]
  ]),
  imitate: new Map([
    ["keyword by", 0],
    ["keyword until", 0],
    ["keyword or", 1]
  ]),
  fit: new Map([["keyword for", 0]]),
  play: new Map([
    ["keyword on", 0],
    ["keyword by", 0]
  ]),
  rollout: new Map([
    ["keyword on", 0],
    ["keyword for", 0]
  ]),
  expression: new Map([["operator", 3]]),
  sum: new Map([["operator", 4]]),
  product: new Map([["operator", 5]]),
  inner: new Map([["DoubleBar", 2]]),
  conditional: new Map([
    ["keyword given", 2],
    ["keyword after", 2],
    ["keyword on", 2],
    ["keyword over", 2]
  ])
}
const commaRank = 2
const ranksPerLevel = 10

const aligned: ReadonlyMap<string, string> = new Map([
  ["term", "term"],
  ["define", "define"],
  ["objective", "objective"],
  ["budget", "budget"],
  ["claim", "claim"],
  ["entry", "entry"],
  ["sees", "entry"],
  ["says", "entry"],
  ["gives", "entry"],
  ["reference", "entry"],
  ["studyClause", "clause"]
])

/** The rule that says what kind of line an item is: declarations and statements are wrapped once. */
const lineRule = (node: CstNode): string => {
  if (node.name !== "declaration") return node.name
  return inOrder(node).find(isNode)?.name ?? node.name
}

class Builder {
  readonly #lines: LineIndex

  constructor(lines: LineIndex) {
    this.#lines = lines
  }

  item(node: CstNode, comma: IToken | undefined, next: CstNode | undefined): Item {
    const parts: Array<Part> = []
    const state = {
      glue: false,
      depth: 0,
      afterComma: false,
      column: undefined as number | undefined,
      lastUnit: undefined as IToken | undefined
    }

    const word = (token: IToken, rule: string, key: string): void => {
      const type = token.tokenType
      const callParen = type === T.LeftParen && callRules.has(rule)
      const glued =
        state.glue ||
        callParen ||
        type === T.Comma ||
        type === T.RightParen ||
        type === T.Dot ||
        type === T.Colon ||
        type === T.Caret
      if (type === T.RightParen) state.depth -= 1
      const own = breaks[rule]?.get(key)
      const rank = state.afterComma ? commaRank : own
      parts.push({
        kind: "word",
        text: token.image,
        start: token.startOffset,
        end: T.endOf(token),
        glued,
        rank: rank === undefined || parts.length === 0 ? undefined : rank + ranksPerLevel * state.depth,
        column: columns[rule]?.get(key) ?? state.column
      })
      state.column = undefined
      if (type === T.LeftParen) state.depth += 1
      state.glue =
        type === T.LeftParen ||
        type === T.Dot ||
        type === T.Caret ||
        ((type === T.Minus || type === T.Plus) && unarySignRules.has(rule))
      state.afterComma = type === T.Comma
      state.lastUnit = key === "unit" ? token : undefined
    }

    /** Symbols in braces are a list on one line. */
    const symbols = (node: CstNode): void => {
      const tokens = inOrder(node).filter((element): element is IToken => !isNode(element))
      const names = tokens.filter(
        (token) => token.tokenType !== T.Comma && token.tokenType !== T.LeftBrace && token.tokenType !== T.RightBrace
      )
      const [open, close] = [tokens[0], tokens.at(-1)]
      if (open === undefined || close === undefined) return
      word(open, "symbols", "LeftBrace")
      state.depth += 1
      if (names.length === 0) state.glue = true
      for (const [index, name] of names.entries()) {
        word(name, "symbols", "symbol")
        const end = T.endOf(name)
        if (index < names.length - 1) {
          parts.push({ kind: "word", text: ",", start: end, end, glued: true, rank: undefined, column: undefined })
          state.afterComma = true
        }
      }
      state.depth -= 1
      state.afterComma = false
      word(close, "symbols", "RightBrace")
    }

    const walk = (node: CstNode): void => {
      const separator = groupRules.get(node.name)
      const children = keyed(node)
      let seenFirst = false
      for (let i = 0; i < children.length; i++) {
        const child = children[i]
        if (child === undefined) continue
        const { element, key } = child
        if (!isNode(element)) {
          if (element.tokenType === T.LeftBrace && separator !== undefined) {
            const end = children.findIndex(
              (each, index) => index > i && !isNode(each.element) && each.element.tokenType === T.RightBrace
            )
            const close = children[end]?.element
            if (close === undefined || isNode(close)) return
            const group = this.group(
              element,
              close,
              children.slice(i + 1, end).map((each) => each.element),
              separator,
              state.glue,
              state.column
            )
            parts.push(group)
            state.glue = false
            state.afterComma = false
            state.column = undefined
            i = end
          } else {
            word(element, node.name, key)
          }
          continue
        }
        // Only the first part of its kind begins a column: the values after `sees` are one.
        if (!seenFirst) {
          const column = columns[node.name]?.get(key)
          if (column !== undefined) {
            state.column = column
            seenFirst = true
          }
        }
        if (element.name === "symbols") symbols(element)
        else walk(element)
      }
    }

    walk(node)
    const start = parts[0]?.start ?? 0
    const last = parts.at(-1)
    return {
      parts,
      kind: aligned.get(lineRule(node)),
      start,
      end: last?.end ?? start,
      commaEnd: comma === undefined ? undefined : T.endOf(comma),
      needsComma: comma !== undefined && next !== undefined && this.#clings(node, last, state.lastUnit, next)
    }
  }

  /** Whether the beginning of the next item would be taken for a part of this one, were there no comma. */
  #clings(node: CstNode, last: Part | undefined, unit: IToken | undefined, next: CstNode): boolean {
    if (last?.kind !== "word") return false
    if (node.name === "method") return last.text !== ")"
    const first = firstToken(next)
    if (first === undefined) return false
    if (unit !== undefined)
      return first.tokenType === T.By || (unit.tokenType !== T.Percent && !T.unitWords.has(unit.image))
    return (
      /^[0-9]/.test(last.text) && (T.unitWords.has(first.image) || first.tokenType === T.By || next.name === "method")
    )
  }

  group(
    open: IToken,
    close: IToken,
    inside: ReadonlyArray<CstElement>,
    separator: Group["separator"],
    glued: boolean,
    column: number | undefined
  ): Group {
    const nodes = inside.filter(isNode)
    const items = nodes.map((node, index) => {
      const following = inside[inside.indexOf(node) + 1]
      const comma =
        following !== undefined && !isNode(following) && following.tokenType === T.Comma ? following : undefined
      return this.item(node, comma, nodes[index + 1])
    })
    const first = items[0]
    return {
      kind: "group",
      items,
      start: open.startOffset,
      end: T.endOf(close),
      glued,
      column,
      separator,
      broken: first !== undefined && this.#lines.lineAt(first.start) > this.#lines.lineAt(open.startOffset)
    }
  }
}

const keyed = (node: CstNode): ReadonlyArray<{ readonly element: CstElement; readonly key: string }> =>
  Object.entries(node.children)
    .flatMap(([key, elements]) => elements.map((element) => ({ element, key })))
    .sort((a, b) => startOf(a.element) - startOf(b.element))

const startOf = (element: CstElement): number =>
  isNode(element) ? (element.location?.startOffset ?? 0) : element.startOffset

const firstToken = (node: CstNode): IToken | undefined => {
  const first = inOrder(node)[0]
  return first === undefined ? undefined : isNode(first) ? firstToken(first) : first
}

// ---- from items to lines -------------------------------------------------------------------------

/** Where lines are gathered: text so far, and where the line may still be broken. */
interface Rendered {
  readonly lines: ReadonlyArray<string>
  /** The columns of the item, when it is on one line. */
  readonly cells: ReadonlyArray<{ readonly gap: number; readonly text: string }> | undefined
}

class Printer {
  readonly #lines: LineIndex
  readonly #comments: ReadonlyArray<Lexeme>
  /** Comments written so far. */
  #written = 0

  constructor(lines: LineIndex, comments: ReadonlyArray<Lexeme>) {
    this.#lines = lines
    this.#comments = comments
  }

  #next(before: number): Lexeme | undefined {
    const comment = this.#comments[this.#written]
    return comment !== undefined && comment.span.start < before ? comment : undefined
  }

  /** Whether a comment that is not written yet begins between two offsets. */
  #commented(from: number, to: number): boolean {
    let low = this.#written
    let high = this.#comments.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#comments[middle]?.span.start ?? 0) < from) low = middle + 1
      else high = middle
    }
    const comment = this.#comments[low]
    return comment !== undefined && comment.span.start < to
  }

  #forced(group: Group): boolean {
    return (
      group.broken ||
      this.#commented(group.start, group.end) ||
      group.items.some((item) => item.parts.some((part) => part.kind === "group" && this.#forced(part)))
    )
  }

  /** A part on one line. */
  #flat(part: Part): string {
    if (part.kind === "word") return part.text
    if (part.items.length === 0) return "{}"
    const items = part.items.map((item) => this.#flatItem(item))
    let text = items[0] ?? ""
    for (let i = 1; i < items.length; i++) {
      const separator = part.separator === "  " && part.items[i - 1]?.needsComma === true ? ", " : part.separator
      text += separator + (items[i] ?? "")
    }
    return `{ ${text} }`
  }

  #flatItem(item: Item): string {
    let text = ""
    for (const part of item.parts) text += (text === "" || part.glued ? "" : " ") + this.#flat(part)
    return text
  }

  #cells(item: Item): ReadonlyArray<{ readonly gap: number; readonly text: string }> {
    const cells: Array<{ gap: number; text: string }> = []
    for (const part of item.parts) {
      const cell = cells.at(-1)
      if (cell === undefined || part.column !== undefined) cells.push({ gap: part.column ?? 0, text: this.#flat(part) })
      else cell.text += (part.glued ? "" : " ") + this.#flat(part)
    }
    return cells
  }

  #item(item: Item, indent: number): Rendered {
    const blanks = " ".repeat(indent)
    const flat = this.#flatItem(item)
    const free =
      !this.#commented(item.start, item.end) && !item.parts.some((part) => part.kind === "group" && this.#forced(part))
    if (free && indent + flat.length <= lineWidth) return { lines: [blanks + flat], cells: this.#cells(item) }

    const lines: Array<string> = []
    const continued = " ".repeat(indent + 2 * indentWidth)
    let margin = blanks
    /** Pieces of the current line. */
    let line: Array<{ readonly text: string; readonly rank: number | undefined }> = []
    const textOf = (pieces: typeof line) => pieces.map((piece) => piece.text).join("")
    const flush = (): void => {
      if (line.length === 0) return
      lines.push(margin + textOf(line).trimStart())
      line = []
      margin = continued
    }
    const add = (text: string, rank: number | undefined, glued: boolean): void => {
      line.push({ text: (line.length === 0 || glued ? "" : " ") + text, rank })
      while (margin.length + textOf(line).trimStart().length > lineWidth) {
        let at = -1
        for (const [index, piece] of line.entries()) {
          if (index > 0 && piece.rank !== undefined && (at < 0 || piece.rank <= (line[at]?.rank ?? Infinity)))
            at = index
        }
        if (at < 0) return
        const rest = line.slice(at)
        line = line.slice(0, at)
        flush()
        line = rest.map((piece, index) => (index === 0 ? { ...piece, text: piece.text.trimStart() } : piece))
      }
    }
    let previousEnd: number | undefined
    const comments = (before: number): void => {
      for (let comment = this.#next(before); comment !== undefined; comment = this.#next(before)) {
        this.#written += 1
        const behind =
          previousEnd !== undefined && this.#lines.lineAt(comment.span.start) === this.#lines.lineAt(previousEnd)
        if (behind && line.length > 0) {
          line.push({ text: `  ${commentText(comment)}`, rank: undefined })
          flush()
        } else {
          flush()
          lines.push(continued + commentText(comment))
        }
        previousEnd = comment.span.end
      }
    }
    for (const part of item.parts) {
      comments(part.start)
      if (part.kind === "word") {
        add(part.text, part.rank, part.glued)
      } else if ((part.items.length > 0 && (this.#forced(part) || free)) || this.#commented(part.start, part.end)) {
        add("{", undefined, part.glued)
        const inner = this.items(part.items, part.start + 1, part.end - 1, indent + indentWidth)
        if (inner.head !== undefined) line.push({ text: `  ${inner.head}`, rank: undefined })
        flush()
        lines.push(...inner.lines)
        margin = blanks
        line = [{ text: "}", rank: undefined }]
      } else {
        add(this.#flat(part), undefined, part.glued)
      }
      previousEnd = part.end
    }
    flush()
    return { lines, cells: undefined }
  }

  /**
   * Items one below the other, with the comments between `start` and `end`. `head` is a comment that stands behind what is before the first
   * item, on its line.
   */
  items(
    items: ReadonlyArray<Item>,
    start: number,
    end: number,
    indent: number
  ): { readonly head: string | undefined; readonly lines: ReadonlyArray<string> } {
    const blanks = " ".repeat(indent)
    let head: string | undefined
    const rows: Array<{
      readonly kind: string | undefined
      readonly rendered: Rendered
      readonly blankBefore: boolean
      comment: string | undefined
    }> = []
    let previousEnd: number | undefined = start > 0 ? start : undefined

    const blankBefore = (offset: number): boolean =>
      rows.length > 0 &&
      previousEnd !== undefined &&
      this.#lines.lineAt(offset) - this.#lines.lineAt(previousEnd - 1) > 1
    const comments = (before: number): void => {
      for (let comment = this.#next(before); comment !== undefined; comment = this.#next(before)) {
        this.#written += 1
        const text = commentText(comment)
        const row = rows.at(-1)
        const behind =
          previousEnd !== undefined &&
          this.#lines.lineAt(comment.span.start) === this.#lines.lineAt(Math.max(0, previousEnd - 1))
        if (behind && row === undefined && head === undefined) head = text
        else if (behind && row !== undefined && row.kind !== "comment" && row.comment === undefined) row.comment = text
        else {
          rows.push({
            kind: "comment",
            rendered: { lines: [blanks + text], cells: undefined },
            blankBefore: blankBefore(comment.span.start),
            comment: undefined
          })
        }
        previousEnd = comment.span.end
      }
    }
    for (const item of items) {
      comments(item.start)
      const blank = blankBefore(item.start)
      const rendered = this.#item(item, indent)
      rows.push({
        kind: item.kind,
        rendered: item.needsComma ? withComma(rendered) : rendered,
        blankBefore: blank,
        comment: undefined
      })
      previousEnd = item.end
      if (item.commaEnd !== undefined) {
        comments(item.commaEnd)
        previousEnd = Math.max(previousEnd, item.commaEnd)
      }
    }
    comments(end)

    const lines: Array<string> = []
    for (let i = 0; i < rows.length;) {
      let j = i + 1
      const first = rows[i]
      if (first === undefined) break
      const alignable = first.kind !== undefined && first.rendered.cells !== undefined
      while (
        alignable &&
        rows[j]?.kind === first.kind &&
        rows[j]?.rendered.cells !== undefined &&
        rows[j]?.blankBefore === false
      )
        j++
      const run = rows.slice(i, j)
      const cells = run.flatMap((row) => (row.rendered.cells === undefined ? [] : [row.rendered.cells]))
      const columns =
        run.length > 1 && cells.length === run.length
          ? (inColumns(cells, indent) ?? inColumns(cells.map(headed), indent))
          : undefined
      for (const [index, row] of run.entries()) {
        if (row.blankBefore) lines.push("")
        const own = columns === undefined ? row.rendered.lines : [blanks + (columns[index] ?? "")]
        lines.push(...own.slice(0, -1), (own.at(-1) ?? "") + (row.comment === undefined ? "" : `  ${row.comment}`))
      }
      i = j
    }
    return { head, lines }
  }
}

const commentText = (comment: Lexeme): string => comment.text.trimEnd()

const withComma = (rendered: Rendered): Rendered => ({
  lines: [...rendered.lines.slice(0, -1), `${rendered.lines.at(-1) ?? ""},`],
  cells: rendered.cells?.map((cell, index, all) =>
    index === all.length - 1 ? { ...cell, text: `${cell.text},` } : cell
  )
})

/** A row with its columns after the second written on, for rows that are too wide otherwise. */
const headed = (row: ReadonlyArray<{ readonly gap: number; readonly text: string }>) =>
  row.length <= 2
    ? row
    : [
        ...row.slice(0, 1),
        {
          gap: row[1]?.gap ?? 0,
          text: row
            .slice(1)
            .map((cell) => cell.text)
            .join(" ")
        }
      ]

/** Rows with their cells padded to columns; undefined when they would be too wide. */
const inColumns = (
  rows: ReadonlyArray<ReadonlyArray<{ readonly gap: number; readonly text: string }>>,
  indent: number
): ReadonlyArray<string> | undefined => {
  const widths: Array<number> = []
  for (const row of rows) {
    for (const [index, cell] of row.slice(0, -1).entries())
      widths[index] = Math.max(widths[index] ?? 0, cell.text.length)
  }
  if ((widths[0] ?? 0) > widestKey) return undefined
  const texts = rows.map((row) =>
    row
      .map((cell, index) => {
        const next = row[index + 1]
        return next === undefined ? cell.text : cell.text.padEnd(widths[index] ?? 0) + " ".repeat(next.gap)
      })
      .join("")
  )
  return texts.some((text) => indent + text.length > lineWidth) ? undefined : texts
}

/**
 * The file with the layout of the language. Files with errors in their syntax are not touched: their findings come back instead.
 * `format(format(x)) = format(x)`, the syntax tree stays the same but for spans, and so do all comments but for blanks at their ends.
 */
export const format = (
  text: string
): { readonly text: string } | { readonly diagnostics: ReadonlyArray<Diagnostic> } => {
  const parsed = parseConcrete(text)
  if (parsed.diagnostics.length > 0) return { diagnostics: parsed.diagnostics }
  const builder = new Builder(parsed.lines)
  const items = parsed.declarations.map((node) => builder.item(node, undefined, undefined))
  const printer = new Printer(parsed.lines, parsed.comments)
  const { lines } = printer.items(items, 0, text.length + 1, 0)
  return { text: `${lines.join("\n")}\n` }
}
