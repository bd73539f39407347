/** What every word of a text is, for colouring by meaning. */
import type { SemanticTokensLegend } from "vscode-languageserver/node"
import type { Token } from "../Expectation.ts"
import type { DeclaredKind, Subject } from "../NameIndex.ts"
import { occurrenceAt } from "../NameIndex.ts"
import type { Snapshot } from "../Snapshot.ts"
import { positionAt } from "../Snapshot.ts"

const types = [
  "keyword",
  "comment",
  "string",
  "number",
  "namespace",
  "type",
  "class",
  "interface",
  "function",
  "parameter",
  "variable",
  "property",
  "enumMember",
  "unit"
] as const
const modifiers = ["declaration", "defaultLibrary"] as const

export const legend: SemanticTokensLegend = { tokenTypes: [...types], tokenModifiers: [...modifiers] }

/** A coloured piece of text; all on one line. */
export interface Coloured {
  readonly start: number
  readonly end: number
  readonly type: (typeof types)[number]
  readonly modifiers: ReadonlyArray<(typeof modifiers)[number]>
}

const declaredTypes: Readonly<Record<DeclaredKind, Coloured["type"]>> = {
  environment: "namespace",
  shift: "namespace",
  agent: "class",
  protocol: "interface",
  mapper: "interface",
  instructor: "interface",
  term: "variable",
  function: "function",
  budget: "variable",
  objective: "variable",
  stage: "function",
  study: "variable",
  claim: "variable",
  parameter: "parameter",
  "objective of the study": "parameter",
  module: "namespace"
}

const typeOf = (subject: Subject): Coloured["type"] => {
  switch (subject._tag) {
    case "Declared":
      return declaredTypes[subject.kind]
    case "Environment":
      return "type"
    case "Role":
      return "type"
    case "Function":
    case "Term":
    case "Metric":
    case "Oracle":
      return "function"
    case "Option":
    case "Observation":
    case "Symbol":
      return "enumMember"
    case "Parameter":
    case "Quantity":
      return "property"
    case "Library":
      return "namespace"
    case "Word":
      return "keyword"
  }
}

/** The coloured pieces of a text in its order. Words of the language are keywords unless they stand as names. */
export const coloured = (snapshot: Snapshot): ReadonlyArray<Coloured> => {
  const units = new Set(snapshot.index.units.map(({ start }) => start))
  const one = (token: Token): ReadonlyArray<Coloured> => {
    const made = (type: Coloured["type"], of: Coloured["modifiers"] = []): ReadonlyArray<Coloured> => [
      { start: token.start, end: token.end, type, modifiers: of }
    ]
    if (token.type === "Comment") return made("comment")
    if (token.type === "Quoted" || token.type === "OpenQuoted") return made("string")
    const numeral = token.type === "Numeral" || token.type === "OddNumeral"
    const keyword = token.type.startsWith("keyword ")
    if (!numeral && !keyword && token.type !== "Word") return []
    const name = occurrenceAt(snapshot.index, token.start)
    if (name !== undefined && name.span.start <= token.start && token.end <= name.span.end) {
      if (name.subject === undefined) return numeral ? made("number") : []
      return made(typeOf(name.subject), [
        ...(name.declares ? (["declaration"] as const) : []),
        ...(name.subject._tag === "Declared" ? [] : (["defaultLibrary"] as const))
      ])
    }
    if (numeral) return made("number")
    if (units.has(token.start)) return made("unit")
    return keyword ? made("keyword") : []
  }
  return [...snapshot.tokens, ...snapshot.comments].toSorted((a, b) => a.start - b.start).flatMap(one)
}

/** The pieces between two offsets as the protocol counts them: five numbers each, places relative to the piece before. */
export const semanticTokens = (
  snapshot: Snapshot,
  from = 0,
  to = snapshot.text.length
): { readonly data: Array<number> } => {
  const data: Array<number> = []
  let line = 0
  let character = 0
  for (const one of coloured(snapshot)) {
    if (one.end <= from || one.start >= to) continue
    const at = positionAt(snapshot, one.start)
    data.push(
      at.line - line,
      at.line === line ? at.character - character : at.character,
      one.end - one.start,
      types.indexOf(one.type),
      one.modifiers.reduce((bits, each) => bits | (1 << modifiers.indexOf(each)), 0)
    )
    line = at.line
    character = at.character
  }
  return { data }
}
