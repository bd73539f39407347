/** Half-open range of UTF-16 offsets in the source text. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** A second place that explains the first. */
export interface Label {
  readonly span: Span
  readonly text: string
}

/** One finding about a file: what is wrong (one plain sentence), where, and how to mend it (one plain sentence). */
export interface Diagnostic {
  /** `BICA1203`: 1xxx syntax, 2xxx names, 3xxx values and units, 4xxx types, 5xxx the experiment, 9xxx not supported by this version. */
  readonly code: string
  readonly severity: "error" | "warning"
  readonly title: string
  readonly span: Span
  readonly cause: string
  readonly fix: string
  readonly labels: ReadonlyArray<Label>
  /** Text to put in place of `span`, when the fix is mechanical (did you mean). */
  readonly replacement?: string
}
