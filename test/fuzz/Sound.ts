/** What holds of the compiler and the language server whatever text they are given. */
import { analyse, format, parse, render, toJson } from "../../src/dsl/index.ts"
import type { Diagnostic } from "../../src/dsl/index.ts"
import { completions } from "../../src/lsp/features/Completion.ts"
import { foldingRanges } from "../../src/lsp/features/Folding.ts"
import { hover } from "../../src/lsp/features/Hover.ts"
import { inlayHints } from "../../src/lsp/features/InlayHints.ts"
import { definition, references } from "../../src/lsp/features/Navigation.ts"
import { quickFixes } from "../../src/lsp/features/QuickFixes.ts"
import { semanticTokens } from "../../src/lsp/features/SemanticTokens.ts"
import { symbols } from "../../src/lsp/features/Symbols.ts"
import { positionAt, read } from "../../src/lsp/Snapshot.ts"
import { shipped } from "../../src/runtime/environment/Shipped.ts"

export const catalogue = { environments: shipped }

const demand = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(what)
}

const withoutSpans = (_: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && "span" in value ? { ...value, span: undefined } : value

/** What a text means, and its comments. */
const meaning = (text: string): string => {
  const { comments, file } = parse(text)
  const words = comments.map((comment) => comment.text.trimEnd()).sort()
  return JSON.stringify([file.declarations, words], withoutSpans)
}

/** A finding is a sentence of cause and one of fix about a place in the text. */
export const wellFormed = ({ cause, fix, labels, span, title }: Diagnostic, text: string): void => {
  for (const place of [span, ...labels.map((label) => label.span)])
    demand(
      0 <= place.start && place.start <= place.end && place.end <= text.length,
      `a place outside of the text: ${cause}`
    )
  demand(/^[^\n]+[.]$/u.test(cause), `no sentence: ${cause}`)
  demand(/^[^\n]+[.?]$/u.test(fix), `no sentence: ${fix}`)
  demand(
    title !== "" && !/Expecting|undefined|keyword |NaN|\[object/.test(cause + fix),
    `not for people: ${cause} ${fix}`
  )
}

/** The formatter keeps meaning and comments, and is done after one time. */
export const formatsOnce = (text: string): void => {
  const once = format(text)
  if (once === undefined) return
  demand(format(once) === once, "formatted twice is something else")
  demand(meaning(once) === meaning(text), "the formatter changed the meaning or lost a comment")
}

/** Reads, checks, renders and formats a text, with `editor` also as an editor would at a place in it. */
export const sound = (text: string, editor: number | undefined): void => {
  const source = { name: "file.bica", text }
  const snapshot = editor === undefined ? undefined : read(source, catalogue)
  const { diagnostics, parsed, program } = snapshot?.analysis ?? analyse(source, catalogue)
  demand(
    (program === undefined) === diagnostics.some(({ severity }) => severity === "error"),
    "a program and an error, or neither"
  )
  demand(diagnostics.length < 1000, "too many findings")
  for (const each of diagnostics) wellFormed(each, text)
  render(diagnostics, source, { color: true })
  JSON.stringify(toJson(diagnostics, source))
  // A text that cannot be read is not formatted.
  if (parsed?.diagnostics.length === 0) formatsOnce(text)
  if (editor === undefined || snapshot === undefined) return
  const offset = editor % (text.length + 1)
  const everywhere = { start: { line: 0, character: 0 }, end: positionAt(snapshot, text.length) }
  completions(snapshot, offset)
  hover(snapshot, offset)
  definition(snapshot, offset)
  references(snapshot, offset, true)
  symbols(snapshot)
  foldingRanges(snapshot)
  semanticTokens(snapshot)
  inlayHints(snapshot, everywhere)
  quickFixes(snapshot, "file:///file.bica", everywhere)
}
