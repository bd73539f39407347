/** Checks a file against the catalogue of environments and makes the program of it. */
import type { CodeModule } from "../../declaration/Code.ts"
import type { EnvironmentDeclaration } from "../../declaration/Environment.ts"
import * as Modules from "../../declaration/Modules.ts"
import type { Parameter } from "../../declaration/Parameter.ts"
import type { Diagnostic, Span } from "../diagnostic/Diagnostic.ts"
import type {
  Agent,
  Budget,
  Environment,
  Expression,
  Library,
  Module,
  Objective,
  Program,
  Stage,
  Study,
  Term
} from "../program/Program.ts"
import { objectiveMeaning, stageDigest, told } from "../program/Semantics.ts"
import type { Declared, Told } from "../program/Semantics.ts"
import type * as Ast from "../syntax/Ast.ts"
import { operandsOf } from "../syntax/Operands.ts"
import type { CheckedAgent, CheckedEnvironment } from "./Agents.ts"
import { checkAgent, checkEnvironment, checkShifts, suggestion } from "./Agents.ts"
import { checkClaim, checkPower, measuredText } from "./Claims.ts"
import { checkConstants } from "./Constants.ts"
import { checkCode, withCode } from "./UserCode.ts"
import type { ScopedModules } from "./UserCode.ts"
import * as Expressions from "./Expressions.ts"
import { checkLearnedWeights } from "./LearnedWeights.ts"
import { list } from "./Names.ts"
import type { CheckedParts, Part } from "./Parts.ts"
import { checkParts, kindOf } from "./Parts.ts"
import { checkPulls, checkSteps } from "./Pulls.ts"
import * as Report from "./Report.ts"
import * as Standard from "../library/Standard.ts"
import { checkSilencing } from "./Silencing.ts"
import type { CheckedWork, Place, StageScope } from "./Stages.ts"
import { checkBody, names } from "./Stages.ts"
import { checkStudy } from "./Studies.ts"
import { numberOf, pathText, resolveValue, unitOf } from "./Values.ts"
import * as Units from "./Units.ts"

/** What the checker knows of the world outside of the file. */
export interface Catalogue {
  readonly environments: ReadonlyArray<EnvironmentDeclaration>
  /** Modules of the user's own by the path as written, where code is allowed. The compiler itself runs none. */
  readonly code?: ReadonlyMap<string, CodeModule>
}

/** What stands in catalogues, numbered. */
const numbersOf = new WeakMap<object, number>()
let numbered = 0
const numberIn = (one: object | undefined): number => {
  if (one === undefined) return 0
  const number = numbersOf.get(one) ?? ++numbered
  numbersOf.set(one, number)
  return number
}

/** A catalogue, told by its members. */
const numbersIn = ({ code, environments }: Catalogue): string =>
  `${environments.map(numberIn).join()} ${[...(code ?? [])].map(([path, one]) => `${path} ${numberIn(one)}`).join()}`

/** A declaration of the catalogue is told by its number, a set by its members. */
const inScope = (key: string, value: unknown): unknown =>
  value instanceof Set || value instanceof Map
    ? [...value]
    : key === "declaration" && typeof value === "object" && value !== null
      ? numberIn(value)
      : value

/** Scopes of stages, numbered by their texts; a number is given to no second text. */
const scopes = new Map<string, number>()
const mostScopes = 256
let scopesGiven = 0
const scopeNumber = (text: string): number => {
  const known = scopes.get(text)
  if (known !== undefined) return known
  if (scopes.size >= mostScopes) scopes.clear()
  scopes.set(text, ++scopesGiven)
  return scopesGiven
}

const bodies = new WeakMap<Ast.Stage, Map<number, CheckedWork>>()

/** What a stage does. One in which nothing was found is not checked again in the variants of the file, nor after an edit elsewhere. */
const bodyOf = (report: Report.Report, scope: StageScope, number: number, stage: Ast.Stage): CheckedWork => {
  const before = bodies.get(stage)
  const known = before?.get(number)
  if (known !== undefined) return known
  const found = report.count()
  const made = checkBody(report, scope, stage)
  if (report.count() > found) return made
  if (before === undefined || before.size > 8) bodies.set(stage, new Map([[number, made]]))
  else before.set(number, made)
  return made
}

/** The name under which every team keeps the weights of its value network. */
const critic = "critic"

const code = (name: string): string => `\`${name}\``

type Of<Tag extends Ast.Declaration["_tag"]> = Extract<Ast.Declaration, { readonly _tag: Tag }>

/** Declarations in whose way one of the same name stands: what is trained, said and read shares names, stages, studies and claims have theirs. */
const sharing = (tag: Named["_tag"]): "Stage" | "Study" | "Claim" | "others" =>
  tag === "Stage" || tag === "Study" || tag === "Claim" ? tag : "others"

/** The declarations of a file by kind and name, in one go. Of one name the first counts, and the others are reported. */
const sorted = (report: Report.Report, file: Ast.File) => {
  const uses: Array<Ast.Use> = []
  const kept = new Set<Ast.Declaration>()
  const first = {
    others: new Map<string, Named>(),
    Stage: new Map<string, Named>(),
    Study: new Map<string, Named>(),
    Claim: new Map<string, Named>()
  }
  const again: Record<keyof typeof first, Array<Named>> = { others: [], Stage: [], Study: [], Claim: [] }
  const syntax = {
    environments: new Map<string, Of<"Environment">>(),
    agents: new Map<string, Of<"Agent">>(),
    parts: new Map<string, Part>(),
    terms: new Map<string, Of<"Term">>(),
    defines: new Map<string, Of<"Define">>(),
    budgets: new Map<string, Of<"Budget">>(),
    objectives: new Map<string, Of<"Objective">>(),
    stages: new Map<string, Of<"Stage">>(),
    studies: new Map<string, Of<"Study">>(),
    claims: new Map<string, Of<"Claim">>()
  }
  for (const one of file.declarations) {
    if (one._tag === "Use") {
      uses.push(one)
      continue
    }
    const name = one.name.text
    const group = sharing(one._tag)
    if (first[group].has(name)) {
      again[group].push(one)
      continue
    }
    first[group].set(name, one)
    kept.add(one)
    switch (one._tag) {
      case "Environment":
        syntax.environments.set(name, one)
        break
      case "Agent":
        syntax.agents.set(name, one)
        break
      case "Protocol":
      case "Mapper":
      case "Instructor":
        syntax.parts.set(name, one)
        break
      case "Term":
        syntax.terms.set(name, one)
        break
      case "Define":
        syntax.defines.set(name, one)
        break
      case "Budget":
        syntax.budgets.set(name, one)
        break
      case "Objective":
        syntax.objectives.set(name, one)
        break
      case "Stage":
        syntax.stages.set(name, one)
        break
      case "Study":
        syntax.studies.set(name, one)
        break
      case "Claim":
        syntax.claims.set(name, one)
        break
    }
  }
  for (const group of ["others", "Stage", "Study", "Claim"] as const) {
    for (const { name } of again[group]) {
      const before = first[group].get(name.text)
      report.error(
        "BICA2002",
        name.span,
        `\`${name.text}\` is declared twice.`,
        "Give one of them another name.",
        before === undefined ? {} : { labels: [{ span: before.name.span, text: "declared here first" }] }
      )
    }
  }
  return { uses, kept, syntax }
}

type Named = Exclude<Ast.Declaration, Ast.Use>

/**
 * Checks a file: names, values and units, types, and the experiment itself. The program is there exactly when no finding
 * is an error. Total: it never throws, and its work is bounded for any file that the parser accepts.
 */
export const check = (
  file: Ast.File,
  catalogue: Catalogue,
  name = "pipeline"
): { readonly program: Program | undefined; readonly diagnostics: ReadonlyArray<Diagnostic> } => {
  const report = Report.make()
  const program = checkFile(report, file, catalogue, name)
  return { program: report.failed() ? undefined : program, diagnostics: report.diagnostics() }
}

const checkFile = (
  report: Report.Report,
  file: Ast.File,
  catalogue: Catalogue,
  fileName: string
): Program | undefined => {
  const { kept, syntax, uses } = sorted(report, file)
  const known = {
    learners: new Set([...syntax.agents.keys(), ...syntax.parts.keys()]),
    // a file without modules is spoken to of agents alone
    learner: syntax.parts.size === 0 ? "agent" : "agent or module",
    budgets: new Set(syntax.budgets.keys()),
    objectives: new Set(syntax.objectives.keys())
  }

  // ---- what the objectives are made of ---------------------------------------------------------
  const before = report.count()
  const world = worldOf(report, syntax, known, uses, catalogue, file, kept)
  const { budgets, declared, environments, firstEnvironment, hears, libraries, modulesOfCode, parts } = world
  const { programAgents, programEnvironments, modules, terms, unusable } = world

  // ---- objectives ------------------------------------------------------------------------------
  const objectives: Array<Objective> = []
  const meant: Array<Meant> = []
  const called = new Set(world.called)
  for (const one of syntax.objectives.values()) {
    const made = objectiveOf(report, world, known, one)
    for (const name of made.called) called.add(name)
    if (made.objective === undefined || made.same === undefined) continue
    objectives.push(made.objective)
    meant.push({ objective: made.objective, same: made.same, sketch: made.sketch })
  }
  for (const define of syntax.defines.values()) {
    if (called.has(define.name.text)) continue
    for (const name of world.typing.calling(() => world.typing.definition(define)).called) called.add(name)
  }
  const quiet = report.count() === before
  remember(world, quiet)
  const soundSoFar = !report.failed()
  const unread = checkRead(report, syntax, hears, parts)
  if (soundSoFar) checkMeanings(report, syntax.objectives, meant)

  // ---- stages ----------------------------------------------------------------------------------
  const firstName = [...environments.keys()][0]
  const place: Place | undefined =
    firstName === undefined || firstEnvironment === undefined
      ? undefined
      : {
          name: firstName,
          declaration: firstEnvironment.declaration,
          shifts: firstEnvironment.syntax.shifts.map((shift) => shift.name.text),
          unusable
        }
  const work = new Map<string, CheckedWork>()
  const stageScope: StageScope = {
    place,
    learners: known.learners,
    learner: known.learner,
    budgets: known.budgets,
    objectives: new Set(syntax.objectives.keys()),
    agents: new Map(
      [...world.agents].map(([name, { agent, role }]) => {
        const prior = agent?.prior.value
        const word = typeof prior === "object" && "choice" in prior ? String(prior.choice) : undefined
        return [name, { role: role?.name, prior: word }]
      })
    )
  }
  const scopeText = JSON.stringify(stageScope, inScope)
  const inThis = scopeNumber(scopeText)
  for (const [name, one] of syntax.stages) work.set(name, bodyOf(report, stageScope, inThis, one))
  const fixed = checkFixed(report, syntax, work, objectives)
  const order = orderOf(report, syntax.stages, work, fixed, place)
  for (const one of syntax.stages.values()) {
    const team = order?.get(one.name.text)?.team
    const once = team !== undefined && order?.get(one.name.text)?.once === true
    checkParameter(report, one, work.get(one.name.text), once ? team : undefined)
    if (once && work.get(one.name.text)?.kind === "team") checkTeamName(report, syntax, place, one, team)
  }
  const only = onlyFixed(syntax)
  const trainings = trainingsIn(work, order, fixed, only, known.learners)
  const works = [...work.values(), ...[...fixed.values()].flatMap((one) => one ?? []), [...only].join()]
  if (!sameMembers(world.settled.works, works)) world.settled = { works, objectives: new Set() }
  const { objectives: settled } = world.settled
  const open = objectives.filter((one) => !settled.has(one))
  const unsettled = report.count()
  checkTrained(report, syntax, trainings, open, budgets, [...known.learners], parts, hears, unread)
  checkFrozen(report, syntax, open, budgets, parts, hears, trainings)
  checkPulls(report, {
    objectives: open,
    budgets,
    agents: programAgents,
    written: syntax.objectives,
    bounds: syntax.budgets
  })
  checkSteps(
    report,
    open,
    budgets,
    [...work].flatMap(([name, { work: done }]) =>
      done?._tag === "Training" && typeof done.steps.value === "number" ? [{ name, steps: done.steps.value }] : []
    )
  )
  checkLearnedWeights(report, open)
  // what nobody reads is not spoken of a second time
  if (report.count() === unsettled && unread.size === 0) for (const one of open) settled.add(one)

  const roles = place?.declaration?.roles.map((role) => role.name) ?? []
  const roster = programAgents
    .filter((agent) => agent.environment === place?.name)
    .sort((a, b) => roles.indexOf(a.role.name) - roles.indexOf(b.role.name))
  const stages: Array<Stage> = []
  // where only one training's teams are played, they are called as their objectives are
  const played = new Set(
    [...(order ?? [])].flatMap(([name, { once, team }]) =>
      work.get(name)?.kind === "team" && !once && team !== undefined ? [team] : []
    )
  )
  for (const one of syntax.stages.values()) {
    const checked = work.get(one.name.text)
    const standing = order?.get(one.name.text)
    if (checked?.work === undefined || checked.kind === undefined || standing === undefined || place === undefined)
      continue
    const { after, from, once } = standing
    const team = checked.kind === "team" && (once || played.size > 1) ? standing.team : undefined
    const trainedBy = checked.kind === "training" ? one.name.text : standing.team
    const objective = trainedBy === undefined ? undefined : fixed.get(trainedBy)
    // what is wrong with it is reported
    if (trainedBy !== undefined && fixed.has(trainedBy) && objective === undefined) continue
    const stage = {
      name: one.name.text,
      span: one.span,
      parameter: one.parameter?.name.text,
      after,
      environment: place.name,
      agents: roster.map((agent) => agent.name),
      forEach: once ? ("seed" as const) : ("objective" as const),
      ...(objective === undefined ? {} : { objective }),
      ...(from === undefined ? {} : { from }),
      ...(team === undefined ? {} : { team }),
      work: checked.work
    }
    stages.push({ ...stage, semantics: stageDigest(declared, stage) })
  }

  // ---- studies and claims ----------------------------------------------------------------------
  const studies: Array<Study> = []
  for (const one of syntax.studies.values()) {
    const study = checkStudy(
      report,
      {
        file,
        objectives: known.objectives,
        byDefault: [...known.objectives].filter((name) => !only.has(name)),
        studies: syntax.studies,
        base: report.failed() ? undefined : { objectives, stages },
        world: `${fileName} ${numbersIn(catalogue)}`,
        check: (own, variant) => checkFile(own, variant, catalogue, fileName)
      },
      one
    )
    if (study !== undefined) studies.push(study)
  }
  for (const one of syntax.studies.values()) {
    const [seed] = one.seeds
    if (seed === undefined || syntax.stages.size > 0) continue
    report.error(
      "BICA5029",
      seed.span,
      `The study \`${one.name.text}\` gives seeds, and the file has no stage that could draw from them.`,
      "Add a `stage`, or leave the study out."
    )
  }
  const firstStage = [...syntax.stages.values()][0]
  if (firstStage !== undefined && syntax.studies.size === 0) {
    report.error(
      "BICA5009",
      firstStage.name.span,
      `The stage \`${firstStage.name.text}\` draws random numbers, and no study gives it seeds.`,
      "Add a study: `study main { seeds 13, 42, 2025 }`."
    )
  }
  const stagesSound = stages.length === syntax.stages.size && studies.length === syntax.studies.size
  if (stagesSound && stages.length > 0 && studies.length > 0) {
    for (const one of syntax.objectives.values()) {
      const { text } = one.name
      const named = stages.some(({ objective, work }) => work._tag === "Training" && objective?.name === text)
      if (named) continue
      const compared = studies.some((study) => study.compare.includes(text))
      if (!compared) {
        report.warning(
          "BICA5019",
          one.name.span,
          `No study compares the objective \`${text}\`, so it is never trained.`,
          `Add \`${text}\` to the \`compare\` of a study, or leave it out.`
        )
      } else if (
        stages.some(({ work }) => work._tag === "Training") &&
        stages.every(({ objective, work }) => work._tag !== "Training" || objective !== undefined)
      ) {
        report.warning(
          "BICA5019",
          one.name.span,
          `Every stage that trains is \`for\` another objective, so \`${text}\` is never trained.`,
          `Write a stage that trains \`for ${text}\`, or leave it out.`
        )
      }
    }
  }
  if (stagesSound && place?.declaration !== undefined) {
    const compared = new Set(studies.flatMap((study) => study.compare))
    const scope = {
      declaration: place.declaration,
      agents: programAgents,
      modules,
      objectives: objectives.filter((one) => compared.has(one.name))
    }
    checkConstants(report, scope, stages, syntax.stages)
  }
  const measured = stagesSound ? { stages, studies } : undefined
  const leaving = new Map(
    [...work].flatMap(([name, { kind }]) =>
      kind === "imitation" || kind === "training"
        ? [[name, order?.get(name)?.once === true ? ("seed" as const) : ("objective" as const)] as const]
        : []
    )
  )
  const claimScope = {
    place,
    objectives: [...syntax.objectives.keys()],
    leaving,
    measured,
    text:
      syntax.claims.size === 0 ? "" : `${scopeText} ${JSON.stringify([...leaving])} ${measuredText(measured, numberIn)}`
  }
  const claims = checkPower(
    report,
    claimScope,
    [...syntax.claims.values()].flatMap((one) => checkClaim(report, claimScope, one) ?? [])
  )
  // variants have worlds of their own
  if (quiet) remember(world, true)
  return {
    name: fileName,
    libraries,
    code: [...modulesOfCode].flatMap(([name, one]) =>
      one === undefined ? [] : [{ name, path: one.path, digest: one.digest, span: one.span }]
    ),
    environments: programEnvironments,
    agents: programAgents,
    modules,
    defines: [...syntax.defines.values()].map((one) => ({ name: one.name.text, span: one.span, syntax: one })),
    terms,
    budgets,
    objectives,
    stages,
    studies,
    claims
  }
}

// ---- what the objectives are made of ---------------------------------------------------------------------------

/** Names that are known in a file. */
interface KnownNames {
  readonly learners: ReadonlySet<string>
  /** What those are called in a sentence. */
  readonly learner: string
  readonly budgets: ReadonlySet<string>
  readonly objectives: ReadonlySet<string>
}

/** An objective, undefined after a finding, and the definitions that it uses. */
interface MadeObjective {
  readonly objective: Objective | undefined
  /** Equal for objectives that mean the same. */
  readonly same: (() => string) | undefined
  /** Of two objectives that mean the same this is equal too, and sooner made: loss and what is frozen and silent are part of a meaning. */
  readonly sketch: string
  readonly called: ReadonlySet<string>
}

/** Everything in a file but objectives, stages, studies and claims. */
interface World {
  readonly libraries: ReadonlyArray<Library>
  readonly modulesOfCode: ScopedModules
  readonly unusable: ReadonlySet<string>
  readonly environments: ReadonlyMap<string, CheckedEnvironment>
  readonly firstEnvironment: CheckedEnvironment | undefined
  readonly agents: ReadonlyMap<string, CheckedAgent>
  readonly parts: CheckedParts
  readonly hears: Hears
  readonly typing: Expressions.Typing
  readonly terms: ReadonlyArray<Term>
  readonly budgets: ReadonlyArray<Budget>
  readonly programAgents: ReadonlyArray<Agent>
  readonly programEnvironments: ReadonlyArray<Environment>
  readonly modules: ReadonlyArray<Module>
  readonly declared: Declared
  /** The definitions that terms and budgets use. */
  readonly called: ReadonlySet<string>
  /** Objectives in which nothing was found. */
  readonly objectives: WeakMap<Ast.Objective, MadeObjective>
  /** Objectives that what is done in `works`, for those that the file says, was held against, without a finding. */
  settled: { readonly works: ReadonlyArray<CheckedWork | Objective | string>; readonly objectives: Set<Objective> }
  readonly reportTo: (report: Report.Report) => void
  readonly from: WorldSource
}

/** What a world is made of. */
interface WorldSource {
  readonly declarations: ReadonlyArray<Ast.Declaration>
  /** Other names of the file, and the catalogue. */
  readonly names: string
}

/** Worlds of files that were checked lately, in which nothing was found: an edit of an objective or a claim leaves them as they are, and those of variants. */
const worlds: Array<World> = []
const mostWorlds = 32

const sameMembers = <A>(a: ReadonlyArray<A>, b: ReadonlyArray<A>): boolean =>
  a.length === b.length && a.every((one, i) => one === b[i])

const remember = (world: World, sound: boolean): void => {
  const at = worlds.indexOf(world)
  if (at === 0 && sound) return
  if (at >= 0) worlds.splice(at, 1)
  // what was said once of a world would not be said again
  if (sound) worlds.unshift(world)
  if (worlds.length > mostWorlds) worlds.pop()
}

const worldOf = (
  report: Report.Report,
  syntax: Syntax,
  known: KnownNames,
  uses: ReadonlyArray<Ast.Use>,
  catalogue: Catalogue,
  file: Ast.File,
  kept: ReadonlySet<Ast.Declaration>
): World => {
  const from: WorldSource = {
    declarations: file.declarations.filter(
      (one) =>
        one._tag === "Use" ||
        (one._tag !== "Objective" &&
          one._tag !== "Stage" &&
          one._tag !== "Study" &&
          one._tag !== "Claim" &&
          kept.has(one))
    ),
    names: `${syntax.stages.size > 0} ${[...known.objectives].join()} ${numbersIn(catalogue)}`
  }
  const before = worlds.find(
    (one) => one.from.names === from.names && sameMembers(one.from.declarations, from.declarations)
  )
  const world = before ?? newWorld(report, syntax, uses, catalogue, from)
  world.reportTo(report)
  return world
}

const newWorld = (
  report: Report.Report,
  syntax: Syntax,
  uses: ReadonlyArray<Ast.Use>,
  catalogue: Catalogue,
  from: WorldSource
): World => {
  // ---- libraries -------------------------------------------------------------------------------
  const libraries = checkUses(report, uses)
  const modulesOfCode = checkCode(report, catalogue, uses)
  const catalogued = withCode(catalogue.environments, modulesOfCode)
  const unusable = new Set([...modulesOfCode].flatMap(([name, one]) => (one === undefined ? [name] : [])))

  // ---- environments and agents -----------------------------------------------------------------
  const environments = new Map<string, CheckedEnvironment>()
  for (const [name, one] of syntax.environments)
    environments.set(name, checkEnvironment(report, catalogued, unusable, one))
  const second = [...syntax.environments.values()][1]
  const firstEnvironment = [...environments.values()][0]
  if (second !== undefined && firstEnvironment !== undefined) {
    report.error(
      "BICA9009",
      second.name.span,
      "This version of bica runs one environment per file.",
      "Use a `shift`, or write a second file.",
      {
        labels: [{ span: firstEnvironment.syntax.name.span, text: "the first one" }]
      }
    )
  }
  const agents = new Map<string, CheckedAgent>()
  for (const [name, one] of syntax.agents)
    agents.set(name, checkAgent(report, { environments, agents: syntax.agents, modules: syntax.parts }, one))
  const parts = checkParts(report, agents, Expressions.functions, syntax.parts, {
    environments,
    agents: syntax.agents,
    modules: syntax.parts
  })
  for (const one of [...syntax.agents.values(), ...syntax.parts.values()]) {
    if (one.name.text !== critic) continue
    report.error(
      "BICA2002",
      one.name.span,
      `\`${critic}\` is the network that values states in every team.`,
      "Give yours another name."
    )
  }
  const programEnvironments: Array<Environment> = []
  for (const [name, one] of environments) {
    const shifts = checkShifts(report, { agents }, one)
    if (one.declaration !== undefined && one.settings !== undefined && shifts !== undefined) {
      programEnvironments.push({
        name,
        span: one.syntax.span,
        declaration: one.declaration,
        settings: one.settings,
        shifts
      })
    }
  }
  if (second === undefined) checkRoles(report, firstEnvironment, agents, syntax.stages.size > 0)

  // ---- expressions -----------------------------------------------------------------------------
  const hears: Hears = new Map([...agents].map(([name, one]) => [name, heardBy(one, parts)]))
  const others = new Map<string, string>([
    ...[...syntax.environments.keys()].map((name): [string, string] => [name, "an environment"]),
    ...[...syntax.budgets.keys()].map((name): [string, string] => [name, "a budget"]),
    ...[...syntax.objectives.keys()].map((name): [string, string] => [name, "an objective"]),
    ...[...syntax.defines.keys()].map((name): [string, string] => [name, "a function"])
  ])
  const passing = Report.passing()
  passing.to(report)
  const typing = Expressions.make(passing.report, {
    agents: new Map(
      [...agents].map(([name, one]) => [
        name,
        {
          latent: one.hidden,
          hears: hears.get(name)?.protocols ?? [],
          messages: one.agent?.sees.some((seen) => seen._tag === "Message") ?? true,
          advice: one.agent?.sees.some((seen) => seen._tag === "Advice") ?? true,
          speaks: one.role?.kind === "speaks",
          choices: one.role?.choices.length ?? 1,
          // silence is a token too
          tokens: one.agent === undefined || one.agent.says.length === 0 ? 0 : one.agent.says.length + 1,
          symbols: typeof one.agent?.codes?.value === "number" ? one.agent.codes.value : 0
        }
      ])
    ),
    environments: new Set(environments.keys()),
    terms: syntax.terms,
    defines: checkDefines(report, syntax.defines),
    parts,
    others,
    libraries: new Set(libraries.map((one) => one.name)),
    library: Standard.functions,
    code: modulesOfCode
  })
  const made = typing.calling(() => ({
    terms: [...syntax.terms.keys()].flatMap((name) => typing.term(name) ?? []),
    budgets: [...syntax.budgets.values()].flatMap((one) => checkBudget(report, typing, one) ?? [])
  }))
  const programAgents = [...agents.values()].flatMap((one) => one.agent ?? [])
  const modules = [...parts.values()].flatMap((one) => one.module ?? [])
  return {
    libraries,
    modulesOfCode,
    unusable,
    environments,
    firstEnvironment,
    agents,
    parts,
    hears,
    typing,
    terms: made.result.terms,
    budgets: made.result.budgets,
    programAgents,
    programEnvironments,
    modules,
    declared: { environments: programEnvironments, agents: programAgents, modules, budgets: made.result.budgets },
    called: made.called,
    objectives: new WeakMap(),
    settled: { works: [], objectives: new Set() },
    reportTo: passing.to,
    from
  }
}

/** An objective; one in which nothing was found is not looked at again in the same world. */
const objectiveOf = (report: Report.Report, world: World, known: KnownNames, syntax: Ast.Objective): MadeObjective => {
  const before = world.objectives.get(syntax)
  if (before !== undefined) return before
  const found = report.count()
  const { agents, declared, parts, typing } = world
  const { called, result: loss } = typing.calling(() => typing.summands(syntax.expression))
  const within = names(report, syntax.within, known.budgets, "budget")
  const freezing = names(report, syntax.freezing, known.learners, known.learner)
  const silencing = checkSilencing(report, { agents, parts, ...known }, syntax, freezing ?? [...known.learners])
  if (loss === undefined || within === undefined || freezing === undefined || silencing === undefined)
    return { objective: undefined, same: undefined, sketch: "", called }
  const objective = {
    name: syntax.name.text,
    span: syntax.span,
    loss,
    within,
    freezing,
    silencing,
    syntax: syntax.expression
  }
  // of most objectives of most variants nobody asks for it
  let meaning: Told | undefined
  const asked = (): Told => (meaning ??= told(objectiveMeaning(declared, objective)))
  let semantics: string | undefined
  const whole: Objective = {
    ...objective,
    get semantics() {
      return (semantics ??= asked().digest())
    }
  }
  const silent = declared.agents.filter(({ name, role }) => role.kind === "speaks" && silencing.includes(name))
  const sketch = [loss.map(({ digest }) => digest), [...freezing].sort(), silent.map(({ name }) => name)].join(" ")
  const made = { objective: whole, same: () => asked().same, sketch, called }
  if (report.count() === found) world.objectives.set(syntax, made)
  return made
}

// ---- libraries and definitions ---------------------------------------------------------------------------------

const checkUses = (report: Report.Report, uses: ReadonlyArray<Ast.Use>): ReadonlyArray<Library> => {
  const libraries = new Map<string, Library>()
  for (const use of uses) {
    if (use.library === undefined) continue
    const name = pathText(use.library)
    const known = Modules.libraries.map((one) => one.name)
    const before = libraries.get(name)
    if (!known.includes(name)) {
      const meant = report.nearest(name, known)
      report.error(
        "BICA2011",
        use.library.span,
        `There is no library \`${name}\`.`,
        suggestion(meant, `Known libraries: ${list(known.map(code), "and")}.`),
        { replacement: meant }
      )
    } else if (before !== undefined) {
      report.error("BICA2015", use.library.span, `\`${name}\` is used twice.`, "Keep one of the two.", {
        labels: [{ span: before.span, text: "used here first" }]
      })
    } else libraries.set(name, { name, span: use.library.span })
  }
  return [...libraries.values()]
}

/** Definitions whose names and parameters are in order; the others are known all the same. */
const checkDefines = (
  report: Report.Report,
  defines: ReadonlyMap<string, Ast.Define>
): ReadonlyMap<string, Ast.Define> => {
  for (const define of defines.values()) {
    if (Expressions.functions.includes(define.name.text)) {
      report.error(
        "BICA2002",
        define.name.span,
        `\`${define.name.text}\` is a function of the language.`,
        "Give yours another name."
      )
    }
    const first = new Map<string, Span>()
    for (const parameter of define.parameters) {
      const before = first.get(parameter.name.text)
      if (before !== undefined) {
        report.error(
          "BICA2002",
          parameter.name.span,
          `\`${parameter.name.text}\` is declared twice.`,
          "Give one of them another name.",
          {
            labels: [{ span: before, text: "declared here first" }]
          }
        )
      } else first.set(parameter.name.text, parameter.name.span)
      const kind = parameter.kind.text
      if (!Expressions.parameterKinds.some((one) => one === kind)) {
        const meant = report.nearest(kind, Expressions.parameterKinds)
        report.error(
          "BICA2009",
          parameter.kind.span,
          `\`${parameter.name.text}\` cannot be a \`${kind}\`.`,
          suggestion(meant, `Choose ${list(Expressions.parameterKinds.map(code))}.`),
          { replacement: meant }
        )
      }
    }
  }
  return defines
}

// ---- roles -----------------------------------------------------------------------------------------------------

const checkRoles = (
  report: Report.Report,
  environment: CheckedEnvironment | undefined,
  agents: ReadonlyMap<string, CheckedAgent>,
  stages: boolean
): void => {
  const roles = environment?.declaration?.roles ?? []
  let certain = true
  const players = new Map<string, CheckedAgent>()
  for (const agent of agents.values()) {
    if (agent.role === undefined) {
      certain = false
      continue
    }
    const before = players.get(agent.role.name)
    if (before === undefined) players.set(agent.role.name, agent)
    else {
      certain = false
      report.error(
        "BICA5003",
        agent.syntax.plays.span,
        `\`${before.syntax.name.text}\` and \`${agent.syntax.name.text}\` both play the ${agent.role.name}.`,
        "Let each role be played by one agent.",
        { labels: [{ span: before.syntax.plays.span, text: "played here first" }] }
      )
    }
  }
  if (!stages || !certain || environment === undefined) return
  const free = roles.filter((role) => !players.has(role.name))
  if (free.length === 0) return
  const place = environment.syntax.name.text
  report.error(
    "BICA5002",
    environment.syntax.name.span,
    `No agent plays ${list(
      free.map((role) => code(`${place}.${role.name}`)),
      "and"
    )}.`,
    `Add \`agent … plays ${place}.${free[0]?.name ?? ""} { … }\`.`
  )
}

// ---- budgets and objectives ------------------------------------------------------------------------------------

const by: Parameter = { name: "by", doc: "How the budget is held.", type: { kind: "choice", options: Modules.duals } }

const checkBudget = (report: Report.Report, typing: Expressions.Typing, syntax: Ast.Budget): Budget | undefined => {
  const method = resolveValue(report, by, syntax.by)
  const expression = typing.expression(syntax.quantity)
  if (expression === undefined) return undefined
  if (expression.type.kind === "categorical") {
    report.error(
      "BICA4001",
      syntax.quantity.span,
      `The budget \`${syntax.name.text}\` is on a distribution, and a bound is a number.`,
      "Take its `entropy(…)`, or a `kl(… || …)` to another one."
    )
    return undefined
  }
  const bound = syntax.bound
  const unit = unitOf(bound)
  if (unit !== undefined && unit !== expression.unit && !(unit === "%" && expression.unit === "any")) {
    const plain = expression.unit === "any"
    report.error(
      "BICA3002",
      bound.unit?.span ?? bound.span,
      plain
        ? "The quantity is a plain number, so its bound has no unit."
        : `The quantity is measured in ${Units.word(expression.unit)}, not in ${unit === "%" ? "per cent" : unit}.`,
      plain ? `Write \`${bound.text}\`.` : `Write \`${bound.text} ${expression.unit}\`.`,
      plain ? {} : { replacement: expression.unit }
    )
    return undefined
  }
  const atMost = numberOf(bound)
  if (!Number.isFinite(atMost)) {
    report.error("BICA3003", bound.span, "The bound is too large for a number.", "Give a smaller one.")
    return undefined
  }
  if (method === undefined) return undefined
  return {
    name: syntax.name.text,
    span: syntax.span,
    quantity: Expressions.averaged(expression),
    atMost,
    unit: expression.unit === "any" ? "none" : expression.unit,
    by: method,
    syntax: syntax.quantity
  }
}

/** First words of the paths that an expression names and of what it applies. */
interface Mentioned {
  readonly named: ReadonlySet<string>
  readonly applied: ReadonlySet<string>
}

const mentions = new WeakMap<Ast.Expression, Mentioned>()

const mentionedIn = (expression: Ast.Expression): Mentioned => {
  const known = mentions.get(expression)
  if (known !== undefined) return known
  const [named, applied] = [new Set<string>(), new Set<string>()]
  const open = [expression]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next._tag === "Variable") {
      const first = next.path.parts[0]
      if (first !== undefined) named.add(first.text)
    } else if (next._tag === "Apply") {
      const callee = next.callee.parts[0]
      if (callee !== undefined) applied.add(callee.text)
    }
    open.push(...operandsOf(next))
  }
  const made = { named, applied }
  mentions.set(expression, made)
  return made
}

/** First words of the paths that expressions name, and which of `applied` they apply. */
const mentioned = (
  expressions: ReadonlyArray<Ast.Expression>,
  applied: ReadonlyMap<string, unknown>
): ReadonlySet<string> => {
  const found = new Set<string>()
  for (const expression of expressions) {
    const inside = mentionedIn(expression)
    for (const name of inside.named) found.add(name)
    for (const name of inside.applied) if (applied.has(name)) found.add(name)
  }
  return found
}

interface Syntax {
  readonly environments: ReadonlyMap<string, Ast.Environment>
  readonly agents: ReadonlyMap<string, Ast.Agent>
  readonly parts: ReadonlyMap<string, Part>
  readonly terms: ReadonlyMap<string, Ast.Term>
  readonly defines: ReadonlyMap<string, Ast.Define>
  readonly budgets: ReadonlyMap<string, Ast.Budget>
  readonly objectives: ReadonlyMap<string, Ast.Objective>
  readonly stages: ReadonlyMap<string, Ast.Stage>
}

/** Reports terms, budgets, agents and modules that no objective reads; returns the agents and modules. */
const checkRead = (report: Report.Report, syntax: Syntax, hears: Hears, parts: CheckedParts): ReadonlySet<string> => {
  const objectives = [...syntax.objectives.values()]
  const within = new Set(objectives.flatMap((one) => one.within.map(pathText)))
  const expressions = [
    ...objectives.map((one) => one.expression),
    ...[...syntax.terms.values()].map((one) => one.expression),
    ...[...syntax.budgets.values()].map((one) => one.quantity),
    ...[...syntax.defines.values()].map((one) => one.expression)
  ]
  const read = mentioned(expressions, syntax.parts)
  const parameters = new Set(
    [...syntax.defines.values()].flatMap((one) => one.parameters.map((parameter) => parameter.name.text))
  )
  const frozen = new Set(objectives.flatMap((one) => one.freezing.map(pathText)))
  // where a name is misspelt, what it was meant for would seem unread: one finding is enough
  const budgetsCertain = [...within].every((name) => syntax.budgets.has(name))
  const certain =
    [...read].every(
      (name) => syntax.terms.has(name) || syntax.agents.has(name) || syntax.parts.has(name) || parameters.has(name)
    ) && [...frozen].every((name) => syntax.agents.has(name) || syntax.parts.has(name))
  const unread = new Set<string>()
  for (const [name, term] of syntax.terms) {
    // a term in a circle of terms is reported for that
    if (certain && !read.has(name)) {
      report.error(
        "BICA5001",
        term.name.span,
        `No objective reads the term \`${name}\`.`,
        "Add it to an objective, or leave it out."
      )
    }
  }
  for (const [name, budget] of syntax.budgets) {
    if (budgetsCertain && !within.has(name)) {
      report.error(
        "BICA5001",
        budget.name.span,
        `No objective is within the budget \`${name}\`.`,
        `Write \`within ${name}\`, or leave the budget out.`
      )
    }
  }
  if (objectives.length === 0 || !certain) return unread
  for (const [name, agent] of syntax.agents) {
    if (read.has(name) || frozen.has(name)) continue
    unread.add(name)
    report.error(
      "BICA5001",
      agent.name.span,
      `No objective reads the agent \`${name}\`.`,
      `Train it with \`ppo(${name})\`, or write \`freezing ${name}\`.`
    )
  }
  // who hears a protocol trains it; a listener that is frozen is a finding of its own
  const heard = new Set(
    [...hears].flatMap(([name, one]) => [
      ...(read.has(name) || frozen.has(name) ? one.protocols : []),
      ...(frozen.has(name) ? one.instructors : [])
    ])
  )
  for (const [name, part] of syntax.parts) {
    if (read.has(name) || frozen.has(name) || heard.has(name)) continue
    unread.add(name)
    // what is faulty itself is reported for that
    if (parts.get(name)?.module === undefined) continue
    report.error(
      "BICA5001",
      part.name.span,
      `No objective reads the ${kindOf(part)} \`${name}\`.`,
      `${trainIt(part, hears)}, or leave it out.`
    )
  }
  return unread
}

/** The modules by which an agent hears. */
interface Heard {
  readonly protocols: ReadonlyArray<string>
  readonly instructors: ReadonlyArray<string>
}

type Hears = ReadonlyMap<string, Heard>

const heardBy = (agent: CheckedAgent, parts: CheckedParts): Heard => {
  const sees = agent.agent?.sees ?? []
  const speakers = sees.flatMap((seen) => (seen._tag === "Message" ? [seen.agent] : []))
  return {
    protocols: [...parts].flatMap(([name, { module }]) =>
      module?._tag === "Protocol" && speakers.includes(module.agent) ? [name] : []
    ),
    instructors: sees.flatMap((seen) => (seen._tag === "Advice" ? [seen.instructor] : []))
  }
}

/** How a module is trained, as the beginning of a proposal. */
const trainIt = (part: Part, hears: Hears): string => {
  const name = part.name.text
  switch (part._tag) {
    case "Protocol": {
      const listener = [...hears].find(([, one]) => one.protocols.includes(name))?.[0]
      return `Train it with \`ppo(${listener ?? "agent"})\` of the agent that hears it`
    }
    case "Mapper":
      return `Train it with a term that applies it, \`${name}(${pathText(part.from)}.latent)\``
    case "Instructor":
      return `Train it with \`ppo(${name})\``
  }
}

/** An objective and what is equal for objectives that mean the same. */
interface Meant {
  readonly objective: Objective
  readonly same: () => string
  readonly sketch: string
}

const checkMeanings = (
  report: Report.Report,
  syntax: ReadonlyMap<string, Ast.Objective>,
  objectives: ReadonlyArray<Meant>
): void => {
  const known = new Map<string, Array<Meant>>()
  for (const meant of objectives) {
    const { objective: one, same: meaning, sketch } = meant
    const alike = known.get(sketch)
    const before = alike?.find(({ same }) => same() === meaning())
    if (before === undefined) {
      if (alike === undefined) known.set(sketch, [meant])
      else alike.push(meant)
      continue
    }
    const same = before.objective.name
    const first = syntax.get(same)
    report.error(
      "BICA5016",
      syntax.get(one.name)?.name.span ?? one.span,
      `The objective \`${one.name}\` means the same as \`${same}\`.`,
      "Change it, or leave one of the two out.",
      first === undefined ? {} : { labels: [{ span: first.name.span, text: "the same objective" }] }
    )
  }
}

// ---- stages ----------------------------------------------------------------------------------------------------

/** Where a stage stands among the others. */
interface Standing {
  readonly after: ReadonlyArray<string>
  /** Whether it runs once for a seed, whatever the study compares. */
  readonly once: boolean
  /** The imitation or training whose team a stage that plays has. */
  readonly team: string | undefined
  /** The training that a training goes on from. */
  readonly from: string | undefined
}

type Order = ReadonlyMap<string, Standing>

/** The objectives that stages are `for`, by stage; undefined after a finding. */
const checkFixed = (
  report: Report.Report,
  syntax: Pick<Syntax, "objectives" | "stages">,
  work: ReadonlyMap<string, CheckedWork>,
  objectives: ReadonlyArray<Objective>
): ReadonlyMap<string, Objective | undefined> => {
  const found = new Map<string, Objective | undefined>()
  for (const [name, { objective: path }] of syntax.stages) {
    if (path === undefined) continue
    const kind = work.get(name)?.kind
    if (kind !== undefined && kind !== "training") {
      report.error(
        "BICA5008",
        path.span,
        kind === "imitation"
          ? `The stage \`${name}\` imitates, which has no objective.`
          : kind === "oracles"
            ? `The stage \`${name}\` plays oracles, which have no objective.`
            : `The stage \`${name}\` plays a team for what it was trained for.`,
        `Leave \`for ${pathText(path)}\` out.`
      )
      continue
    }
    const named = names(report, [path], new Set(syntax.objectives.keys()), "objective")?.[0]
    found.set(
      name,
      objectives.find((one) => one.name === named)
    )
  }
  return found
}

/** Objectives that stages are `for`, and that nothing else has trained. */
const onlyFixed = (
  syntax: Pick<Syntax, "stages"> & { readonly studies: ReadonlyMap<string, Ast.Study> }
): ReadonlySet<string> => {
  const fixed = new Set([...syntax.stages.values()].flatMap(({ objective }) => objective?.parts[0]?.text ?? []))
  if (fixed.size === 0) return fixed
  for (const study of syntax.studies.values()) for (const path of study.compare) fixed.delete(pathText(path))
  for (const { body } of syntax.stages.values())
    for (const one of body)
      if (one._tag === "Measure")
        for (const { paths } of one.references) for (const path of paths) fixed.delete(pathText(path))
  return fixed
}

/** Stages so that each stands behind those that it comes after; they stand in no circle. */
const inTurn = (after: ReadonlyMap<string, ReadonlyArray<string>>): ReadonlyArray<string> => {
  const waiting = new Map([...after].map(([name, before]) => [name, before.length]))
  const behind = new Map<string, Array<string>>()
  for (const [name, before] of after) for (const one of before) behind.set(one, [...(behind.get(one) ?? []), name])
  const ready = [...waiting].flatMap(([name, left]) => (left === 0 ? [name] : []))
  for (const name of ready)
    for (const next of behind.get(name) ?? []) {
      const left = (waiting.get(next) ?? 0) - 1
      waiting.set(next, left)
      if (left === 0) ready.push(next)
    }
  return ready
}

/** Orders in which nothing was found, by the stages and what is done in them: those of a file's variants are mostly the file's own. */
const orders: Array<{
  readonly stages: ReadonlyArray<Ast.Stage>
  readonly works: ReadonlyArray<CheckedWork>
  readonly order: Order
}> = []
const mostOrders = 8

/** As `checkOrder`, which is not asked again of stages that stand as they stood. */
const orderOf = (
  report: Report.Report,
  stages: ReadonlyMap<string, Ast.Stage>,
  work: ReadonlyMap<string, CheckedWork>,
  fixed: ReadonlyMap<string, Objective | undefined>,
  place: Place | undefined
): Order | undefined => {
  // an objective that a stage is for is not known by the stage alone
  if (fixed.size > 0) return checkOrder(report, stages, work, fixed, place)
  const [these, works] = [[...stages.values()], [...work.values()]]
  const before = orders.find((one) => sameMembers(one.stages, these) && sameMembers(one.works, works))
  if (before !== undefined) return before.order
  const found = report.count()
  const order = checkOrder(report, stages, work, fixed, place)
  if (order !== undefined && report.count() === found) {
    orders.unshift({ stages: these, works, order })
    if (orders.length > mostOrders) orders.pop()
  }
  return order
}

/** Where each stage stands; undefined where a name is unknown or stages stand in a circle. */
const checkOrder = (
  report: Report.Report,
  stages: ReadonlyMap<string, Ast.Stage>,
  work: ReadonlyMap<string, CheckedWork>,
  fixed: ReadonlyMap<string, Objective | undefined>,
  place: Place | undefined
): Order | undefined => {
  const order = new Map<string, ReadonlyArray<string>>()
  let sound = true
  for (const [name, stage] of stages) {
    const first = new Map<string, Span>()
    for (const path of stage.after) {
      const before = pathText(path)
      if (!stages.has(before)) {
        const known = [...stages.keys()].filter((one) => one !== name)
        const meant = report.nearest(before, known)
        report.error(
          "BICA2012",
          path.span,
          `There is no stage \`${before}\`.`,
          suggestion(meant, known.length === 0 ? "Leave `after` out." : `Declared: ${list(known.map(code), "and")}.`),
          { replacement: meant }
        )
        sound = false
      } else if (first.has(before)) {
        report.error("BICA2015", path.span, `\`${before}\` is named twice.`, "Keep one of the two.", {
          labels: [{ span: first.get(before) ?? path.span, text: "named here first" }]
        })
        sound = false
      } else first.set(before, path.span)
    }
    order.set(name, [...first.keys()])
  }
  const circles = findCircles(order)
  for (const circle of circles) {
    const start = circle[0] ?? ""
    const stage = stages.get(start)
    if (stage === undefined) continue
    report.error(
      "BICA5006",
      stage.name.span,
      circle.length === 1
        ? `The stage \`${start}\` comes after itself.`
        : `These stages come after each other: ${(circle.length <= 6 ? [...circle, start] : [...circle.slice(0, 5), "…", start]).join(" after ")}.`,
      "Take one `after` away."
    )
  }
  if (!sound || circles.length > 0) return undefined
  const standings = new Map<string, Standing>()
  for (const name of inTurn(order)) {
    const after = order.get(name) ?? []
    const kind = work.get(name)?.kind
    const source = after.find((one) => work.get(one)?.kind === "imitation" || work.get(one)?.kind === "training")
    const before = after.every((one) => standings.get(one)?.once === true)
    standings.set(name, {
      after,
      once:
        kind === "oracles" ||
        kind === "imitation" ||
        kind === "fit" ||
        (kind === "training" && !fixed.has(name) ? false : before),
      team: kind === "team" ? source : undefined,
      from: kind === "training" ? after.find((one) => work.get(one)?.kind === "training") : undefined
    })
  }
  for (const [name, stage] of stages) {
    const kind = work.get(name)?.kind
    const before = (order.get(name) ?? []).map((one) => ({ name: one, kind: work.get(one)?.kind }))
    if (kind === undefined || before.some((one) => one.kind === undefined)) continue
    const imitations = before.filter((one) => one.kind === "imitation")
    const trainings = before.filter((one) => one.kind === "training")
    const teams = [...trainings, ...imitations]
    const standing = standings.get(name)
    const fits = before.filter((one) => one.kind === "fit")
    if (!checkModels(report, place, stage, { kind, before, fits })) {
      sound = false
      continue
    }
    const perObjective = before.find((one) => standings.get(one.name)?.once !== true)
    if (kind === "team" && teams.length === 0) {
      report.error(
        "BICA5007",
        stage.name.span,
        `The stage \`${name}\` plays the trained team, and it comes after no stage that trains one.`,
        "Write `after` and a stage that trains, or play `by` an oracle."
      )
      sound = false
    } else if (kind === "imitation" && (trainings.length > 0 || before.some((one) => one.kind === "team"))) {
      const first = before.find((one) => one.kind === "training" || one.kind === "team")
      report.error(
        "BICA9007",
        stage.name.span,
        `The stage \`${name}\` imitates after \`${first?.name ?? ""}\`, and this version of bica cannot imitate with a team that was trained or measured.`,
        "Leave `after` out."
      )
      sound = false
    } else if (kind === "oracles" && teams.length > 0) {
      report.error(
        "BICA9007",
        stage.name.span,
        `The stage \`${name}\` plays oracles, which use nothing that \`${teams[0]?.name ?? ""}\` trains.`,
        "Leave `after` out."
      )
      sound = false
    } else if (kind === "team" && teams.length > 1) {
      report.error(
        "BICA9007",
        stage.name.span,
        `The stage \`${name}\` comes after ${teams.length} stages that train, and plays the team of one.`,
        "Write a stage for each of them."
      )
      sound = false
    } else if (
      perObjective !== undefined &&
      (kind === "oracles" || (kind === "team" && standings.get(standing?.team ?? "")?.once === true))
    ) {
      report.error(
        "BICA9007",
        stage.name.span,
        `The stage \`${name}\` is run once per seed, and this version of bica cannot run it after a stage that is run per objective.`,
        kind === "oracles" ? "Leave `after` out." : `Write only \`after ${standing?.team ?? ""}\`.`
      )
      sound = false
    } else if ((kind === "training" || kind === "imitation") && !checkHandedOnce(report, stage, order, work)) {
      sound = false
    } else if (kind === "training" && teams.length === 0) {
      // who measures a team hands nothing over
      const measured = before.find((one) => one.kind === "team")
      const theirs = standings.get(measured?.name ?? "")?.team
      if (measured !== undefined && theirs !== undefined)
        report.warning(
          "BICA5035",
          stage.after.find((path) => pathText(path) === measured.name)?.span ?? stage.name.span,
          `\`${measured.name}\` only measures, so \`${name}\` begins anew, and not with what \`${theirs}\` has trained.`,
          `Write \`after ${theirs}\` to go on from there, or leave \`${measured.name}\` out.`,
          { replacement: theirs }
        )
    }
  }
  return sound ? standings : undefined
}

/** Whether who plays with a model comes after one stage that fits it, and who fits one after nobody. */
const checkModels = (
  report: Report.Report,
  place: Place | undefined,
  stage: Ast.Stage,
  at: {
    readonly kind: CheckedWork["kind"]
    readonly before: ReadonlyArray<{ readonly name: string }>
    readonly fits: ReadonlyArray<{ readonly name: string }>
  }
): boolean => {
  const { before, fits, kind } = at
  const name = stage.name.text
  const models = place?.declaration?.models ?? []
  const [first] = before
  if (kind === "fit" && first !== undefined) {
    report.error(
      "BICA9007",
      stage.name.span,
      `The stage \`${name}\` fits a model, which uses nothing that \`${first.name}\` does.`,
      "Leave `after` out."
    )
    return false
  }
  const [fitted] = fits
  if (fitted !== undefined && kind !== "oracles") {
    report.error(
      "BICA9007",
      stage.after.find((path) => pathText(path) === fitted.name)?.span ?? stage.name.span,
      `\`${fitted.name}\` fits a model, of which \`${name}\` makes no use.`,
      "Leave it out."
    )
    return false
  }
  if (kind !== "oracles" || models.length === 0 || fits.length === 1) return true
  report.error(
    fits.length === 0 ? "BICA5007" : "BICA9007",
    stage.name.span,
    fits.length === 0
      ? `The stage \`${name}\` plays with ${list(
          models.map((one) => code(`${place?.name ?? ""}.${one.name}`)),
          "and"
        )}, and it comes after no stage that fits it.`
      : `The stage \`${name}\` comes after ${fits.length} stages that fit a model, and plays with one.`,
    fits.length === 0
      ? `Write a stage with \`fit ${place?.name ?? ""}.${models[0]?.name ?? ""} for N updates\`, and \`after\` it.`
      : "Write a stage for each of them."
  )
  return false
}

/** Who has imitated when a stage begins, in the imitations before it. */
const imitatedBefore = (
  stage: string,
  order: ReadonlyMap<string, ReadonlyArray<string>>,
  work: ReadonlyMap<string, CheckedWork>
): ReadonlySet<string> => {
  const found = new Set<string>()
  const open = [...(order.get(stage) ?? [])]
  const seen = new Set(open)
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const one = work.get(next)
    // what imitates comes after nothing else than that
    if (one?.kind !== "imitation") continue
    if (one.pupil !== undefined) found.add(one.pupil)
    for (const earlier of order.get(next) ?? [])
      if (!seen.has(earlier)) {
        seen.add(earlier)
        open.push(earlier)
      }
  }
  return found
}

/** Reports a stage that two others hand over the same agent; whether none does. */
const checkHandedOnce = (
  report: Report.Report,
  stage: Ast.Stage,
  order: ReadonlyMap<string, ReadonlyArray<string>>,
  work: ReadonlyMap<string, CheckedWork>
): boolean => {
  const from = new Map<string, string>()
  let training: string | undefined
  let any: { readonly name: string; readonly pupil: string | undefined } | undefined
  const twice = (span: Span, first: string, second: string, what: string): false => {
    report.error(
      "BICA5034",
      span,
      `\`${first}\` and \`${second}\` both hand ${what} over to the stage \`${stage.name.text}\`.`,
      training === undefined
        ? "Leave one of the two out, or let one imitation come `after` the other."
        : "Leave one of the two out, or let one come `after` the other."
    )
    return false
  }
  for (const path of stage.after) {
    const name = pathText(path)
    const one = work.get(name)
    if (one?.kind === "training") {
      // a training hands over whoever is in the team
      if (training !== undefined) return twice(path.span, training, name, "the team")
      training = name
      if (any !== undefined)
        return twice(path.span, any.name, name, any.pupil === undefined ? "the team" : code(any.pupil))
    }
    if (one?.kind !== "imitation") continue
    any ??= { name, pupil: one.pupil }
    if (training !== undefined)
      return twice(path.span, training, name, one.pupil === undefined ? "the team" : code(one.pupil))
    for (const pupil of new Set([
      ...(one.pupil === undefined ? [] : [one.pupil]),
      ...imitatedBefore(name, order, work)
    ])) {
      const first = from.get(pupil)
      if (first === undefined) from.set(pupil, name)
      else return twice(path.span, first, name, code(pupil))
    }
  }
  return true
}

/** A stage that trains, as its objectives are checked against it. */
interface CheckedTraining {
  readonly name: string
  readonly work: CheckedWork
  /** Whether it trains for an objective. */
  readonly isFor: (objective: string) => boolean
  /** Who is updated in it, and in the trainings that it goes on from or that go on from it. */
  readonly inAll: ReadonlySet<string>
  /** Tells trainings apart that do not go on from each other. */
  readonly beginning: string
  /** Who has learned before it begins, for an objective: to freeze one is to let it play as it has become. */
  readonly learned: (objective: Objective) => ReadonlySet<string>
}

const trainingsIn = (
  work: ReadonlyMap<string, CheckedWork>,
  order: Order | undefined,
  fixed: ReadonlyMap<string, Objective | undefined>,
  only: ReadonlySet<string>,
  learners: ReadonlySet<string>
): ReadonlyArray<CheckedTraining> => {
  const turn = order === undefined ? [] : inTurn(new Map([...order].map(([one, { after }]) => [one, after])))
  const beginnings = new Map<string, string>()
  for (const name of turn) {
    const from = order?.get(name)?.from
    beginnings.set(name, from === undefined ? name : (beginnings.get(from) ?? from))
  }
  const inAll = new Map<string, Set<string>>()
  for (const [name, { kind, targets }] of work) {
    if (kind !== "training") continue
    const beginning = beginnings.get(name) ?? name
    const known = inAll.get(beginning) ?? new Set()
    inAll.set(beginning, known)
    for (const target of targets ?? []) known.add(target)
  }
  // where the order is at fault, that is finding enough
  const pupils = new Set([...work.values()].flatMap((one) => one.pupil ?? []))
  const learned = new Map<string, ReadonlyMap<string, ReadonlySet<string>>>()
  /** Who has learned when a stage begins, of each that trains or imitates. */
  const learnedFor = (objective: Objective): ReadonlyMap<string, ReadonlySet<string>> => {
    const known = learned.get(objective.name)
    if (known !== undefined) return known
    const made = new Map<string, Set<string>>()
    for (const name of turn) {
      if (work.get(name)?.kind !== "training" && work.get(name)?.kind !== "imitation") continue
      const here = new Set<string>()
      for (const before of order?.get(name)?.after ?? []) {
        for (const each of made.get(before) ?? []) here.add(each)
        const { kind, pupil } = work.get(before) ?? {}
        if (kind === "imitation" && pupil !== undefined) here.add(pupil)
        const { freezing } = fixed.get(before) ?? objective
        if (kind === "training") for (const each of learners) if (!freezing.includes(each)) here.add(each)
      }
      made.set(name, here)
    }
    learned.set(objective.name, made)
    return made
  }
  return [...work].flatMap(([name, one]) => {
    if (one.kind !== "training") return []
    const beginning = beginnings.get(name) ?? name
    return {
      name,
      work: one,
      isFor: (objective) => (fixed.has(name) ? fixed.get(name)?.name === objective : !only.has(objective)),
      inAll: inAll.get(beginning) ?? new Set<string>(),
      beginning,
      learned: (objective) => (order === undefined ? pupils : (learnedFor(objective).get(name) ?? new Set<string>()))
    }
  })
}

/** Agents and modules that have learned before every training for an objective. */
const learnedAlways = (trainings: ReadonlyArray<CheckedTraining>, objective: Objective): ReadonlySet<string> => {
  const [first, ...rest] = trainings.flatMap((one) => (one.isFor(objective.name) ? [one.learned(objective)] : []))
  return new Set([...(first ?? [])].filter((name) => rest.every((set) => set.has(name))))
}

/** Reports an imitation whose team could be taken for another one in what is measured. */
const checkTeamName = (
  report: Report.Report,
  syntax: Pick<Syntax, "objectives" | "stages">,
  place: Place | undefined,
  played: Ast.Stage,
  team: string
): void => {
  const objective = syntax.objectives.get(team)
  const oracle = place?.declaration?.oracles.some((one) => one.name === team) === true
  const stage = syntax.stages.get(team)
  if (stage === undefined || (objective === undefined && !oracle)) return
  report.error(
    "BICA2002",
    stage.name.span,
    `What \`${played.name.text}\` measures is called \`${team}\` after this stage, and ${objective === undefined ? `an oracle of \`${place?.name ?? ""}\`` : "an objective"} has that name too.`,
    "Give the stage another name.",
    objective === undefined ? {} : { labels: [{ span: objective.name.span, text: "the objective" }] }
  )
}

/** One circle for each group of stages that come after each other. */
const findCircles = (order: ReadonlyMap<string, ReadonlyArray<string>>): ReadonlyArray<ReadonlyArray<string>> => {
  const circles: Array<ReadonlyArray<string>> = []
  const done = new Set<string>()
  for (const start of order.keys()) {
    // an explicit path: a file may chain more stages than the call stack is deep
    const path = new Set<string>()
    const open: Array<{ readonly name: string; readonly rest: Array<string> }> = []
    const enter = (name: string): void => {
      path.add(name)
      open.push({ name, rest: [...(order.get(name) ?? [])].reverse() })
    }
    if (!done.has(start)) enter(start)
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const next = top.rest.pop()
      if (next === undefined) {
        done.add(top.name)
        path.delete(top.name)
        open.pop()
      } else if (path.has(next)) {
        const all = [...path]
        circles.push(all.slice(all.indexOf(next)))
        for (const name of path) done.add(name)
        break
      } else if (!done.has(next)) enter(next)
    }
  }
  return circles
}

const checkParameter = (
  report: Report.Report,
  stage: Ast.Stage,
  work: CheckedWork | undefined,
  team: string | undefined
): void => {
  const { parameter } = stage
  const name = stage.name.text
  if (parameter !== undefined && parameter.kind.text !== "objective") {
    const meant = report.nearest(parameter.kind.text, ["objective"])
    report.error(
      "BICA5008",
      parameter.kind.span,
      `A stage cannot be given a \`${parameter.kind.text}\`.`,
      suggestion(meant, "Write `objective`."),
      {
        replacement: meant
      }
    )
    return
  }
  if (work?.kind === "training" && parameter === undefined && stage.objective === undefined) {
    report.error(
      "BICA5008",
      stage.name.span,
      `The stage \`${name}\` trains, and the file does not say for what.`,
      `Write \`stage ${name}(objective o)\`: the study says which.`
    )
  }
  if (work?.kind === "oracles" && parameter !== undefined) {
    report.error(
      "BICA5008",
      parameter.span,
      `The stage \`${name}\` plays oracles, which have no objective.`,
      `Write \`stage ${name}\` without it.`
    )
  }
  if ((work?.kind === "imitation" || (work?.kind === "team" && team !== undefined)) && parameter !== undefined) {
    report.error(
      "BICA5008",
      parameter.span,
      work.kind === "imitation"
        ? `The stage \`${name}\` imitates, which has no objective.`
        : `The stage \`${name}\` plays the team that \`${team ?? ""}\` leaves, whatever a study compares.`,
      `Write \`stage ${name}\` without it.`
    )
  }
}

/** A part of an objective in a sentence: by the term in it, if it is one with a weight. */
const termIn = (part: Expression): string => {
  const inside = part._tag === "Apply" ? part.arguments.filter((one) => one._tag === "Term") : [part]
  const [only, ...more] = inside
  return only?._tag === "Term" && more.length === 0 ? `The term \`${only.name}\`` : "This part of the objective"
}

/**
 * Checks what training does to what: terms that train nothing, budgets that never bind, agents and modules that are updated for
 * nothing or never.
 */
const checkTrained = (
  report: Report.Report,
  syntax: Syntax,
  trainings: ReadonlyArray<CheckedTraining>,
  objectives: ReadonlyArray<Objective>,
  budgets: ReadonlyArray<Budget>,
  learners: ReadonlyArray<string>,
  parts: CheckedParts,
  hears: Hears,
  unread: ReadonlySet<string>
): void => {
  const budgetOf = new Map(budgets.map((one) => [one.name, one]))
  const keys = new Map(
    trainings.map((one) => {
      const { targets } = one.work
      return [one, targets === undefined ? "" : `${[...targets].sort().join()} ${[...one.inAll].sort().join()}`]
    })
  )
  /** What a training updates, and those that it goes on from; nothing where that is not known. */
  const keyOf = (one: CheckedTraining): string => keys.get(one) ?? ""
  for (const objective of objectives) {
    const theirs = trainings.filter((one) => one.isFor(objective.name))
    if (theirs.length === 0 && trainings.length > 0) continue
    // stages that update the same agents say the same of an objective
    const first = new Map(
      [...theirs].reverse().flatMap((one) => (keyOf(one) === "" ? [] : [[keyOf(one), one] as const]))
    )
    const distinct = new Map(
      [...first].flatMap(([key, one]) => {
        const { targets, update } = one.work
        return targets === undefined
          ? []
          : [[key, { ...one, update, targets, learned: one.learned(objective) }] as const]
      })
    )
    // what a training does not train, one that goes on from it may
    const together = new Map<string, ReadonlyArray<string> | undefined>()
    for (const { beginning, work } of theirs) {
      const known = together.has(beginning) ? together.get(beginning) : []
      together.set(
        beginning,
        known === undefined || work.targets === undefined ? undefined : [...known, ...work.targets]
      )
    }
    const updated =
      trainings.length === 0 ? [learners] : [...together.values()].flatMap((one) => (one === undefined ? [] : [one]))
    const imitated = learnedAlways(trainings, objective)
    const live = updated.map((targets) => new Set([...targets].filter((name) => !objective.freezing.includes(name))))
    const trains = (expression: Expression): boolean =>
      live.every((set) => expression.trains.some((name) => set.has(name)))
    // a frozen listener is a finding of its own
    const explained = new Set([
      ...unread,
      ...[...hears].flatMap(([name, one]) =>
        objective.freezing.includes(name) && !imitated.has(name) ? [...one.protocols, ...one.instructors] : []
      )
    ])
    const why = (expression: Expression, what: string): string => {
      const frozen = expression.trains.filter((name) => objective.freezing.includes(name))
      const idle = expression.trains.filter((name) => !objective.freezing.includes(name))
      for (const name of idle) explained.add(name)
      return expression.trains.length === 0
        ? `${what} trains nothing: no gradient leads from it to an agent.`
        : idle.length === 0
          ? `${what} trains nothing: it leads to ${list(frozen.map(code), "and")}, which \`${objective.name}\` freezes.`
          : `${what} trains nothing: it leads to ${list(idle.map(code), "and")}, which no \`update\` names.`
    }
    for (const part of objective.loss) {
      if (trains(part)) continue
      report.error(
        "BICA5013",
        part.span,
        why(part, termIn(part)),
        "Take it out of the objective, or let it depend on an agent that is trained."
      )
    }
    const written = syntax.objectives.get(objective.name)
    for (const path of written?.within ?? []) {
      const budget = budgetOf.get(pathText(path))
      if (budget === undefined || trains(budget.quantity)) continue
      report.error(
        "BICA5013",
        path.span,
        why(budget.quantity, `The budget \`${budget.name}\``),
        "Take it out of `within`, or let it depend on an agent that is trained."
      )
    }
    // an agent that an objective forgets would be updated by nothing
    const pulls = new Set([
      ...objective.loss.flatMap((part) => part.trains),
      ...objective.within.flatMap((name) => budgetOf.get(name)?.quantity.trains ?? [])
    ])
    for (const one of distinct.values()) {
      const forgotten = one.targets.filter(
        (name) => !pulls.has(name) && !objective.freezing.includes(name) && !explained.has(name)
      )
      // what is neither frozen nor updated stays at its random start; an agent's policy starts at its prior
      const left = learners.filter(
        (name) =>
          !one.inAll.has(name) &&
          !objective.freezing.includes(name) &&
          !explained.has(name) &&
          !one.learned.has(name) &&
          (pulls.has(name) || parts.has(name))
      )
      if (left.length > 0 && one.update !== undefined) {
        const what = list(left.map(code), "and")
        report.warning(
          "BICA5023",
          one.update.span,
          `The stage \`${one.name}\` never updates ${what}, which \`${objective.name}\` does not freeze: ${left.length === 1 ? "it stays" : "they stay"} as ${left.length === 1 ? "it was" : "they were"} drawn.`,
          `Add ${what} to the \`update\`, or write \`freezing ${left.join(", ")}\` in the objective.`
        )
      }
      if (forgotten.length === 0 || written === undefined) continue
      const what = list(forgotten.map(code), "and")
      report.error(
        "BICA5017",
        written.name.span,
        `The objective \`${objective.name}\` neither trains nor freezes ${what}, which the stage \`${one.name}\` updates.`,
        `${forgotten[0] !== undefined && parts.has(forgotten[0]) ? "Add a term that trains it" : `Add \`ppo(${forgotten[0] ?? ""})\` to it`}, or write \`freezing ${forgotten.join(", ")}\`.`,
        one.update === undefined ? {} : { labels: [{ span: one.update.span, text: "updated here" }] }
      )
    }
  }
  for (const { isFor, name, work: one } of trainings) {
    if (one.update === undefined || (one.ascended === undefined && one.ascends)) continue
    const used = [
      ...new Set([...syntax.objectives].flatMap(([each, { within }]) => (isFor(each) ? within.map(pathText) : [])))
    ].filter((budget) => syntax.budgets.has(budget))
    const without = one.ascended === undefined ? used : used.filter((budget) => !one.ascended?.names.has(budget))
    if (without.length === 0) continue
    if (one.ascended === undefined) {
      report.error(
        "BICA5012",
        one.update.span,
        `The stage \`${name}\` trains under ${list(without.map(code), "and")} and never ascends ${without.length === 1 ? "it" : "them"}, so ${without.length === 1 ? "it binds" : "they bind"} nothing.`,
        "Add `ascend budgets` after the `update`."
      )
    } else {
      report.error(
        "BICA5012",
        one.ascended.span,
        `The stage \`${name}\` trains under ${list(without.map(code), "and")} and never ascends ${without.length === 1 ? "it" : "them"}.`,
        "Write `ascend budgets`."
      )
    }
  }
}

/** The part of an expression that what is frozen would have to run for: a latent, a quantity of a module, a mapper's image. */
const runs = (of: Expression, frozen: ReadonlySet<string>, parts: CheckedParts): Expression | undefined => {
  const open = [of]
  const seen = new Set<Expression>()
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue
    seen.add(next)
    switch (next._tag) {
      case "Quantity":
        // the policy of a frozen agent is its prior, which is known without running it
        if (frozen.has(next.agent) && (parts.has(next.agent) || next.quantity === "latent")) return next
        break
      case "Mapped":
        if (frozen.has(next.mapper)) return next
        open.push(next.argument)
        break
      case "Apply":
        open.push(...next.arguments)
        break
      case "Term":
        open.push(next.expression)
        break
    }
  }
  return undefined
}

/** Checks that an objective reads nothing that it freezes, and that what is said is heard by somebody who learns. */
const checkFrozen = (
  report: Report.Report,
  syntax: Syntax,
  objectives: ReadonlyArray<Objective>,
  budgets: ReadonlyArray<Budget>,
  parts: CheckedParts,
  hears: Hears,
  trainings: ReadonlyArray<CheckedTraining>
): void => {
  const budgetOf = new Map(budgets.map((one) => [one.name, one]))
  for (const objective of objectives) {
    const imitated = learnedAlways(trainings, objective)
    // who imitated before is run, frozen or not
    const frozen = new Set(
      objective.freezing.filter((name) => !imitated.has(name) || objective.silencing.includes(name))
    )
    const written = syntax.objectives.get(objective.name)
    if (frozen.size === 0 || written === undefined) continue
    const places = [
      ...objective.loss.map((expression) => ({ expression, span: expression.span, what: termIn(expression) })),
      ...written.within.flatMap((path) => {
        const budget = budgetOf.get(pathText(path))
        return budget === undefined
          ? []
          : [{ expression: budget.quantity, span: path.span, what: `The budget \`${budget.name}\`` }]
      })
    ]
    for (const { expression, span, what } of places) {
      // what trains nothing at all is reported for that
      if (!expression.trains.some((name) => !objective.freezing.includes(name))) continue
      const found = runs(expression, frozen, parts)
      if (found === undefined) continue
      const name = found._tag === "Mapped" ? found.mapper : found._tag === "Quantity" ? found.agent : ""
      report.error(
        "BICA5021",
        span,
        `${what} reads \`${name}\`, which \`${objective.name}\` freezes: what is frozen is not run.`,
        `Take it out of \`${objective.name}\`, or do not freeze \`${name}\`.`,
        { labels: [{ span: found.span, text: "read here" }] }
      )
    }
    for (const [name, { instructors, protocols }] of hears) {
      if (!frozen.has(name)) continue
      const idle = [...protocols, ...instructors].filter((module) => !objective.freezing.includes(module))
      if (idle.length === 0) continue
      const what = list(idle.map(code), "and")
      report.error(
        "BICA5022",
        written.freezing.find((path) => pathText(path) === name)?.span ?? written.name.span,
        `\`${objective.name}\` freezes \`${name}\`, so nobody listens to ${what}.`,
        `Write \`freezing ${[...objective.freezing, ...idle].join(", ")}\`.`
      )
    }
  }
}

// ---- studies ---------------------------------------------------------------------------------------------------
