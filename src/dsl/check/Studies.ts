/** Checks studies: seeds x objectives x variants. */
import type { Span } from "../diagnostic/Diagnostic.ts"
import type { Diagnostic } from "../diagnostic/Diagnostic.ts"
import type { Origin, Program, Study, Variant } from "../program/Program.ts"
import * as Variants from "../program/Variants.ts"
import type * as Ast from "../syntax/Ast.ts"
import { contentOf } from "../syntax/Contents.ts"
import { suggestion } from "./Agents.ts"
import { list } from "./Names.ts"
import * as Report from "./Report.ts"
import { names } from "./Stages.ts"
import { pathText } from "./Values.ts"

/** Most runs that a study may have, and most variants: each is checked as a file of its own. */
const mostRuns = 10_000
const mostVariants = 256

const largestSeed = 2 ** 32 - 1

const code = (name: string): string => `\`${name}\``

/** What a study is checked against. */
export interface StudyScope {
  readonly file: Ast.File
  readonly objectives: ReadonlySet<string>
  /** What a study compares that does not say what. */
  readonly byDefault: ReadonlyArray<string>
  readonly studies: ReadonlyMap<string, Ast.Study>
  /** The objectives and stages of the file as it stands; undefined where they are faulty, and variants of them would be too. */
  readonly base: Pick<Program, "objectives" | "stages"> | undefined
  /** Says what else than the file the checks of a variant depend on. */
  readonly world: string
  /** Checks a variant as a file. */
  readonly check: (report: Report.Report, file: Ast.File) => Program | undefined
}

/** Seeds that are whole, in range and given once; undefined after a finding. */
const checkSeeds = (report: Report.Report, given: ReadonlyArray<Ast.Quantity>): ReadonlyArray<number> | undefined => {
  let sound = true
  const first = new Map<number, Span>()
  for (const quantity of given) {
    const seed = quantity.value
    const before = first.get(seed)
    if (quantity.unit !== undefined) {
      report.error("BICA3002", quantity.unit.span, "A seed is a plain number.", `Write \`${quantity.text}\`.`)
      sound = false
    } else if (!Number.isInteger(seed) || seed < 0 || seed > largestSeed) {
      report.error(
        "BICA3008",
        quantity.span,
        `\`${quantity.text}\` is not a seed.`,
        `Give a whole number from 0 to ${largestSeed}.`
      )
      sound = false
    } else if (before !== undefined) {
      report.error(
        "BICA5010",
        quantity.span,
        `The seed ${seed} is given twice, and its runs would be one and the same.`,
        "Keep one of the two.",
        {
          labels: [{ span: before, text: "given here first" }]
        }
      )
      sound = false
    } else first.set(seed, quantity.span)
  }
  return sound ? [...first.keys()] : undefined
}

/** What `from` names: a study, and one of its objectives. */
interface Start {
  readonly study: Ast.Study
  readonly objective: Ast.Name | undefined
}

const checkFrom = (report: Report.Report, scope: StudyScope, syntax: Ast.Study): Start | "none" | undefined => {
  if (syntax.from === undefined) return "none"
  const [first, objective, ...more] = syntax.from.parts
  const study = first === undefined ? undefined : scope.studies.get(first.text)
  if (first === undefined || study === undefined || study === syntax) {
    const known = [...scope.studies.keys()].filter((name) => name !== syntax.name.text)
    const meant = first === undefined ? undefined : report.nearest(first.text, known)
    report.error(
      "BICA2001",
      first?.span ?? syntax.from.span,
      study === syntax ? "A study cannot start from itself." : `There is no study \`${first?.text ?? ""}\`.`,
      suggestion(
        meant,
        known.length === 0
          ? "Leave `from` out."
          : `Name a study, or an objective of it: ${list(known.map(code), "or")}.`
      ),
      { replacement: meant }
    )
    return undefined
  }
  if (more.length > 0) {
    report.error(
      "BICA2001",
      syntax.from.span,
      `\`${pathText(syntax.from)}\` is neither a study nor an objective of one.`,
      "Write `from table2` or `from table2.bica`."
    )
    return undefined
  }
  const compared = study.compare.length === 0 ? [...scope.byDefault] : study.compare.map(pathText)
  if (objective !== undefined && !compared.includes(objective.text)) {
    const meant = report.nearest(objective.text, compared)
    report.error(
      "BICA2001",
      objective.span,
      `The study \`${first.text}\` does not compare \`${objective.text}\`.`,
      suggestion(meant, `It compares ${list(compared.map(code), "and")}.`),
      { replacement: meant }
    )
    return undefined
  }
  return { study, objective }
}

/** Resolves a study; undefined after a finding. */
export const checkStudy = (report: Report.Report, scope: StudyScope, syntax: Ast.Study): Study | undefined => {
  const start = checkFrom(report, scope, syntax)
  const written = checkSeeds(report, syntax.seeds)
  // the seeds of another study are checked there
  const inherited = start !== undefined && start !== "none" ? seedsOf(scope, start.study) : []
  const seeds = written !== undefined && written.length === 0 ? inherited : written
  if (seeds !== undefined && seeds.length === 0 && start === "none") {
    report.error(
      "BICA5009",
      syntax.name.span,
      `The study \`${syntax.name.text}\` has no seeds.`,
      "Add `seeds 13, 42, 2025`."
    )
    return undefined
  }
  const given = names(report, syntax.compare, scope.objectives, "objective")
  if (start === undefined || given === undefined || seeds === undefined || seeds.length === 0) return undefined
  if (start !== "none" && start.objective !== undefined && syntax.compare.length > 0) {
    const [path] = syntax.compare
    report.error(
      "BICA2015",
      path?.span ?? syntax.name.span,
      "`from` names the objective already.",
      `Write \`from ${start.study.name.text}\`, or leave \`compare\` out.`,
      { labels: [{ span: start.objective.span, text: "named here" }] }
    )
    return undefined
  }
  const [compare, compareOrigin] = compared(scope, syntax, start, given)
  const variants = syntax.without.length + syntax.vary.reduce((sum, one) => sum + one.values.length, 0)
  const runs = seeds.length * Math.max(1, compare.length) * (1 + variants)
  // counted before anything is made of it
  if (runs > mostRuns || variants > mostVariants) {
    report.error(
      "BICA5011",
      syntax.name.span,
      `The study \`${syntax.name.text}\` has ${variants > mostVariants ? `${variants} variants` : `${runs} runs: ${seeds.length} seeds${compare.length === 0 ? "" : ` for ${compare.length} objective${compare.length === 1 ? "" : "s"}`}${variants === 0 ? "" : ` in ${1 + variants} variants`}`}.`,
      variants > mostVariants ? `Keep it to ${mostVariants} variants.` : `Keep it to ${mostRuns} runs.`
    )
    return undefined
  }
  const expanded = expand(report, scope, syntax, compare)
  if (expanded === undefined) return undefined
  return {
    name: syntax.name.text,
    span: syntax.span,
    seeds,
    seedsOrigin:
      syntax.seeds.length === 0 && start !== "none"
        ? { kind: "default", source: { kind: "ours", text: `the seeds of ${start.study.name.text}` } }
        : { kind: "written", span: syntax.span },
    compare,
    compareOrigin,
    ...expanded,
    syntax
  }
}

/** The seeds that a study gives itself, or that it has from the one that it starts from. */
const seedsOf = (scope: StudyScope, study: Ast.Study): ReadonlyArray<number> => {
  const seen = new Set<Ast.Study>()
  for (let one: Ast.Study | undefined = study; one !== undefined && !seen.has(one);) {
    seen.add(one)
    if (one.seeds.length > 0) return [...new Set(one.seeds.map((seed) => seed.value))]
    one = one.from === undefined ? undefined : scope.studies.get(one.from.parts[0]?.text ?? "")
  }
  return []
}

const compared = (
  scope: StudyScope,
  syntax: Ast.Study,
  start: Start | "none",
  given: ReadonlyArray<string>
): readonly [compare: ReadonlyArray<string>, origin: Origin] => {
  const [first, last] = [syntax.compare[0], syntax.compare.at(-1)]
  if (first !== undefined && last !== undefined)
    return [given, { kind: "written", span: { start: first.span.start, end: last.span.end } }]
  if (start === "none")
    return [
      [...scope.byDefault],
      {
        kind: "default",
        source: {
          kind: "ours",
          text:
            scope.byDefault.length === scope.objectives.size
              ? "every objective of the file"
              : "every objective of the file that no stage is for"
        }
      }
    ]
  if (start.objective !== undefined) return [[start.objective.text], { kind: "written", span: start.objective.span }]
  const theirs = start.study.compare.map(pathText).filter((name) => scope.objectives.has(name))
  return [
    theirs.length === 0 ? [...scope.byDefault] : [...new Set(theirs)],
    { kind: "default", source: { kind: "ours", text: `the objectives of ${start.study.name.text}` } }
  ]
}

/** What two programs have in common when they mean the same. */
const meaning = (program: Pick<Program, "objectives" | "stages">, compare: ReadonlyArray<string>): string =>
  [
    ...program.objectives.filter((one) => compare.includes(one.name)).map((one) => `${one.name} ${one.semantics}`),
    ...program.stages.map((one) => `${one.name} ${one.semantics} ${[...one.after].sort().join()}`)
  ].join("\n")

/** What sound variants mean, by what is written in their files: of one version of a file to the next most stay the same. */
const meanings = new Map<string, string>()
const mostMeanings = 4096

/**
 * What came of the changes of a study in which nothing was found, in their order: the name of the variant, undefined where the file says so
 * anyway. By what is written in the study and in everything that a variant may hold.
 */
const expansions = new Map<string, ReadonlyArray<string | undefined>>()
const mostExpansions = 256

const contentsOf = new WeakMap<Ast.File, string>()

/** What is written in everything but studies and claims. */
const runContents = (file: Ast.File): string => {
  const known = contentsOf.get(file)
  if (known !== undefined) return known
  const made = file.declarations
    .filter((one) => one._tag !== "Study" && one._tag !== "Claim")
    .map(contentOf)
    .join()
  contentsOf.set(file, made)
  return made
}

/** The changes of a study in their order, where each is written, and how many levels there are of what it varies. */
const changesOf = (
  syntax: Ast.Study
): ReadonlyArray<{ readonly change: Ast.Change; readonly span: Span; readonly levels: number }> => [
  ...syntax.vary.flatMap((vary) =>
    vary.values.map((value) => ({
      change: { kind: "with" as const, path: vary.path, value, span: vary.span },
      span: value.span,
      levels: vary.values.length
    }))
  ),
  ...syntax.without.map((path) => ({
    change: { kind: "without" as const, path, span: path.span },
    span: path.span,
    levels: 1
  }))
]

/** A change in the words of the file. */
const spoken = (change: Ast.Change): string =>
  change.kind === "without" ? `Without \`${pathText(change.path)}\`` : `With this \`${pathText(change.path)}\``

/** Every variant of a study, checked as a file of its own; undefined after a finding. */
const expand = (
  report: Report.Report,
  scope: StudyScope,
  syntax: Ast.Study,
  compare: ReadonlyArray<string>
): Pick<Study, "variants" | "defaults"> | undefined => {
  const { base, file } = scope
  if (syntax.vary.length + syntax.without.length === 0) return { variants: [], defaults: [] }
  if (base === undefined) return undefined
  if (compare.length === 0) {
    report.error(
      "BICA5025",
      syntax.vary[0]?.span ?? syntax.name.span,
      `The study \`${syntax.name.text}\` compares no objective, so there is nothing to vary.`,
      "Declare an `objective` and a stage that trains it, or a `shift` of the environment and play on it."
    )
    return undefined
  }
  // what is compared by name is no less trained where a stage is for it
  const named = scope.byDefault.length === scope.objectives.size ? [] : syntax.compare
  const plain: Ast.Study = {
    ...syntax,
    from: undefined,
    compare: named,
    vary: [],
    without: [],
    seeds: seedZero(syntax)
  }
  const known = new Map<string, { readonly span: Span; readonly change: Ast.Change } | "file">([
    [meaning(base, compare), "file"]
  ])
  const compared = new Set(compare)
  const setting = `${scope.world} ${base.stages.length} ${compare.join()} `
  const keyOf = (of: Ast.File): string => setting + of.declarations.map(contentOf).join()
  const changes = changesOf(syntax)
  const wholeKey = `${setting}${runContents(file)} ${contentOf(syntax)}`
  const before = expansions.get(wholeKey)
  if (before !== undefined) {
    const own = (change: Ast.Change): Ast.File => {
      const rewrite = Variants.changed(file, change)
      if (rewrite._tag !== "Rewritten") throw new Error(`${spoken(change)} there was a variant before and is none now`)
      return Variants.runBy(rewrite.file, compared, plain)
    }
    return {
      variants: changes.flatMap(({ change, span }, i) => {
        const name = before[i]
        return name === undefined ? [] : [variantOf(scope, compare, name, span, change, () => own(change), undefined)]
      }),
      defaults: changes.flatMap(({ change }, i) => (before[i] === undefined ? [change] : []))
    }
  }
  // parts of other objectives are left out of a variant's file: what is missing of them is missing without the change too
  const asItStands = Variants.runBy(file, compared, plain)
  const keyAsItStands = keyOf(asItStands)
  let expected: ReadonlySet<string> = new Set()
  if (!meanings.has(keyAsItStands)) {
    const unchanged = Report.make()
    const program = scope.check(unchanged, asItStands)
    expected = new Set(
      unchanged
        .diagnostics()
        .filter(({ code: found }) => found === "BICA5001" || found === "BICA5016")
        .map(({ code: found, span }) => `${found}:${span.start}:${span.end}`)
    )
    if (!unchanged.failed() && program !== undefined) remember(keyAsItStands, meaning(program, compare))
  }
  const taken = new Set<string>()
  /** For each change its variant's name. */
  const names: Array<string | undefined> = []
  const variants: Array<Variant> = []
  const defaults: Array<Ast.Change> = []
  let sound = true
  const one = (change: Ast.Change, span: Span, levels: number): void => {
    const rewrite = Variants.changed(file, change)
    if (rewrite._tag === "Unknown") {
      const all = Variants.nameable(file, change.kind)
      const meant = report.nearest(rewrite.name.text, all)
      report.error(
        "BICA2001",
        rewrite.name.span,
        `There is nothing called \`${rewrite.name.text}\` that could ${change.kind === "without" ? "be left out" : "vary"}.`,
        suggestion(meant, all.length === 0 ? "Leave the line out." : `Declared: ${list(all.map(code), "and")}.`),
        { replacement: meant }
      )
      sound = false
      return
    }
    if (rewrite._tag === "Refused") {
      report.error("BICA5026", rewrite.span, rewrite.cause, rewrite.fix)
      sound = false
      return
    }
    const own = Variants.runBy(rewrite.file, compared, plain)
    const key = keyOf(own)
    // what was sound is made a program of when somebody wants it; where something is expected, it says where it stands
    let means = expected.size === 0 ? meanings.get(key) : undefined
    let made: Program | undefined
    if (means === undefined) {
      const findings = Report.beyond(expected)
      made = programOf(scope, findings, own, compare)
      if (findings.failed() || made === undefined || made.stages.length !== base.stages.length) {
        pointed(report, findings.diagnostics(), change, span, syntax.span)
        sound = false
        return
      }
      means = meaning(made, compare)
      if (expected.size === 0) remember(key, means)
    }
    const same = known.get(means)
    if (same === "file" && levels > 1 && !defaults.some((each) => pathText(each.path) === pathText(change.path))) {
      // of several levels one may be the file's own: it names what is run anyway
      defaults.push(change)
      names.push(undefined)
      return
    }
    if (same !== undefined) {
      report.error(
        "BICA5025",
        span,
        same === "file"
          ? `${spoken(change)} the experiment is what it is as the file stands.`
          : "This variant means the same as another one.",
        "Change it, or leave it out.",
        same === "file" ? {} : { labels: [{ span: same.span, text: "the same meaning" }] }
      )
      sound = false
      return
    }
    known.set(means, { span, change })
    let name = Variants.nameOf(change)
    for (let i = 2; taken.has(name); i++) name = `${Variants.nameOf(change)}_${i}`
    taken.add(name)
    names.push(name)
    variants.push(variantOf(scope, compare, name, span, change, () => own, made))
  }
  for (const { change, levels, span } of changes) one(change, span, levels)
  if (!sound) return undefined
  if (expected.size === 0) {
    if (expansions.size >= mostExpansions) expansions.clear()
    expansions.set(wholeKey, names)
  }
  return { variants, defaults }
}

/** A variant, whose program is made when somebody asks for it. */
const variantOf = (
  scope: StudyScope,
  compare: ReadonlyArray<string>,
  name: string,
  span: Span,
  change: Ast.Change,
  own: () => Ast.File,
  checked: Program | undefined
): Variant => {
  let made = checked
  return {
    name,
    span,
    change,
    get program() {
      made ??= programOf(scope, Report.make(), own(), compare)
      if (made === undefined) throw new Error(`The variant ${name} was sound before and is not now`)
      return made
    }
  }
}

const remember = (key: string, means: string): void => {
  if (meanings.size >= mostMeanings) meanings.clear()
  meanings.set(key, means)
}

/** The program of a variant; what metrics are measured against is not run in it. */
const programOf = (
  scope: StudyScope,
  report: Report.Report,
  own: Ast.File,
  compare: ReadonlyArray<string>
): Program | undefined => {
  const whole = scope.check(report, own)
  return whole === undefined
    ? undefined
    : {
        ...whole,
        objectives: whole.objectives.filter(
          ({ name }) => compare.includes(name) || whole.stages.some(({ objective }) => objective?.name === name)
        )
      }
}

/** A variant is checked once, whatever its seeds. */
const seedZero = (syntax: Ast.Study): ReadonlyArray<Ast.Quantity> => [
  { value: 0, text: "0", unit: undefined, span: syntax.name.span }
]

/** Reports what is wrong with a variant where it is written: at the value itself, or at the value for what it does elsewhere. */
const pointed = (
  report: Report.Report,
  found: ReadonlyArray<Diagnostic>,
  change: Ast.Change,
  span: Span,
  study: Span
): void => {
  const here = found.find((each) => each.span.start >= study.start && each.span.end <= study.end)
  if (here !== undefined) {
    // every code of a finding of the checks is one of theirs
    report.repeat(here)
    return
  }
  const [first] = found
  if (first === undefined) {
    report.error("BICA5027", span, `${spoken(change)} a stage of the file has nothing to do.`, "Leave the variant out.")
    return
  }
  report.error("BICA5027", span, `${spoken(change)}: ${first.cause}`, first.fix, {
    labels: [{ span: first.span, text: `${first.title.slice(0, 1).toLowerCase()}${first.title.slice(1)}` }]
  })
}
