/**
 * Findings for people (frames with carets, for a terminal) and for machines (JSON).
 */
import type { Diagnostic, Span } from "./Diagnostic.ts"
import type { Position } from "./LineIndex.ts"
import { LineIndex } from "./LineIndex.ts"

/** A text and the name by which its reader knows it. */
export interface Source {
  readonly name: string
  readonly text: string
}

/** A finding with its places counted in lines and columns from 1; `end` is the place after the last character. */
export interface JsonDiagnostic {
  readonly code: string
  readonly severity: "error" | "warning"
  readonly title: string
  readonly file: string
  readonly start: Position
  readonly end: Position
  readonly cause: string
  readonly fix: string
  readonly labels: ReadonlyArray<{ readonly start: Position; readonly end: Position; readonly text: string }>
  readonly replacement?: string
}

const tabWidth = 4
/** Columns of a source line that a frame shows at most. */
const frameWidth = 100

/** Control characters and those that turn the direction of writing are shown as one visible mark, so that a file cannot steer a terminal. */
const invisible = /[\p{Cc}\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]/gu

const visible = (text: string): string => text.replace(/[\t\r\n]+/g, " ").replace(invisible, "\uFFFD")

/** Columns that a character takes in a terminal: 0 for combining marks, 2 for wide ones. */
const widthOf = (point: number): number => {
  if (
    (point >= 0x300 && point <= 0x36f) ||
    point === 0x200b ||
    point === 0x200d ||
    (point >= 0xfe00 && point <= 0xfe0f) ||
    (point >= 0x20d0 && point <= 0x20ff) ||
    (point >= 0x1ab0 && point <= 0x1aff)
  )
    return 0
  if (
    (point >= 0x1100 && point <= 0x115f) ||
    (point >= 0x2e80 && point <= 0x303e) ||
    (point >= 0x3041 && point <= 0xa4cf) ||
    (point >= 0xac00 && point <= 0xd7a3) ||
    (point >= 0xf900 && point <= 0xfaff) ||
    (point >= 0xfe30 && point <= 0xfe6f) ||
    (point >= 0xff00 && point <= 0xff60) ||
    (point >= 0xffe0 && point <= 0xffe6) ||
    (point >= 0x1f300 && point <= 0x1faff) ||
    (point >= 0x20000 && point <= 0x3fffd)
  )
    return 2
  return 1
}

/** One source character: what is printed for it and the column at which it begins. */
interface Cell {
  readonly shown: string
  readonly column: number
  readonly width: number
  readonly offset: number
}

const cellsOf = (line: string): ReadonlyArray<Cell> => {
  const cells: Array<Cell> = []
  let column = 0
  let offset = 0
  for (const character of line) {
    const width = character === "\t" ? tabWidth - (column % tabWidth) : widthOf(character.codePointAt(0) ?? 0)
    cells.push({
      shown: character === "\t" ? " ".repeat(width) : character.replace(invisible, "\uFFFD"),
      column,
      width,
      offset
    })
    column += width
    offset += character.length
  }
  return cells
}

/** A span on one line, in columns. */
interface Mark {
  readonly from: number
  readonly to: number
  readonly sign: "^" | "-"
  readonly text: string
}

interface Paint {
  readonly severity: (text: string) => string
  readonly place: (text: string) => string
  readonly label: (text: string) => string
  readonly fix: (text: string) => string
  readonly strong: (text: string) => string
}

const paintOf = (severity: Diagnostic["severity"], color: boolean): Paint => {
  const ansi = (code: string) => (text: string) => (color && text !== "" ? `\u001b[${code}m${text}\u001b[0m` : text)
  return {
    severity: ansi(severity === "error" ? "1;31" : "1;33"),
    place: ansi("34"),
    label: ansi("36"),
    fix: ansi("32"),
    strong: ansi("1")
  }
}

/** Where a span lies on its first line, in columns; at least one column wide. `from` and `to` count UTF-16 units of the line. */
const columnsOf = (
  cells: ReadonlyArray<Cell>,
  from: number,
  to: number
): { readonly from: number; readonly to: number } => {
  const last = cells.at(-1)
  const total = last === undefined ? 0 : last.column + last.width
  const columnAt = (offset: number): number => cells.find((cell) => cell.offset >= offset)?.column ?? total
  const start = columnAt(from)
  return { from: start, to: Math.max(start + 1, columnAt(to)) }
}

/** A line, or the part of it around a mark, with the marks under it. */
const frame = (cells: ReadonlyArray<Cell>, marks: ReadonlyArray<Mark>, paint: Paint): ReadonlyArray<string> => {
  const last = cells.at(-1)
  const total = last === undefined ? 0 : last.column + last.width
  const cut = (
    marks: ReadonlyArray<Mark>,
    window: { readonly from: number; readonly to: number }
  ): ReadonlyArray<string> => {
    const head = window.from > 0 ? "… " : ""
    const shown = cells.filter((cell) => cell.column >= window.from && cell.column + cell.width <= window.to)
    const origin = shown[0]?.column ?? window.from
    const rows = [
      head +
        shown
          .map((cell) => cell.shown)
          .join("")
          .trimEnd() +
        (window.to < total ? " …" : "")
    ]
    for (const mark of marks) {
      const from = Math.max(mark.from, origin)
      const to = Math.max(from + 1, Math.min(mark.to, window.to))
      const sign = mark.sign.repeat(to - from)
      const text = mark.text === "" ? "" : ` ${mark.text}`
      rows.push(
        " ".repeat(head.length + from - origin) + (mark.sign === "^" ? paint.severity : paint.label)(sign + text)
      )
    }
    return rows
  }
  if (total <= frameWidth) return cut(marks, { from: 0, to: Math.max(total, 1) })
  return marks.flatMap((mark) => {
    const from = Math.max(0, Math.min(mark.from - frameWidth / 2, total - frameWidth))
    return cut([mark], { from, to: from + frameWidth })
  })
}

const renderOne = (diagnostic: Diagnostic, source: Source, lines: LineIndex, color: boolean): string => {
  const paint = paintOf(diagnostic.severity, color)
  const place = lines.position(diagnostic.span.start)
  const byLine = new Map<number, Array<Mark>>()
  const add = (span: Span, sign: Mark["sign"], text: string): void => {
    const line = lines.lineAt(Math.min(span.start, lines.text.length))
    const start = lines.startOf(line)
    const end = Math.min(span.end, lines.endOf(line))
    const columns = columnsOf(cellsOf(lines.textOf(line)), Math.min(span.start, lines.endOf(line)) - start, end - start)
    const marks = byLine.get(line) ?? []
    marks.push({ ...columns, sign, text: visible(text) })
    byLine.set(line, marks)
  }
  add(diagnostic.span, "^", "")
  for (const label of diagnostic.labels) add(label.span, "-", label.text)

  const shown = [...byLine.keys()].sort((a, b) => a - b)
  const gutter = String(shown.at(-1) ?? 1).length
  const bar = paint.place(`${" ".repeat(gutter)} |`)
  const rows = [
    `${paint.severity(`${diagnostic.severity}[${diagnostic.code}]`)}${paint.strong(`: ${visible(diagnostic.title)}`)}`,
    `${" ".repeat(gutter)}${paint.place("-->")} ${visible(source.name)}:${place.line}:${place.column}`,
    bar
  ]
  let before: number | undefined
  for (const line of shown) {
    if (before !== undefined && line > before + 1) rows.push(paint.place(`${" ".repeat(gutter)} :`))
    before = line
    const marks = byLine.get(line) ?? []
    const [first, ...under] = frame(cellsOf(lines.textOf(line)), marks, paint)
    rows.push(`${paint.place(`${String(line).padStart(gutter)} |`)} ${first ?? ""}`.trimEnd())
    for (const row of under) rows.push(`${bar} ${row}`.trimEnd())
  }
  rows.push(bar)
  rows.push(`${" ".repeat(gutter)} ${paint.place("=")} ${visible(diagnostic.cause)}`)
  rows.push(`${" ".repeat(gutter)} ${paint.place("=")} ${paint.fix("fix:")} ${visible(diagnostic.fix)}`)
  return `${rows.join("\n")}\n`
}

/**
 * Findings as text: code and title, file:line:column, the lines concerned with carets and labels under them, the cause and the fix.
 * Long lines are cut around the carets, tabs and wide characters keep the carets in place, characters that would steer a terminal are replaced.
 * Ends with a line break; without findings it is empty.
 */
export const render = (
  diagnostics: ReadonlyArray<Diagnostic>,
  source: Source,
  options: { readonly color: boolean }
): string => {
  const lines = new LineIndex(source.text)
  return diagnostics.map((diagnostic) => renderOne(diagnostic, source, lines, options.color)).join("\n")
}

/** Findings as plain data, places counted in lines and columns from 1. */
export const toJson = (diagnostics: ReadonlyArray<Diagnostic>, source: Source): ReadonlyArray<JsonDiagnostic> => {
  const lines = new LineIndex(source.text)
  const places = (span: Span) => ({ start: lines.position(span.start), end: lines.position(span.end) })
  return diagnostics.map((diagnostic) => ({
    code: diagnostic.code,
    severity: diagnostic.severity,
    title: diagnostic.title,
    file: source.name,
    ...places(diagnostic.span),
    cause: diagnostic.cause,
    fix: diagnostic.fix,
    labels: diagnostic.labels.map((label) => ({ ...places(label.span), text: label.text })),
    ...(diagnostic.replacement === undefined ? {} : { replacement: diagnostic.replacement })
  }))
}
