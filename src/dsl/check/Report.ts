/** Collects what the checks find. */
import type { Diagnostic, Label, Span } from "../diagnostic/Diagnostic.ts"
import { nearest } from "../syntax/Nearest.ts"
import type { Code } from "./Codes.ts"
import { titles } from "./Codes.ts"

/** Details of a finding that not every one has. */
export interface Details {
  readonly labels?: ReadonlyArray<Label>
  readonly replacement?: string | undefined
}

/** Findings in the making. */
export interface Report {
  readonly error: (code: Code, span: Span, cause: string, fix: string, details?: Details) => void
  readonly warning: (code: Code, span: Span, cause: string, fix: string, details?: Details) => void
  /** An error that was found in another reading of the file. */
  readonly repeat: (found: Diagnostic) => void
  readonly failed: () => boolean
  /** How often something was reported, also of what had been. */
  readonly count: () => number
  /** The known name nearest to a word, if any is near. Only so many are looked for, so that no file takes long. */
  readonly nearest: (word: string, known: Iterable<string>) => string | undefined
  /** In the order of the file. */
  readonly diagnostics: () => ReadonlyArray<Diagnostic>
}

/** Codes of names that are not there. */
const unknown: ReadonlySet<Code> = new Set([
  "BICA2001",
  "BICA2006",
  "BICA2007",
  "BICA2008",
  "BICA2010",
  "BICA2012",
  "BICA2014"
])
/** Further places that one finding shows. */
const mostLabels = 4

/** Names that are compared with misspelt ones in one file. */
const mostComparisons = 100_000

/** Where a finding stands and what it is. */
export const placeOf = (code: Code, span: Span): string => `${code}:${span.start}:${span.end}`

/** A report of errors only, without those that are `known` of the file without the change. */
export const beyond = (known: ReadonlySet<string>): Report => {
  const report = make()
  let left = 0
  return {
    ...report,
    count: () => report.count() + left,
    error: (code, span, ...rest) => {
      if (known.has(placeOf(code, span))) left += 1
      else report.error(code, span, ...rest)
    },
    warning: () => {
      left += 1
    }
  }
}

/** A report that hands everything on to the one that it was last told of. */
export const passing = (): { readonly report: Report; readonly to: (report: Report) => void } => {
  let current = make()
  return {
    report: {
      error: (...found) => current.error(...found),
      warning: (...found) => current.warning(...found),
      repeat: (found) => current.repeat(found),
      failed: () => current.failed(),
      count: () => current.count(),
      nearest: (...words) => current.nearest(...words),
      diagnostics: () => current.diagnostics()
    },
    to: (report) => {
      current = report
    }
  }
}

/** An empty report. */
export const make = (): Report => {
  const found: Array<Diagnostic> = []
  const places = new Set<string>()
  const sentences = new Map<string, number>()
  let failed = false
  let count = 0
  let compared = 0
  const add =
    (severity: "error" | "warning") =>
    (code: Code, span: Span, cause: string, fix: string, details: Details = {}) => {
      count += 1
      // what is written once is wrong once, however often it is used
      const place = `${code}:${span.start}:${span.end}`
      if (places.has(place)) return
      places.add(place)
      if (unknown.has(code)) {
        const sentence = `${code}:${cause}`
        const same = sentences.get(sentence)
        const first = same === undefined ? undefined : found[same]
        if (same !== undefined && first !== undefined) {
          // an unknown name is one mistake, most likely where it was declared
          if (first.labels.length < mostLabels)
            found[same] = { ...first, labels: [...first.labels, { span, text: "and here" }] }
          return
        }
        sentences.set(sentence, found.length)
      }
      if (severity === "error") failed = true
      found.push({
        code,
        severity,
        title: titles[code],
        span,
        cause,
        fix,
        labels: details.labels ?? [],
        ...(details.replacement === undefined ? {} : { replacement: details.replacement })
      })
    }
  return {
    error: add("error"),
    warning: add("warning"),
    repeat: (one) => {
      const place = `${one.code}:${one.span.start}:${one.span.end}`
      if (places.has(place)) return
      places.add(place)
      failed = true
      found.push(one)
    },
    failed: () => failed,
    count: () => count,
    nearest: (word, known) => {
      if (compared > mostComparisons) return undefined
      const names = [...known]
      compared += names.length
      return nearest(word, names)
    },
    diagnostics: () =>
      [...found].sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end || (a.code < b.code ? -1 : 1))
  }
}
