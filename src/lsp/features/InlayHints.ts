/** Defaults that are in force, shown where they could be written. */
import type { InlayHint, Range } from "vscode-languageserver/node"
import { InlayHintKind } from "vscode-languageserver/node"
import type { Parameter, Value } from "../../declaration/Parameter.ts"
import type { Span } from "../../dsl/index.ts"
import type { Gap } from "../NameIndex.ts"
import type { Snapshot } from "../Snapshot.ts"
import { firstAfter, offsetAt, positionAt } from "../Snapshot.ts"
import { parameterText, sourceText, valueText } from "../../declaration/Written.ts"

/** A hint: text that would be valid at its place and would change nothing. */
export interface Hint {
  readonly at: number
  readonly text: string
  readonly parameters: ReadonlyArray<Parameter>
}

type Filled = Parameter & { readonly default: Value }

const isFilled = (parameter: Parameter): parameter is Filled => parameter.default !== undefined

/** The hints of a text in its order. */
export const hints = (snapshot: Snapshot): ReadonlyArray<Hint> => {
  const { index, text, tokens } = snapshot
  const at = (gap: Gap): Hint | undefined => {
    const parameters = gap.parameters.filter(isFilled)
    const [first] = parameters
    if (first === undefined) return undefined
    const written = parameters.map((one) => parameterText(one, one.default))
    const named = parameters.map((one, i) =>
      i === 0 && gap.form === "call" ? valueText(one.type, one.default) : parameterText(one, one.default)
    )
    const hint = (place: number, label: string): Hint => ({ at: place, text: label, parameters })
    const { end } = gap.span
    switch (gap.form) {
      case "clause":
        return hint(end, `${gap.before ?? " "}${valueText(first.type, first.default)}${gap.after ?? ""}`)
      case "call":
        return hint(end, `(${named.join(", ")})`)
      case "arguments":
        return text[end - 1] === ")" ? argumentsBefore(end - 1, written, hint) : undefined
      case "block":
        return text[end - 1] === "}"
          ? entriesBefore(gap.last ?? end - 1, written, hint)
          : hint(end, ` { ${written.join(", ")} }`)
      case "entries":
        return text[end] === "}" ? entriesBefore(gap.last ?? end, written, hint) : undefined
    }
  }
  /** The last token that begins before an offset. */
  const before = (offset: number) => tokens[firstAfter(tokens, offset - 1) - 1]
  const argumentsBefore = (
    bracket: number,
    written: ReadonlyArray<string>,
    hint: (place: number, label: string) => Hint
  ): Hint | undefined => {
    const last = before(bracket)
    if (last === undefined) return undefined
    return last.type === "LeftParen" ? hint(last.end, written.join(", ")) : hint(last.end, `, ${written.join(", ")}`)
  }
  const entriesBefore = (
    place: number,
    written: ReadonlyArray<string>,
    hint: (place: number, label: string) => Hint
  ): Hint | undefined => {
    const last = before(place)
    if (last === undefined) return undefined
    // A comma would go on with a list, such as what an agent sees; blanks part entries as well.
    if (last.type === "LeftBrace") return hint(last.end, ` ${written.join(", ")}`)
    return hint(last.end, `  ${written.join(", ")}`)
  }
  return index.gaps.flatMap((gap) => at(gap) ?? []).toSorted((a, b) => a.at - b.at)
}

/** Where the defaults of a hint come from, a line each. */
const tooltip = (hint: Hint): string =>
  hint.parameters
    .map(
      (one) => `- **${one.name}**: ${one.doc}${one.source === undefined ? "" : ` Default (${sourceText(one.source)}).`}`
    )
    .join("\n")

/** Hints within a range. Taking one over writes it into the file. */
export const inlayHints = (snapshot: Snapshot, range: Range): Array<InlayHint> => {
  const span: Span = { start: offsetAt(snapshot, range.start), end: offsetAt(snapshot, range.end) }
  return hints(snapshot)
    .filter(({ at }) => span.start <= at && at <= span.end)
    .map((hint) => {
      const position = positionAt(snapshot, hint.at)
      return {
        position,
        label: hint.text,
        kind: InlayHintKind.Parameter,
        tooltip: { kind: "markdown", value: tooltip(hint) },
        textEdits: [{ range: { start: position, end: position }, newText: hint.text }]
      }
    })
}
