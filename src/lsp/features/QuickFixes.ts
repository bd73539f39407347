/** Fixes that are mechanical: what a finding says should stand in its place. */
import type { CodeAction, Diagnostic, Range } from "vscode-languageserver/node"
import { CodeActionKind } from "vscode-languageserver/node"
import { pathText } from "../../dsl/check/Values.ts"
import type { Ast, Diagnostic as Finding, Span } from "../../dsl/index.ts"
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

/** An edit of the text, and what it does in a few words. */
interface Mend {
  readonly span: Span
  readonly text: string
  readonly title: string
  /** Whether the finding names another way as well, so that none is to be taken unasked. */
  readonly oneOfSeveral?: boolean
}

/** The statements of a file, those of `repeat` too. */
const statementsOf = (file: Ast.File): ReadonlyArray<Ast.Statement> => {
  const inner = (all: ReadonlyArray<Ast.Statement>): ReadonlyArray<Ast.Statement> =>
    all.flatMap((one) => (one._tag === "Repeat" ? [one, ...inner(one.body)] : [one]))
  return file.declarations.flatMap((one) => (one._tag === "Stage" ? inner(one.body) : []))
}

/** The names between the backticks of a sentence. */
const named = (sentence: string): ReadonlyArray<string> =>
  [...sentence.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? "")

/** What a finding says to write elsewhere than at its own place. */
const elsewhere = (snapshot: Snapshot, { cause, code, fix, span }: Finding): Mend | undefined => {
  const { analysis, lines, text } = snapshot
  /** The text between backticks with which a sentence goes on after `words`. */
  const after = (sentence: string, words: string): string | undefined => sentence.split(`${words} \``)[1]?.split("`")[0]
  const insert = (at: number, put: string, what: string): Mend => ({
    span: { start: at, end: at },
    text: put,
    title: `Add \`${what}\``
  })
  switch (code) {
    case "BICA2013": {
      const use = after(fix, "Add")
      const last = analysis.file.declarations.findLast(({ _tag }) => _tag === "Use")
      if (use === undefined) return undefined
      return last === undefined ? insert(0, `${use}\n`, use) : insert(last.span.end, `\n${use}`, use)
    }
    case "BICA3004": {
      const written = text.slice(span.start, span.end)
      const [low, high, more] = written.split("..").map((part) => part.trim())
      if (low === undefined || high === undefined || more !== undefined) return undefined
      return { span, text: `${high} .. ${low}`, title: `Write \`${high} .. ${low}\`` }
    }
    case "BICA5008": {
      const [word, head] = (after(fix, "Write") ?? "").split(/ (.*)/)
      return word !== "stage" || head === undefined || !head.includes("(") || cause.includes("cannot be given")
        ? undefined
        : { span, text: head, title: `Write \`stage ${head}\`` }
    }
    case "BICA5009": {
      const study = after(fix, "study:")
      return study === undefined
        ? undefined
        : insert(text.length, `${text.endsWith("\n") ? "" : "\n"}${study}\n`, study)
    }
    case "BICA5012": {
      if (!fix.startsWith("Add `ascend budgets` after")) return undefined
      const indent = /^[ \t]*/.exec(lines.textOf(lines.lineAt(span.start)))?.[0] ?? ""
      return insert(span.end, `\n${indent}ascend budgets`, "ascend budgets")
    }
    case "BICA5020": {
      const protocol = after(fix, "Add")
      const around = analysis.file.declarations.find((one) => one.span.start <= span.start && span.end <= one.span.end)
      return protocol === undefined || !protocol.startsWith("protocol ") || around === undefined
        ? undefined
        : insert(around.span.end, `\n${protocol}`, protocol)
    }
    case "BICA5001": {
      const [path, agent] = named(fix)
      const [, heard] = /^Add `[^`]+` to what (another agent|`[^`]+`) `sees`/.exec(fix) ?? []
      if (heard === undefined || path === undefined) return undefined
      const agents = analysis.file.declarations.filter((one) => one._tag === "Agent")
      // Of two agents, the other one.
      const [listener, more] = agents.filter(({ name }) =>
        heard === "another agent" ? name.text !== path.split(".")[0] : name.text === agent
      )
      const last = listener?.sees.at(-1)
      return last === undefined || more !== undefined
        ? undefined
        : { ...insert(last.span.end, `, ${path}`, path), oneOfSeveral: true }
    }
    case "BICA5017":
    case "BICA5022": {
      const names = /`freezing ([^`]+)`/.exec(fix)?.[1]?.split(", ") ?? []
      const objective = analysis.file.declarations
        .filter((one) => one._tag === "Objective")
        .find((one) => one.span.start <= span.start && span.end <= one.span.end)
      if (objective === undefined) return undefined
      const already = objective.freezing.map(pathText)
      const list = names.filter((name) => !already.includes(name)).join(", ")
      const last = objective.freezing.at(-1)
      if (list === "") return undefined
      const mend =
        last === undefined
          ? insert(objective.span.end, ` freezing ${list}`, `freezing ${list}`)
          : insert(last.span.end, `, ${list}`, list)
      return { ...mend, oneOfSeveral: code === "BICA5017" }
    }
    case "BICA5023": {
      const [list] = fix.split(" to the `update`")
      const update = statementsOf(analysis.file).find((one) => one.span.start === span.start && one._tag === "Update")
      const last = update?._tag === "Update" ? update.targets.at(-1) : undefined
      if (list === undefined || last === undefined) return undefined
      const names = named(list).join(", ")
      return { ...insert(last.span.end, `, ${names}`, names), oneOfSeveral: true }
    }
    case "BICA5031": {
      const [, entry] = /\{ ([^}]+) \}/.exec(fix) ?? []
      const [word, ...names] = entry?.split(/,? /) ?? []
      const { declarations } = analysis.file
      const known = new Set(
        declarations.flatMap((one) =>
          word === "suite"
            ? one._tag === "Environment"
              ? one.shifts.map(({ name }) => name.text)
              : []
            : one._tag === "Objective"
              ? [one.name.text]
              : []
        )
      )
      // The sentence shows how it is written; only names of this file are put into it.
      const measure = statementsOf(analysis.file).find((one) => one.span.start === span.start && one._tag === "Measure")
      if (entry === undefined || measure?._tag !== "Measure" || !names.every((name) => known.has(name)))
        return undefined
      const last = measure.references.at(-1)?.paths.at(-1)
      return last === undefined
        ? insert(measure.span.end, ` { ${entry} }`, entry)
        : insert(
            last.span.end,
            `\n${/^[ \t]*/.exec(lines.textOf(lines.lineAt(last.span.start)))?.[0] ?? ""}${entry}`,
            entry
          )
    }
    default:
      return undefined
  }
}

const mendOf = (snapshot: Snapshot, finding: Finding): Mend | undefined =>
  finding.replacement === undefined
    ? elsewhere(snapshot, finding)
    : { span: finding.span, text: finding.replacement, title: title(snapshot, finding, finding.replacement) }

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
    const { span } = finding
    const mend = span.end < start || span.start > end ? undefined : mendOf(snapshot, finding)
    if (mend === undefined) return []
    // A name that is unknown in several places is one finding, and mended in all of them.
    const others = finding.labels.filter(({ text }) => text === "and here").map((label) => label.span)
    const places = finding.replacement === undefined ? [mend.span] : [mend.span, ...others]
    const own = diagnosticOf(snapshot, uri, finding)
    const same = shown.find(
      (one) =>
        one.code === own.code &&
        one.range.start.line === own.range.start.line &&
        one.range.start.character === own.range.start.character
    )
    return [
      {
        title: mend.title,
        kind: CodeActionKind.QuickFix,
        diagnostics: [same ?? own],
        isPreferred: mend.oneOfSeveral !== true,
        edit: { changes: { [uri]: places.map((place) => ({ range: rangeOf(snapshot, place), newText: mend.text })) } }
      }
    ]
  })
}
