/** Findings as an editor shows them. */
import type { Diagnostic } from "vscode-languageserver/node"
import { DiagnosticSeverity, DiagnosticTag } from "vscode-languageserver/node"
import type { Diagnostic as Finding } from "../../dsl/index.ts"
import type { Snapshot } from "../Snapshot.ts"
import { rangeOf } from "../Snapshot.ts"

/** Codes of what may be left out without a loss. */
const unnecessary: ReadonlySet<string> = new Set(["BICA5001"])

/** A finding: the cause and the fix are its message, further places are told as related information. */
export const diagnosticOf = (snapshot: Snapshot, uri: string, finding: Finding): Diagnostic => ({
  range: rangeOf(snapshot, finding.span),
  severity: finding.severity === "error" ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
  code: finding.code,
  source: "bica",
  message: `${finding.cause}\n${finding.fix}`,
  ...(unnecessary.has(finding.code) ? { tags: [DiagnosticTag.Unnecessary] } : {}),
  ...(finding.labels.length === 0
    ? {}
    : {
        relatedInformation: finding.labels.map(({ span, text }) => ({
          location: { uri, range: rangeOf(snapshot, span) },
          message: text
        }))
      })
})

/** All findings about a text, in its order. */
export const diagnostics = (snapshot: Snapshot, uri: string): Array<Diagnostic> =>
  snapshot.analysis.diagnostics.map((finding) => diagnosticOf(snapshot, uri, finding))
