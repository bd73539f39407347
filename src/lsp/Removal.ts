/** What goes when a part of a file is left out: the part, and the comma, the operator or the keyword that stood there for it alone. */
import type { Ast, Span } from "../dsl/index.ts"

/** A part that is one of several in its place, or a declaration, an entry, a statement of its own. */
interface Item {
  readonly span: Span
  readonly alone: boolean
  readonly tag: string
  readonly name: string | undefined
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isSpan = (value: unknown): value is Span =>
  isObject(value) && typeof value["start"] === "number" && typeof value["end"] === "number"

/** Lists of which a member cannot be left out. */
const whole: ReadonlySet<string> = new Set(["parts", "parameters"])

/** Parts without a tag, by a field that only they have. */
const kinds = [
  ["key", "Entry"],
  ["values", "Vary"],
  ["entries", "Shift"]
] as const

/** The smallest member of a list around a span. */
const itemAt = (file: Ast.File, at: Span): Item | undefined => {
  let found: Item | undefined
  const open: Array<unknown> = [file.declarations]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (Array.isArray(next)) {
      for (const member of next) {
        if (!isObject(member)) continue
        const span = member["span"]
        if (!isSpan(span) || span.start > at.start || span.end < at.end) continue
        const { name } = member
        open.length = 0
        open.push(member)
        // the only value of `vary` goes with its line
        if (found?.tag === "Vary" && next.length === 1) continue
        found = {
          span,
          alone: next.length === 1,
          tag: typeof member["_tag"] === "string" ? member["_tag"] : (kinds.find(([key]) => key in member)?.[1] ?? ""),
          name: isObject(name) && typeof name["text"] === "string" ? name["text"] : undefined
        }
      }
    } else if (isObject(next)) {
      for (const [key, value] of Object.entries(next))
        if (!whole.has(key) && typeof value === "object" && value !== null) open.push(value)
    }
  }
  return found
}

const declarations: ReadonlySet<string> = new Set(
  "Environment Agent Protocol Mapper Instructor Term Define Budget Objective Stage Study Claim".split(" ")
)

/** A span with what stood in the text for it alone: a comma, the keyword of a list that would be empty, the rest of its line. */
const widened = (text: string, span: Span, keyword: boolean): Span => {
  const after = text.slice(span.end)
  const comma = /^\s*,[ \t]*/.exec(after)?.[0]
  if (comma !== undefined) return { start: span.start, end: span.end + comma.length }
  const before = text.slice(0, span.start)
  const lead = (/\s*,\s*$/.exec(before) ?? (keyword ? /\s*\b[a-z]+[ \t]+$/.exec(before) : null))?.[0]
  if (lead !== undefined) return { start: span.start - lead.length, end: span.end }
  // a line of which nothing is left goes as a whole
  const indent = /(?:^|\n)[ \t]*$/.exec(before)?.[0]
  const rest = /^[ \t]*(?:\n|$)/.exec(after)?.[0]
  if (indent !== undefined && rest !== undefined)
    return { start: span.start - indent.replace("\n", "").length, end: span.end + rest.length }
  return { start: span.start, end: span.end + (/^[ \t]+/.exec(after)?.[0].length ?? 0) }
}

/** A span with the comma after it, or the one before it. */
export const withComma = (text: string, span: Span): Span => widened(text, span, false)

/**
 * The text that goes when the part at a place is left out. A declaration of which others speak is kept: without it they would be wrong.
 * Undefined where there is nothing that could be left out.
 */
export const removalAt = (file: Ast.File, text: string, at: Span): Span | undefined => {
  const item = itemAt(file, at)
  if (item === undefined) return undefined
  if (declarations.has(item.tag)) {
    const named = item.name === undefined ? [] : [...text.matchAll(new RegExp(`(?<!\\w)${item.name}(?!\\w)`, "g"))]
    return named.some(({ index }) => index < item.span.start || index >= item.span.end)
      ? undefined
      : widened(text, item.span, false)
  }
  const own = kinds.some(([, tag]) => tag === item.tag)
  return widened(text, item.span, item.alone && !own)
}

/** The text that goes with a summand: the sign before it, or the plus after it. Undefined where it is the only one. */
export const summandAt = (text: string, at: Span): Span | undefined => {
  const before = /\s*[+-]\s*$/.exec(text.slice(0, at.start))?.[0]
  if (before !== undefined) return { start: at.start - before.length, end: at.end }
  const after = /^\s*\+\s*/.exec(text.slice(at.end))?.[0]
  return after === undefined ? undefined : { start: at.start, end: at.end + after.length }
}

/** The text of a clause, from its keyword to the end of its list. */
export const clause = (
  text: string,
  keyword: string,
  list: ReadonlyArray<{ readonly span: Span }>
): Span | undefined => {
  const [first] = list
  const last = list.at(-1)
  if (first === undefined || last === undefined) return undefined
  const start = text.lastIndexOf(keyword, first.span.start)
  return start < 0 ? undefined : widened(text, { start, end: last.span.end }, false)
}
