/** Findings for code hosts and editors: the Static Analysis Results Interchange Format, version 2.1.0 (OASIS 2020). */
import { titles } from "../check/Codes.ts"
import type { Diagnostic, Span } from "./Diagnostic.ts"
import { LineIndex } from "./LineIndex.ts"
import type { Source } from "./Render.ts"
import { syntaxCodes } from "./SyntaxCodes.ts"
import type { CodeTable } from "./SyntaxCodes.ts"

/** What was found in a file; `unreadable` says why it could not be read. */
export interface CheckedSource {
  readonly source: Source
  readonly diagnostics: ReadonlyArray<Diagnostic>
  readonly unreadable?: string
}

interface Text {
  readonly text: string
}

interface Region {
  readonly startLine: number
  readonly startColumn: number
  readonly endLine: number
  readonly endColumn: number
}

interface ArtifactLocation {
  readonly uri: string
  readonly index: number
}

interface Location {
  readonly physicalLocation: { readonly artifactLocation: ArtifactLocation; readonly region: Region }
  readonly message?: Text
}

/** A log with one run: the parts of the format that are written here. */
export interface SarifLog {
  readonly $schema: string
  readonly version: "2.1.0"
  readonly runs: readonly [
    {
      readonly tool: {
        readonly driver: {
          readonly name: "bica"
          readonly version: string
          readonly rules: ReadonlyArray<{
            readonly id: string
            readonly shortDescription: Text
            readonly fullDescription?: Text
            readonly help: Text
          }>
        }
      }
      readonly columnKind: "utf16CodeUnits"
      readonly artifacts: ReadonlyArray<{ readonly location: { readonly uri: string } }>
      readonly invocations: readonly [
        {
          readonly executionSuccessful: boolean
          readonly toolExecutionNotifications: ReadonlyArray<{ readonly level: "error"; readonly message: Text }>
        }
      ]
      readonly results: ReadonlyArray<{
        readonly ruleId: string
        readonly ruleIndex: number
        readonly level: "error" | "warning"
        readonly message: Text
        readonly locations: readonly [Location]
        readonly relatedLocations?: ReadonlyArray<Location & { readonly id: number }>
        readonly fixes?: readonly [
          {
            readonly description: Text
            readonly artifactChanges: readonly [
              {
                readonly artifactLocation: ArtifactLocation
                readonly replacements: readonly [{ readonly deletedRegion: Region; readonly insertedContent: Text }]
              }
            ]
          }
        ]
      }>
    }
  ]
}

/** A path as a reference of RFC 3986: relative paths stay relative. */
const uriOf = (path: string): string => {
  const parts = path.replaceAll("\\", "/").split("/").map(encodeURIComponent)
  return path.startsWith("/") ? `file://${parts.join("/")}` : parts.join("/")
}

const explanations: CodeTable = syntaxCodes
const titleOf = new Map<string, string>([
  ...Object.entries(explanations).map(([code, { title }]): [string, string] => [code, title]),
  ...Object.entries(titles)
])

/** Findings of files as a log with one run; the rules are the codes that were found. Columns count UTF-16 units from 1. */
export const toSarif = (files: ReadonlyArray<CheckedSource>, version: string): SarifLog => {
  const codes = [...new Set(files.flatMap(({ diagnostics }) => diagnostics.map(({ code }) => code)))].sort()
  const results = files.flatMap(({ diagnostics, source }, index) => {
    const lines = new LineIndex(source.text)
    const region = (span: Span): Region => {
      const [start, end] = [lines.position(span.start), lines.position(span.end)]
      return { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column }
    }
    const artifactLocation = { uri: uriOf(source.name), index }
    const at = (span: Span) => ({ physicalLocation: { artifactLocation, region: region(span) } })
    return diagnostics.map(({ cause, code, fix, labels, replacement, severity, span }) => ({
      ruleId: code,
      ruleIndex: codes.indexOf(code),
      level: severity,
      message: { text: `${cause} ${fix}` },
      locations: [at(span)] as const,
      ...(labels.length === 0
        ? {}
        : { relatedLocations: labels.map((label, id) => ({ id, ...at(label.span), message: { text: label.text } })) }),
      ...(replacement === undefined
        ? {}
        : {
            fixes: [
              {
                description: { text: fix },
                artifactChanges: [
                  {
                    artifactLocation,
                    replacements: [{ deletedRegion: region(span), insertedContent: { text: replacement } }] as const
                  }
                ] as const
              }
            ] as const
          })
    }))
  })
  const unread = files.flatMap(({ unreadable }) => unreadable ?? [])
  return {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "bica",
            version,
            rules: codes.map((id) => {
              const explanation = explanations[id]?.explanation
              return {
                id,
                shortDescription: { text: titleOf.get(id) ?? id },
                ...(explanation === undefined ? {} : { fullDescription: { text: explanation } }),
                help: { text: `bica explain ${id}` }
              }
            })
          }
        },
        columnKind: "utf16CodeUnits",
        artifacts: files.map(({ source }) => ({ location: { uri: uriOf(source.name) } })),
        invocations: [
          {
            executionSuccessful: unread.length === 0,
            toolExecutionNotifications: unread.map((text) => ({ level: "error", message: { text } }))
          }
        ],
        results
      }
    ]
  }
}
