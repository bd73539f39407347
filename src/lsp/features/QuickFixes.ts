/** Fixes that are mechanical: what a finding says should stand in its place. */
import type { CodeAction, Diagnostic, Range } from "vscode-languageserver/node"
import { CodeActionKind } from "vscode-languageserver/node"
import { pathText } from "../../dsl/check/Values.ts"
import type { Ast, Diagnostic as Finding, Span } from "../../dsl/index.ts"
import { clause, removalAt, summandAt, withComma } from "../Removal.ts"
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
const elsewhere = (snapshot: Snapshot, finding: Finding): Mend | undefined => {
  const { cause, code, fix, span } = finding
  const { analysis, lines, text } = snapshot
  /** The text between backticks with which a sentence goes on after `words`. */
  const after = (sentence: string, words: string): string | undefined => sentence.split(`${words} \``)[1]?.split("`")[0]
  const insert = (at: number, put: string, what: string): Mend => ({
    span: { start: at, end: at },
    text: put,
    title: `Add \`${what}\``
  })
  // a clause with its keyword, of which the finding is about what follows it
  const word = /^Leave `(for|after) [^`]+` out\.$/.exec(fix)?.[1]
  const whole = word === undefined ? undefined : clause(text, word, [{ span }])
  if (whole !== undefined) return without(text, whole)
  switch (code) {
    case "BICA2013": {
      const use = after(fix, "Add")
      const last = analysis.file.declarations.findLast(({ _tag }) => _tag === "Use")
      if (use === undefined) return undefined
      return last === undefined ? insert(0, `${use}\n`, use) : insert(last.span.end, `\n${use}`, use)
    }
    case "BICA3005": {
      // of an imitation without a limit
      const limit = /^Add `((?:until|or) \d+ updates)`/.exec(fix)?.[1]
      if (limit !== undefined) return insert(span.end, ` ${limit}`, limit)
      // of an instructor that cannot keep silent
      const around = analysis.file.declarations.find((one) => one.span.start <= span.start && span.end <= one.span.end)
      const first = around?._tag === "Instructor" ? around.gives[0] : undefined
      return first !== undefined && first.span.start === span.start && fix.startsWith("Write `gives { none, ")
        ? insert(first.span.start, "none, ", "none")
        : undefined
    }
    case "BICA3004": {
      const written = text.slice(span.start, span.end)
      const [low, high, more] = written.split("..").map((part) => part.trim())
      if (low === undefined || high === undefined || more !== undefined) return undefined
      return { span, text: `${high} .. ${low}`, title: `Write \`${high} .. ${low}\`` }
    }
    case "BICA5008": {
      if (fix.endsWith(" without it.")) {
        const [from, to] = [text.lastIndexOf("(", span.start), text.indexOf(")", span.end)]
        const gone = { start: from, end: to + 1 }
        return from < 0 || to < 0
          ? undefined
          : { span: gone, text: "", title: `Remove \`${text.slice(gone.start, gone.end)}\`` }
      }
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
      if (fix === "Write `ascend budgets`.") return { span, text: "ascend budgets", title: "Write `ascend budgets`" }
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
      const objectives = analysis.file.declarations.filter((one) => one._tag === "Objective")
      const [only, another] = objectives
      if (fix.startsWith("Write `within ") && path !== undefined && only !== undefined && another === undefined) {
        const last = only.within.at(-1)
        const name = path.slice("within ".length)
        const mend =
          last === undefined
            ? insert(only.expression.span.end, ` ${path}`, path)
            : insert(last.span.end, `, ${name}`, name)
        return { ...mend, oneOfSeveral: true }
      }
      if (fix.endsWith("or leave it out.") || fix.endsWith("or leave the budget out."))
        return leftOut(snapshot, finding)
      if (agent?.startsWith("freezing ") === true && only !== undefined && another === undefined)
        return { ...freeze(only, [agent.slice("freezing ".length)], insert), oneOfSeveral: true }
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
    case "BICA5022":
    case "BICA5024": {
      const names = /`freezing ([^`]+)`/.exec(fix)?.[1]?.split(", ") ?? []
      const objective = analysis.file.declarations
        .filter((one) => one._tag === "Objective")
        .find((one) => one.span.start <= span.start && span.end <= one.span.end)
      if (objective === undefined) return undefined
      const already = objective.freezing.map(pathText)
      const missing = names.filter((name) => !already.includes(name))
      return missing.length === 0
        ? undefined
        : { ...freeze(objective, missing, insert), oneOfSeveral: code !== "BICA5022" }
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
      const measure = statementsOf(analysis.file).find(
        (one) => one._tag === "Measure" && one.span.start <= span.start && span.end <= one.span.end
      )
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
    case "BICA1102": {
      const token = snapshot.tokens.find((one) => one.start === span.start)
      return token === undefined ? undefined : { ...insert(token.end, '"', '"'), oneOfSeveral: true }
    }
    case "BICA1105": {
      const end = text.indexOf("*/", span.start + 2)
      if (end < 0) return undefined
      const inside = text.slice(span.start + 2, end).split("\n")
      const comment = inside.map((line) => `// ${line.replace(/^[ \t*]+/, "").trimEnd()}`.trimEnd()).join("\n")
      const goesOn = /^[ \t]*[^\s]/.test(text.slice(end + 2))
      return {
        span: { start: span.start, end: end + 2 },
        text: goesOn ? `${comment}\n` : comment,
        title: "Begin each line with `//`"
      }
    }
    case "BICA1302": {
      if (cause === "A name is missing after `ascend`.")
        return insert(text.lastIndexOf("ascend", span.end) + "ascend".length, " budgets", "budgets")
      const comma = fix.endsWith("or remove the comma.") ? text.lastIndexOf(",", span.end) : -1
      return comma < 0 ? undefined : { ...without(text, { start: comma, end: comma + 1 }), oneOfSeveral: true }
    }
    case "BICA1303": {
      if (!fix.includes("`with 95 % confidence`")) break
      const at = text.lastIndexOf("with", span.end) + "with".length
      return { ...insert(at, " 95 % confidence", "95 % confidence"), oneOfSeveral: true }
    }
    case "BICA1306": {
      const [, before, word] = /^Write a comma between `([^`]+)` and `([^`]+)`/.exec(fix) ?? []
      if (before === undefined || word === undefined) break
      const at = /\s*$/.exec(text.slice(0, span.start))?.index ?? span.start
      return { ...insert(at, ",", ","), oneOfSeveral: true }
    }
    case "BICA3006":
    case "BICA9008": {
      const form = /^Write `([^`…]+)`\.$/.exec(fix)?.[1]
      if (
        form === undefined ||
        (code === "BICA3006" && !/takes (?:no arguments|one argument, its extent)\.$/.test(cause))
      )
        break
      return { span, text: form, title: `Write \`${form}\`` }
    }
    case "BICA4002": {
      const [, other] = named(cause)
      const [, form] = /^Compare `[^`]+` with `([^`]+)`\.$/.exec(fix) ?? []
      const at = other === undefined ? -1 : text.indexOf(other, span.start)
      if (other === undefined || form === undefined || at < 0 || at >= span.end) break
      return {
        span: { start: at, end: at + other.length },
        text: form,
        title: `Replace \`${other}\` with \`${form}\``
      }
    }
    case "BICA5006": {
      const stage = analysis.file.declarations.find((one) => one._tag === "Stage" && one.name.span.start === span.start)
      const gone = stage?._tag === "Stage" ? clause(text, "after", stage.after) : undefined
      return gone === undefined ? undefined : { ...without(text, gone), oneOfSeveral: true }
    }
    case "BICA5007": {
      const [stage, training] = [
        analysis.file.declarations.find((one) => one._tag === "Stage" && one.name.span.start === span.start),
        analysis.file.declarations.filter(
          (one) => one._tag === "Stage" && one.body.some(({ _tag }) => _tag === "Repeat")
        )
      ]
      const [only, another] = training
      if (stage?._tag !== "Stage" || only?._tag !== "Stage" || another !== undefined || stage.after.length > 0) break
      const at =
        stage.parameter === undefined ? stage.name.span.end : text.indexOf(")", stage.parameter.span.end - 1) + 1
      const put = `after ${only.name.text}`
      return { ...insert(at, ` ${put}`, put), oneOfSeveral: true }
    }
    case "BICA5015":
    case "BICA5019": {
      const [, name, where] = /^Add `([^`]+)` to (?:its|the) `(measure|compare)`/.exec(fix) ?? []
      if (name === undefined) break
      const lists =
        where === "compare"
          ? analysis.file.declarations.flatMap((one) => (one._tag === "Study" ? [one.compare] : []))
          : playsOf(analysis.file, cause)
      const last = lists.find((one) => one.length > 0)?.at(-1)
      return last === undefined ? undefined : { ...insert(last.span.end, `, ${name}`, name), oneOfSeveral: true }
    }
    case "BICA5028": {
      const form = /`assuming (difference [^`]+)`/.exec(fix)?.[1]
      const claim = analysis.file.declarations.find(
        (one) => one._tag === "Claim" && one.statement.span.start === span.start
      )
      const around =
        claim ?? analysis.file.declarations.find((one) => one.span.start <= span.start && span.end <= one.span.end)
      if (form === undefined || around?._tag !== "Claim") break
      const said = around.assuming.find(({ name }) => name.text === "difference")
      const mend: Mend =
        said !== undefined
          ? { span: said.span, text: form, title: `Write \`${form}\`` }
          : around.assuming.length > 0
            ? insert(around.span.end, `, ${form}`, form)
            : insert(around.span.end, ` assuming ${form}`, `assuming ${form}`)
      return { ...mend, oneOfSeveral: true }
    }
    case "BICA9002":
    case "BICA4011": {
      const around = analysis.file.declarations.find((one) => one.span.start <= span.start && span.end <= one.span.end)
      if (fix === "Write `sees full`." && around?._tag === "Instructor") {
        const last = around.sees.at(-1)
        const [first] = around.sees
        return first === undefined || last === undefined
          ? undefined
          : { span: { start: first.span.start, end: last.span.end }, text: "full", title: "Write `sees full`" }
      }
      break
    }
    case "BICA5013":
    case "BICA5021":
    case "BICA5041": {
      const [gone] = /^(?:Take it out of|Keep one of the two)/.exec(fix) ?? []
      const inList = analysis.file.declarations.some(
        (one) => one._tag === "Objective" && one.within.some((path) => path.span.start === span.start)
      )
      const part = inList ? removalAt(analysis.file, text, span) : summandAt(text, span)
      return gone === undefined || part === undefined ? undefined : { ...without(text, part), oneOfSeveral: true }
    }
    case "BICA5036": {
      const training = /after ([^`)]+)\)`\.$/.exec(fix)?.[1]
      if (training === undefined) break
      const condition = /\s+on\s/.exec(text.slice(span.start, span.end))?.index
      const at = condition === undefined ? span.end : span.start + condition
      return { ...insert(at, ` after ${training}`, `after ${training}`), oneOfSeveral: true }
    }
    case "BICA9007": {
      const stage = analysis.file.declarations.find((one) => one._tag === "Stage" && one.name.span.start === span.start)
      const gone =
        fix === "Leave `after` out." && stage?._tag === "Stage" ? clause(text, "after", stage.after) : undefined
      return gone === undefined ? undefined : without(text, gone)
    }
    default:
      break
  }
  return leftOut(snapshot, finding)
}

/** Findings of variants: what is wrong lies elsewhere, and the variant can always be left out. */
const ofVariants: ReadonlySet<string> = new Set(["BICA5025", "BICA5027"])

/** Sentences that say to leave out what stands at the place of the finding. */
const leavesOut =
  /^(?:Leave (?:this one|it|one of the two|the variant|the line) out|Keep one of|Leave `[^`]+` out of|Remove it)/
const mayLeaveOut =
  /\bor (?:leave (?:it|one of the two|the shift|the study|the budget) out|remove (?:it|one of them|`[^`]+`))\.$/

const without = (text: string, span: Span): Mend => ({
  span,
  text: "",
  title: `Remove \`${text.slice(span.start, span.end).trim().replaceAll(/\s+/g, " ")}\``
})

const leftOut = ({ analysis, text }: Snapshot, { code, fix, span }: Finding): Mend | undefined => {
  const certain = leavesOut.test(fix) || /^Leave `[^`]+` out, or/.test(fix)
  const sees = fix.startsWith("Leave `sees` out")
  if (!certain && !sees && !mayLeaveOut.test(fix) && !ofVariants.has(code)) return undefined
  // of what cannot be read there is no tree
  if (code.startsWith("BICA1")) return { ...without(text, withComma(text, span)), oneOfSeveral: true }
  const around = analysis.file.declarations.find((one) => one.span.start <= span.start && span.end <= one.span.end)
  const gone = sees
    ? clause(text, "sees", [{ span }, ...(around !== undefined && "sees" in around ? around.sees : [])])
    : removalAt(analysis.file, text, fix.endsWith("leave the study out.") ? (around?.span ?? span) : span)
  return gone === undefined ? undefined : { ...without(text, gone), ...(certain ? {} : { oneOfSeveral: true }) }
}

/** Adds to what an objective freezes. */
const freeze = (
  objective: Ast.Objective,
  names: ReadonlyArray<string>,
  insert: (at: number, put: string, what: string) => Mend
): Mend => {
  const list = names.join(", ")
  const last = objective.freezing.at(-1)
  if (last !== undefined) return insert(last.span.end, `, ${list}`, list)
  // before `silencing`, after everything else
  const end = objective.within.at(-1)?.span.end ?? objective.expression.span.end
  return insert(end, ` freezing ${list}`, `freezing ${list}`)
}

/** What is measured in the stages that play those of whom a sentence says that a metric is not measured of them. */
const playsOf = (file: Ast.File, cause: string): ReadonlyArray<ReadonlyArray<Ast.Path>> => {
  const [, metric, who, where] = /^No stage measures `([^`]+)` of (.+) on `([^`]+)`\.$/.exec(cause) ?? []
  if (metric === undefined || who === undefined || where === undefined) return []
  return file.declarations.flatMap((one) => {
    if (one._tag !== "Stage") return []
    const play = one.body.find(({ _tag }) => _tag === "Play")
    const measure = one.body.find(({ _tag }) => _tag === "Measure")
    if (play?._tag !== "Play" || measure?._tag !== "Measure") return []
    const after = / (?:after|that) `([^`]+)`(?: leaves)?$/.exec(who)?.[1]
    const plays = who.startsWith("`")
      ? play.by.some((path) => `\`${pathText(path)}\`` === who)
      : play.by.length === 0 && (after === undefined || one.after.some((path) => pathText(path) === after))
    return plays && play.on.some((path) => path.parts.at(-1)?.text === where) ? [measure.metrics] : []
  })
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
