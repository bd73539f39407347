/** The declarations of a file as an outline. */
import type { DocumentSymbol } from "vscode-languageserver/node"
import { SymbolKind } from "vscode-languageserver/node"
import { pathText } from "../../dsl/check/Values.ts"
import type { Ast, Span } from "../../dsl/index.ts"
import type { Snapshot } from "../Snapshot.ts"
import { rangeOf } from "../Snapshot.ts"

const symbolKinds: Readonly<Record<Exclude<Ast.Declaration["_tag"], "Use">, SymbolKind>> = {
  Environment: SymbolKind.Namespace,
  Agent: SymbolKind.Class,
  Protocol: SymbolKind.Interface,
  Mapper: SymbolKind.Interface,
  Instructor: SymbolKind.Interface,
  Term: SymbolKind.Variable,
  Define: SymbolKind.Function,
  Budget: SymbolKind.Constant,
  Objective: SymbolKind.Object,
  Stage: SymbolKind.Method,
  Study: SymbolKind.Array,
  Claim: SymbolKind.Boolean
}

/** The outline: declarations in the order of the file, shifts and statements inside them. */
export const symbols = (snapshot: Snapshot): Array<DocumentSymbol> => {
  const symbol = (
    name: string,
    detail: string,
    kind: SymbolKind,
    span: Span,
    at: Span,
    children: Array<DocumentSymbol> = []
  ): DocumentSymbol => {
    // A client refuses an outline whose names are empty or lie outside of what they name.
    const inside = { start: Math.max(span.start, at.start), end: Math.min(span.end, at.end) }
    return {
      name: name === "" ? "?" : name,
      detail,
      kind,
      range: rangeOf(snapshot, span),
      selectionRange: rangeOf(snapshot, inside.end < inside.start ? { start: span.start, end: span.start } : inside),
      children
    }
  }
  const statement = (one: Ast.Statement): DocumentSymbol => {
    const word = one._tag.toLowerCase()
    const at = { start: one.span.start, end: one.span.start + word.length }
    return symbol(
      word,
      detailOf(one),
      SymbolKind.Event,
      one.span,
      at,
      one._tag === "Repeat" ? one.body.map(statement) : []
    )
  }
  return snapshot.analysis.file.declarations.flatMap((one) => {
    if (one._tag === "Use") {
      const library = one.library
      const name = library === undefined ? (one.module?.as.text ?? "") : pathText(library)
      return [symbol(name, "use", SymbolKind.Module, one.span, library?.span ?? one.module?.as.span ?? one.span)]
    }
    const children =
      one._tag === "Environment"
        ? one.shifts.map((shift) => symbol(shift.name.text, "shift", SymbolKind.Namespace, shift.span, shift.name.span))
        : one._tag === "Stage"
          ? one.body.map(statement)
          : []
    return [symbol(one.name.text, headOf(one), symbolKinds[one._tag], one.span, one.name.span, children)]
  })
}

const headOf = (one: Exclude<Ast.Declaration, Ast.Use>): string => {
  switch (one._tag) {
    case "Environment":
      return `environment ${one.kind.text}`
    case "Agent":
      return `agent plays ${pathText(one.plays)}`
    case "Stage":
      return one.after.length === 0 ? "stage" : `stage after ${one.after.map(pathText).join(", ")}`
    default:
      return one._tag.toLowerCase()
  }
}

const quantity = (one: Ast.Quantity): string => (one.unit === undefined ? one.text : `${one.text} ${one.unit.text}`)

const detailOf = (one: Ast.Statement): string => {
  switch (one._tag) {
    case "Imitate":
      return `by ${pathText(one.pupil)}`
    case "Fit":
      return `${pathText(one.model)} for ${quantity(one.updates)}`
    case "Repeat":
      return quantity(one.count)
    case "Rollout":
      return quantity(one.environments)
    case "Update":
      return one.targets.map(pathText).join(", ")
    case "Ascend":
      return one.all ? "budgets" : one.budgets.map(pathText).join(", ")
    case "Checkpoint":
      return `every ${quantity(one.every)}`
    case "Play":
      return `${quantity(one.episodes)} on ${one.on.map(pathText).join(", ")}`
    case "Measure":
      return one.metrics.map(pathText).join(", ")
  }
}
