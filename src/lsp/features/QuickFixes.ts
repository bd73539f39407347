/** Fixes that are mechanical: what a finding says should stand in its place. */
import type { CodeAction, Diagnostic, Range } from "vscode-languageserver/node"
import { CodeActionKind } from "vscode-languageserver/node"
import type { Diagnostic as Finding } from "../../dsl/index.ts"
import type { Snapshot } from "../Snapshot.ts"
import { offsetAt, rangeOf } from "../Snapshot.ts"
import { diagnosticOf } from "./Diagnostics.ts"

const title = (snapshot: Snapshot, finding: Finding, replacement: string): string => {
  const written = snapshot.text.slice(finding.span.start, finding.span.end)
  return written === ""
    ? `Insert \`${replacement}\``
    : replacement === ""
      ? `Remove \`${written}\``
      : `Replace \`${written}\` with \`${replacement}\``
}

/**
 * The fixes of findings that touch a range. The findings are those of this text; `shown` are the client's own copies, which a
 * fix names when they are the same.
 */
export const quickFixes = (
  snapshot: Snapshot,
  uri: string,
  range: Range,
  shown: ReadonlyArray<Diagnostic> = []
): Array<CodeAction> => {
  const [start, end] = [offsetAt(snapshot, range.start), offsetAt(snapshot, range.end)]
  return snapshot.analysis.diagnostics.flatMap((finding) => {
    const { replacement, span } = finding
    if (replacement === undefined || span.end < start || span.start > end) return []
    const own = diagnosticOf(snapshot, uri, finding)
    const same = shown.find(
      (one) =>
        one.code === own.code &&
        one.range.start.line === own.range.start.line &&
        one.range.start.character === own.range.start.character
    )
    return [
      {
        title: title(snapshot, finding, replacement),
        kind: CodeActionKind.QuickFix,
        diagnostics: [same ?? own],
        isPreferred: true,
        edit: { changes: { [uri]: [{ range: rangeOf(snapshot, span), newText: replacement }] } }
      }
    ]
  })
}
