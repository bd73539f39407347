/** Collects what the checks find. */
import type { Diagnostic, Label, Span } from "../diagnostic/Diagnostic.ts"
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
  readonly failed: () => boolean
  /** In the order of the file. */
  readonly diagnostics: () => ReadonlyArray<Diagnostic>
}

/** An empty report. */
export const make = (): Report => {
  const found: Array<Diagnostic> = []
  const add = (severity: "error" | "warning") => (code: Code, span: Span, cause: string, fix: string, details: Details = {}) => {
    // what is written once is wrong once, however often it is used
    if (found.some((one) => one.code === code && one.span.start === span.start && one.span.end === span.end)) return
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
    failed: () => found.some((one) => one.severity === "error"),
    diagnostics: () => [...found].sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end || (a.code < b.code ? -1 : 1))
  }
}
