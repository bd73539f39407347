/** Checks the statements of a stage and says what work it is. */
import type {
  EnvironmentDeclaration,
  ModelDeclaration,
  OracleDeclaration,
  Reference
} from "../../declaration/Environment.ts"
import type { Parameter } from "../../declaration/Parameter.ts"
import * as Modules from "../../declaration/Modules.ts"
import type { Span } from "../diagnostic/Diagnostic.ts"
import { teacherEntropy } from "../../declaration/Teacher.ts"
import type { Condition, Fit, Imitation, Play, Setting, Training } from "../program/Program.ts"
import { setting } from "../program/Program.ts"
import type * as Ast from "../syntax/Ast.ts"
import { suggestion } from "./Agents.ts"
import { list } from "./Names.ts"
import type { Report } from "./Report.ts"
import { defaultSetting, pathText, resolveBlock, resolveQuantity, resolveValue } from "./Values.ts"

const code = (name: string): string => `\`${name}\``

/** The environment of a file as stages and claims speak about it. */
export interface Place {
  readonly name: string
  readonly declaration: EnvironmentDeclaration | undefined
  readonly shifts: ReadonlyArray<string>
  /** Modules of the user's own that are reported already: what they would measure is not known. */
  readonly unusable: ReadonlySet<string>
}

/** What the statements of a stage may name. */
export interface StageScope {
  readonly place: Place | undefined
  /** Agents and modules, and what they are called together. */
  readonly learners: ReadonlySet<string>
  readonly learner: string
  readonly budgets: ReadonlySet<string>
  readonly objectives: ReadonlySet<string>
  /** The agents, with the names of their roles and priors, as far as these are sound. */
  readonly agents: ReadonlyMap<string, { readonly role: string | undefined; readonly prior: string | undefined }>
}

type Of<Tag extends Ast.Statement["_tag"]> = Extract<Ast.Statement, { readonly _tag: Tag }>

/** What a stage does. `work` is undefined after a finding; `kind` is known even then, unless the statements are in a muddle. */
export interface CheckedWork {
  readonly kind: "training" | "imitation" | "fit" | "team" | "oracles" | undefined
  readonly work: Training | Play | Imitation | Fit | undefined
  /** Who learns by imitation. */
  readonly pupil: string | undefined
  /** The head of the update, for findings about training. */
  readonly update: Of<"Update"> | undefined
  /** Agents and modules that the update names. */
  readonly targets: ReadonlyArray<string> | undefined
  readonly ascends: boolean
  /** Budgets that `ascend` names one by one. */
  readonly ascended: { readonly names: ReadonlySet<string>; readonly span: Span } | undefined
}

const muddle: CheckedWork = {
  kind: undefined,
  work: undefined,
  pupil: undefined,
  update: undefined,
  targets: undefined,
  ascends: false,
  ascended: undefined
}

/** Names in a list, each known and given once; undefined after a finding. */
export const names = (
  report: Report,
  paths: ReadonlyArray<Ast.Path>,
  all: ReadonlySet<string>,
  what: string
): ReadonlyArray<string> | undefined => {
  const first = new Map<string, Span>()
  let sound = true
  for (const path of paths) {
    const name = pathText(path)
    if (!all.has(name)) {
      const meant = report.nearest(name, all)
      report.error(
        "BICA2001",
        path.span,
        `There is no ${what} \`${name}\`.`,
        suggestion(
          meant,
          all.size === 0 ? `The file declares no ${what}.` : `Declared: ${list([...all].map(code), "and")}.`
        ),
        {
          replacement: meant
        }
      )
      sound = false
      continue
    }
    const before = first.get(name)
    if (before !== undefined) {
      report.error("BICA2015", path.span, `\`${name}\` is named twice.`, "Keep one of the two.", {
        labels: [{ span: before, text: "named here first" }]
      })
      sound = false
      continue
    }
    first.set(name, path.span)
  }
  return sound ? [...first.keys()] : undefined
}

/** A condition: the environment or one of its shifts, with or without the environment's name; undefined after a finding. */
export const condition = (report: Report, place: Place, path: Ast.Path): Condition | undefined => {
  const [first, second] = path.parts
  if (first === undefined) return undefined
  const at = (shift: string | undefined): Condition => ({ environment: place.name, shift, span: path.span })
  if (path.parts.length === 1) {
    if (first.text === place.name) return at(undefined)
    if (place.shifts.includes(first.text)) return at(first.text)
  } else if (
    path.parts.length === 2 &&
    second !== undefined &&
    first.text === place.name &&
    place.shifts.includes(second.text)
  ) {
    return at(second.text)
  }
  const wrong = path.parts.length === 2 && first.text === place.name && second !== undefined ? second : undefined
  const written = wrong?.text ?? pathText(path)
  const known = wrong === undefined ? [place.name, ...place.shifts] : place.shifts
  const meant = report.nearest(written, known)
  report.error(
    "BICA2014",
    wrong?.span ?? path.span,
    `\`${written}\` is not a shift of \`${place.name}\`.`,
    suggestion(meant, `Known conditions: ${list([place.name, ...place.shifts].map(code), "and")}.`),
    { replacement: meant }
  )
  return undefined
}

/** An oracle written `map.planner`; undefined after a finding. */
export const oracle = (report: Report, place: Place, path: Ast.Path): OracleDeclaration | undefined => {
  const declaration = place.declaration
  if (declaration === undefined) return undefined
  const [first, second] = path.parts
  const oracles = declaration.oracles.map((one) => one.name)
  const found = declaration.oracles.find((one) => one.name === second?.text)
  if (first?.text === place.name && path.parts.length === 2 && found !== undefined) return found
  const bare = path.parts.length === 1 && first !== undefined && oracles.includes(first.text)
  const spoken = second?.text ?? first?.text ?? ""
  const near = bare ? spoken : report.nearest(spoken, oracles)
  const meant = near === undefined ? undefined : `${place.name}.${near}`
  report.error(
    "BICA2007",
    path.span,
    bare ? `\`${spoken}\` is an oracle of \`${place.name}\`.` : `There is no oracle \`${pathText(path)}\`.`,
    bare
      ? `Write \`${place.name}.${spoken}\`.`
      : suggestion(
          meant,
          `Known oracles: ${list(
            oracles.map((one) => code(`${place.name}.${one}`)),
            "and"
          )}.`
        ),
    { replacement: meant }
  )
  return undefined
}

/** A model written `shapes.encoder`; undefined after a finding. */
const modelOf = (report: Report, place: Place, path: Ast.Path): ModelDeclaration | undefined => {
  const declaration = place.declaration
  if (declaration === undefined) return undefined
  const [first, second] = path.parts
  const models = declaration.models ?? []
  const found = models.find((one) => one.name === second?.text)
  if (first?.text === place.name && path.parts.length === 2 && found !== undefined) return found
  const spoken = second?.text ?? first?.text ?? ""
  const known = models.map((one) => `${place.name}.${one.name}`)
  const bare = path.parts.length === 1 && models.some((one) => one.name === spoken)
  const near = bare
    ? spoken
    : report.nearest(
        spoken,
        models.map((one) => one.name)
      )
  const meant = near === undefined ? undefined : `${place.name}.${near}`
  report.error(
    "BICA2018",
    path.span,
    models.length === 0
      ? `${code(declaration.name)} has no model that could be fitted.`
      : bare
        ? `\`${spoken}\` is a model of \`${place.name}\`.`
        : `There is no model \`${pathText(path)}\`.`,
    models.length === 0 ? "Leave the stage out." : suggestion(meant, `Known models: ${list(known.map(code), "and")}.`),
    { replacement: meant }
  )
  return undefined
}

/** Reports a metric that the environment does not measure, unless it is of a module that cannot be used. */
export const unknownMetric = (
  report: Report,
  place: Place,
  declaration: EnvironmentDeclaration,
  name: string,
  span: Span
): void => {
  if (place.unusable.has(name.split(".")[0] ?? "")) return
  const lack = declaration.lacks?.find((one) => one.metrics.includes(name))
  if (lack !== undefined) {
    report.error("BICA2008", span, `${code(declaration.name)} does not measure \`${name}\`: ${lack.cause}.`, lack.fix)
    return
  }
  const metrics = declaration.metrics.map((one) => one.name)
  const asked = declaration.metrics.filter(({ also }) => also?.includes(name) === true)
  const meant = asked[0]?.name ?? report.nearest(name, metrics)
  // what it is called stands first in its description
  const called = asked.map((one) => `${code(one.name)} (${one.doc.split(/[:.]/)[0]})`)
  report.error(
    "BICA2008",
    span,
    `${code(declaration.name)} does not measure \`${name}\`.`,
    asked.length > 1
      ? `Say which is meant: ${list(called, "or")}.`
      : suggestion(meant, `It measures ${list(metrics.map(code), "and")}.`),
    { replacement: meant }
  )
}

/** Checks the statements of a stage. */
export const checkBody = (report: Report, scope: StageScope, stage: Ast.Stage): CheckedWork => {
  const body = stage.body
  const first = body[0]
  if (first === undefined) {
    report.error(
      "BICA5018",
      stage.name.span,
      `The stage \`${stage.name.text}\` does nothing.`,
      "Let it train with `repeat`, `imitate`, `fit`, or `play` and `measure`."
    )
    return muddle
  }
  const loose = body.find((one) => one._tag === "Rollout" || one._tag === "Update" || one._tag === "Ascend")
  if (loose !== undefined) {
    report.error(
      "BICA5018",
      loose.span,
      `\`${loose._tag.toLowerCase()}\` stands outside of a \`repeat\`.`,
      "Put it inside `repeat N times { … }`."
    )
    return muddle
  }
  const own = stage.name.text
  /** What to write instead of a second part of a stage. */
  const another = (word: string, after = own): string =>
    `Write a stage of its own, \`stage … after ${after} { ${word} … }\``
  const imitates = body.find((one) => one._tag === "Imitate")
  const fits = body.find((one) => one._tag === "Fit")
  const alone = imitates ?? fits
  const beside = body.find((one) => one !== alone && one._tag !== "Checkpoint" && one._tag !== alone?._tag)
  if (alone !== undefined && beside !== undefined) {
    report.error(
      "BICA9007",
      beside.span,
      `A stage cannot ${alone._tag.toLowerCase()} and ${beside._tag === "Repeat" ? "train" : beside._tag.toLowerCase()}.`,
      `${another(beside._tag.toLowerCase())}${beside._tag === "Repeat" && alone._tag === "Imitate" ? ": it goes on from here" : ""}.`,
      { labels: [{ span: alone.span, text: `${alone._tag.toLowerCase()}s here` }] }
    )
    return muddle
  }
  const trains = body.some((one) => one._tag === "Repeat")
  const plays = body.some((one) => one._tag === "Play")
  const wrong = body.find((one) => trains && (one._tag === "Play" || (plays && one._tag === "Measure")))
  if (wrong !== undefined) {
    const repeat = body.find((one) => one._tag === "Repeat")
    const early = repeat !== undefined && wrong.span.start < repeat.span.start
    const [before] = stage.after
    report.error(
      "BICA9007",
      wrong.span,
      "A stage trains or plays, and not both.",
      !early
        ? `${another("play")}.`
        : before === undefined
          ? `Nobody has been trained yet: let a stage play \`after ${own}\`.`
          : `${another("play", pathText(before))}, beside this one.`,
      repeat === undefined ? {} : { labels: [{ span: repeat.span, text: "trains here" }] }
    )
    return muddle
  }
  const counted = new Map<string, Ast.Statement>()
  for (const one of body) {
    const before = counted.get(one._tag)
    if (before !== undefined) {
      const word = one._tag.toLowerCase()
      report.error(
        "BICA9007",
        one.span,
        `A stage has one \`${word}\`.`,
        one._tag === "Repeat" || one._tag === "Imitate"
          ? `${another(word)}: it goes on from here.`
          : one._tag === "Play"
            ? "Name all places in one, `play … on map, dense`, or write a second stage."
            : "Keep one of the two.",
        {
          labels: [{ span: before.span, text: "the first one" }]
        }
      )
      return muddle
    }
    counted.set(one._tag, one)
  }
  return imitates !== undefined
    ? checkImitation(report, scope, stage)
    : fits !== undefined
      ? checkFit(report, scope, stage)
      : trains
        ? checkTraining(report, scope, stage)
        : checkPlay(report, scope, stage)
}

const only = <Tag extends Ast.Statement["_tag"]>(
  body: ReadonlyArray<Ast.Statement>,
  tag: Tag
): ReadonlyArray<Of<Tag>> => body.filter((one): one is Of<Tag> => one._tag === tag)

/** How often a stage keeps its state, as it says or by default. */
const keptEvery = (report: Report, parameter: Parameter, written: Of<"Checkpoint"> | undefined): Setting | undefined =>
  written === undefined ? defaultSetting(parameter) : resolveQuantity(report, parameter, written.every)

/** Whether there are no more minibatches than environments. */
const divides = (report: Report, updated: ReadonlyArray<Setting>, environments: Setting): boolean => {
  const minibatches = setting(updated, "minibatches")
  if (typeof minibatches?.value !== "number" || typeof environments.value !== "number") return true
  if (minibatches.value <= environments.value) return true
  const at = [minibatches, environments].flatMap(({ origin }) => (origin.kind === "written" ? [origin.span] : []))[0]
  if (at === undefined) return true
  report.error(
    "BICA3003",
    at,
    `${minibatches.value} minibatches cannot be made of ${environments.value} environment${environments.value === 1 ? "" : "s"}.`,
    "Use at most as many minibatches as environments."
  )
  return false
}

/** The settings of a teacher, or undefined after a finding. */
const checkTeacher = (
  report: Report,
  place: Place,
  pupil: { readonly name: string; readonly role: string },
  teacher: Ast.Value
): Setting | undefined => {
  const role = place.declaration?.roles.find((one) => one.name === pupil.role)
  if (role === undefined) return undefined
  const path = teacher._tag === "Reference" ? teacher.path : teacher._tag === "Call" ? teacher.callee : undefined
  const [first, second] = path?.parts ?? []
  if (path === undefined || first === undefined) return resolveValue(report, Modules.teacher(role), teacher)
  // a rule may be called as an oracle of the environment is
  const of = first.text === place.name && second !== undefined && path.parts.length === 2 ? second : undefined
  const name = of?.text ?? pathText(path)
  const known = role.rules.map((one) => one.name)
  if (!known.includes(name)) {
    const oracles = place.declaration?.oracles.map((one) => one.name) ?? []
    const ruled = place.declaration?.roles.filter((one) => one.rules.length > 0) ?? []
    const meant = known.length === 0 ? undefined : report.nearest(name, known)
    report.error(
      "BICA2017",
      of?.span ?? path.span,
      known.length === 0
        ? `The role ${role.name} has no rules, so \`${pupil.name}\` has nobody to imitate.`
        : oracles.includes(name)
          ? `\`${place.name}.${name}\` plays for the whole team and is no rule of the ${role.name}, which \`${pupil.name}\` plays.`
          : `The role ${role.name} has no rule \`${name}\`.`,
      known.length === 0
        ? ruled.length === 0
          ? `No role of ${code(place.declaration?.name ?? "")} has any.`
          : `Name an agent that plays ${list(ruled.map((one) => code(`${place.name}.${one.name}`)))}.`
        : suggestion(meant, `Its rules are ${list(known.map(code), "and")}.`),
      { replacement: meant }
    )
    return undefined
  }
  const rule: Ast.Path = { parts: [of ?? first], span: path.span }
  return resolveValue(
    report,
    Modules.teacher(role),
    teacher._tag === "Call" ? { ...teacher, callee: rule } : { _tag: "Reference", path: rule, span: teacher.span }
  )
}

/** Reports a bound that no pupil can meet, and one that is met before anything is learned. */
const checkBound = (
  report: Report,
  options: {
    readonly bound: Setting
    readonly span: Span
    readonly teacher: Setting
    readonly choices: number
    readonly uniform: boolean
  }
): void => {
  const { bound, choices, span, teacher, uniform } = options
  const number = (name: string): number => {
    const value = setting(teacher.parts, name)?.value
    return typeof value === "number" ? value : 0
  }
  if (typeof bound.value !== "number") return
  const shown = (nats: number): string => `${Number(nats.toPrecision(3))} nats`
  // where the rule advises nothing it is uniform, and every pupil's loss is higher still
  const least = teacherEntropy({ scale: number("scale"), errs: number("errs") }, choices)
  const even = Math.log(choices)
  if (bound.value <= least) {
    report.warning(
      "BICA5033",
      span,
      `No pupil comes below ${shown(bound.value)}: the teacher itself has an entropy of ${shown(least)}, and the loss is never less.`,
      `Write a bound between ${shown(least)} and ${shown(even)}, or only the limit.`
    )
  } else if (uniform && bound.value > even) {
    report.warning(
      "BICA5033",
      span,
      `A pupil that has learned nothing is below ${shown(bound.value)} already: to choose evenly among ${choices} costs ${shown(even)}.`,
      `Write a bound between ${shown(least)} and ${shown(even)}.`
    )
  }
}

const checkImitation = (report: Report, scope: StageScope, stage: Ast.Stage): CheckedWork => {
  const [one] = only(stage.body, "Imitate")
  const [checkpoint] = only(stage.body, "Checkpoint")
  if (one === undefined) return muddle
  const place = scope.place
  const pupil = names(report, [one.pupil], new Set(scope.agents.keys()), "agent")?.[0]
  const role = pupil === undefined ? undefined : scope.agents.get(pupil)?.role
  const teacher =
    place === undefined || pupil === undefined || role === undefined
      ? undefined
      : checkTeacher(report, place, { name: pupil, role }, one.teacher)
  if (place === undefined)
    report.error("BICA2014", one.span, "There is no environment to play in.", "Declare one with `environment`.")
  let sound = true
  if (one.until !== undefined && one.until.metric.text !== Modules.imitateBound.name) {
    const { span, text } = one.until.metric
    report.error("BICA2008", span, `\`imitate\` does not measure \`${text}\`.`, "It measures `loss`.", {
      replacement: Modules.imitateBound.name
    })
    sound = false
  }
  const bound = one.until === undefined ? undefined : resolveQuantity(report, Modules.imitateBound, one.until.bound)
  const limit = one.limit === undefined ? undefined : resolveQuantity(report, Modules.imitateUpdates, one.limit)
  if (one.limit === undefined) {
    report.error(
      "BICA3005",
      one.until?.bound.span ?? one.pupil.span,
      "This `imitate` does not say how many updates it may take.",
      one.until === undefined ? "Add `until 300 updates`." : "Add `or 300 updates`: the bound may never be met."
    )
  }
  const settings = resolveBlock(report, {
    owner: "`imitate`",
    parameters: Modules.imitate(typeof limit?.value === "number" ? limit.value : 1),
    entries: one.entries,
    span: one.span
  })
  const environments = settings === undefined ? undefined : setting(settings, "environments")
  if (settings !== undefined && environments !== undefined && !divides(report, settings, environments)) sound = false
  const every = keptEvery(report, Modules.checkpointEvery, checkpoint)
  const choices = place?.declaration?.roles.find(({ name }) => name === role)?.choices.length
  if (
    bound !== undefined &&
    teacher !== undefined &&
    choices !== undefined &&
    one.until !== undefined &&
    pupil !== undefined
  ) {
    const uniform = scope.agents.get(pupil)?.prior === "uniform"
    checkBound(report, { bound, span: one.until.bound.span, teacher, choices, uniform })
  }
  const work: Imitation | undefined =
    sound &&
    pupil !== undefined &&
    teacher !== undefined &&
    (one.until === undefined || bound !== undefined) &&
    limit !== undefined &&
    settings !== undefined &&
    every !== undefined
      ? { _tag: "Imitation", pupil, teacher, bound, limit, settings, checkpoint: every }
      : undefined
  return { ...muddle, kind: "imitation", work, pupil }
}

const checkFit = (report: Report, scope: StageScope, stage: Ast.Stage): CheckedWork => {
  const [one] = only(stage.body, "Fit")
  const [checkpoint] = only(stage.body, "Checkpoint")
  if (one === undefined) return muddle
  const place = scope.place
  if (place === undefined)
    report.error("BICA2014", one.span, "There is no environment to play in.", "Declare one with `environment`.")
  const model = place === undefined ? undefined : modelOf(report, place, one.model)
  const updates = resolveQuantity(report, Modules.fitUpdates, one.updates)
  const settings =
    model === undefined
      ? undefined
      : resolveBlock(report, {
          owner: `\`fit\` of ${code(model.name)}`,
          parameters: model.parameters,
          entries: one.entries,
          span: one.span
        })
  const every = keptEvery(report, Modules.fitCheckpointEvery, checkpoint)
  const work: Fit | undefined =
    model !== undefined && updates !== undefined && settings !== undefined && every !== undefined
      ? { _tag: "Fit", model: model.name, updates, settings, checkpoint: every }
      : undefined
  return { ...muddle, kind: "fit", work }
}

const checkTraining = (report: Report, scope: StageScope, stage: Ast.Stage): CheckedWork => {
  const [repeat] = only(stage.body, "Repeat")
  const [measure] = only(stage.body, "Measure")
  const [checkpoint] = only(stage.body, "Checkpoint")
  if (repeat === undefined) return muddle
  if (measure !== undefined) {
    report.error(
      "BICA5018",
      measure.span,
      "`measure` stands without a `play`.",
      "Play and measure in a stage of its own, `after` this one."
    )
    return muddle
  }
  const [rollout, secondRollout] = only(repeat.body, "Rollout")
  const [update, secondUpdate] = only(repeat.body, "Update")
  const [ascend, secondAscend] = only(repeat.body, "Ascend")
  const odd = repeat.body.find(
    (one) =>
      one._tag === "Repeat" ||
      one._tag === "Imitate" ||
      one._tag === "Fit" ||
      one._tag === "Play" ||
      one._tag === "Measure" ||
      one._tag === "Checkpoint"
  )
  if (odd !== undefined) {
    const word = odd._tag.toLowerCase()
    report.error(
      "BICA9007",
      odd.span,
      `This version of bica cannot \`${word}\` inside a \`repeat\`.`,
      odd._tag === "Checkpoint"
        ? "Put `checkpoint` after the closing brace of `repeat`."
        : odd._tag === "Repeat"
          ? "Multiply the two numbers, or let one stage go on from another."
          : odd._tag === "Imitate"
            ? "Write a stage of its own before this one, which then goes on from it."
            : "To measure in between, let one training go on from another, `stage … after …`, and play after each."
    )
    return muddle
  }
  const second = secondRollout ?? secondUpdate ?? secondAscend
  if (second !== undefined) {
    report.error(
      "BICA9007",
      second.span,
      `This version of bica cannot run a second \`${second._tag.toLowerCase()}\` in a \`repeat\`.`,
      second._tag === "Update"
        ? "Name all in one `update`: without `jointly` one is updated after the other."
        : second._tag === "Rollout"
          ? "Train on one after the other: let one stage go on from another."
          : "Keep one of the two."
    )
    return muddle
  }
  if (rollout === undefined || update === undefined) {
    const missing = rollout === undefined ? "rollout" : "update"
    report.error(
      "BICA5018",
      repeat.span,
      rollout === undefined
        ? "This `repeat` has no `rollout`, so there is nothing to learn from."
        : "This `repeat` has no `update`, so nothing learns.",
      `Add \`${missing} …\`.`
    )
    return muddle
  }
  if (update.span.start < rollout.span.start || (ascend !== undefined && ascend.span.start < update.span.start)) {
    const early = update.span.start < rollout.span.start ? update : (ascend ?? update)
    report.error(
      "BICA9007",
      early.span,
      "This version of bica runs `rollout`, `update` and `ascend` in this order.",
      "Put them in this order."
    )
    return muddle
  }
  const times = resolveQuantity(report, Modules.repeatTimes, repeat.count)
  const environments = resolveQuantity(report, Modules.rolloutEnvironments, rollout.environments)
  const place = scope.place
  const on = rollout.on === undefined || place === undefined ? undefined : condition(report, place, rollout.on)
  const steps =
    rollout.steps === undefined
      ? defaultSetting(Modules.rolloutSteps)
      : resolveQuantity(report, Modules.rolloutSteps, rollout.steps)
  const rolled = resolveBlock(report, {
    owner: "`rollout`",
    parameters: Modules.rollout,
    entries: rollout.entries,
    span: rollout.span
  })
  const targets = names(report, update.targets, scope.learners, scope.learner)
  const updates = typeof times?.value === "number" ? times.value : 1
  const updated = resolveBlock(report, {
    owner: "`update`",
    parameters: Modules.update(updates),
    entries: update.entries,
    span: update.span
  })
  const every = keptEvery(report, Modules.checkpointEvery, checkpoint)
  const ascended =
    ascend === undefined || ascend.all ? undefined : names(report, ascend.budgets, scope.budgets, "budget")
  let sound =
    (ascend === undefined || ascend.all || ascended !== undefined) &&
    (rollout.on === undefined || place === undefined || on !== undefined)
  if (updated !== undefined && environments !== undefined && !divides(report, updated, environments)) sound = false
  const work: Training | undefined =
    sound &&
    times !== undefined &&
    environments !== undefined &&
    steps !== undefined &&
    rolled !== undefined &&
    targets !== undefined &&
    updated !== undefined &&
    every !== undefined
      ? {
          _tag: "Training",
          times,
          environments,
          on: on?.shift === undefined ? undefined : on,
          steps,
          rollout: rolled,
          targets,
          jointly: update.jointly,
          update: updated,
          ascends: ascend !== undefined,
          checkpoint: every
        }
      : undefined
  return {
    kind: "training",
    work,
    pupil: undefined,
    update,
    targets,
    ascends: ascend !== undefined,
    ascended:
      ascend === undefined || ascended === undefined ? undefined : { names: new Set(ascended), span: ascend.span }
  }
}

const checkPlay = (report: Report, scope: StageScope, stage: Ast.Stage): CheckedWork => {
  const [play] = only(stage.body, "Play")
  const [measure] = only(stage.body, "Measure")
  const [checkpoint] = only(stage.body, "Checkpoint")
  if (checkpoint !== undefined) {
    report.error("BICA5018", checkpoint.span, "`checkpoint` stands without a `repeat`.", "Leave it out.")
    return muddle
  }
  if (play === undefined) {
    if (measure !== undefined)
      report.error("BICA5018", measure.span, "`measure` stands without a `play`.", "Add `play N episodes on …`.")
    return muddle
  }
  const own = scope.place?.declaration?.roles.length === 0 ? scope.place.declaration.oracles : []
  const kind = play.by.length === 0 && own.length === 0 ? "team" : "oracles"
  if (play.by.length === 0 && own.length > 0) {
    const place = scope.place?.name ?? ""
    report.error(
      "BICA3005",
      play.span,
      `No team is trained in \`${place}\`, and this \`play\` does not say which of its players play.`,
      `Add \`by\` and some of ${list(
        own.map(({ name }) => code(`${place}.${name}`)),
        "and"
      )}.`
    )
    return { ...muddle, kind }
  }
  if (measure === undefined) {
    report.error(
      "BICA5018",
      play.span,
      "This `play` has no `measure`, so nothing would be known of it.",
      "Add `measure …`."
    )
    return { ...muddle, kind }
  }
  const episodes = resolveQuantity(report, Modules.playEpisodes, play.episodes)
  const settings = resolveBlock(report, {
    owner: kind === "team" ? "`play`" : "`play` by an oracle",
    parameters: kind === "team" ? Modules.play : [],
    entries: play.entries,
    span: play.span
  })
  const place = scope.place
  const declaration = place?.declaration
  if (place === undefined || declaration === undefined) {
    if (place === undefined)
      report.error("BICA2014", play.span, "There is no environment to play in.", "Declare one with `environment`.")
    return { ...muddle, kind }
  }
  const on: Array<Condition> = []
  const by: Array<OracleDeclaration> = []
  let sound = true
  const once = (seen: Map<string, Span>, name: string, span: Span): boolean => {
    const before = seen.get(name)
    if (before === undefined) {
      seen.set(name, span)
      return true
    }
    report.error("BICA2015", span, `\`${name}\` is named twice.`, "Keep one of the two.", {
      labels: [{ span: before, text: "named here first" }]
    })
    sound = false
    return false
  }
  const places = new Map<string, Span>()
  for (const path of play.on) {
    const one = condition(report, place, path)
    if (one === undefined) sound = false
    else if (once(places, one.shift ?? one.environment, path.span)) on.push(one)
  }
  const players = new Map<string, Span>()
  for (const path of play.by) {
    const one = oracle(report, place, path)
    if (one === undefined) sound = false
    else if (once(players, one.name, path.span)) by.push(one)
  }
  const metrics: Array<string> = []
  const measured = new Map<string, Span>()
  for (const path of measure.metrics) {
    const name = pathText(path)
    if (!declaration.metrics.some((one) => one.name === name)) {
      unknownMetric(report, place, declaration, name, path.span)
      sound = false
    } else if (once(measured, name, path.span)) metrics.push(name)
  }
  const all = withParts(declaration, metrics)
  const references = checkReferences(report, scope, place, measure, { declaration, metrics: all, on, sound })
  const work: Play | undefined =
    sound && references !== undefined && episodes !== undefined && settings !== undefined
      ? { _tag: "Play", episodes, on, by, settings, measure: all, ...references }
      : undefined
  return { ...muddle, kind, work }
}

/** Metrics with those that they are made of, each once: what is written first. */
const withParts = (declaration: EnvironmentDeclaration, metrics: ReadonlyArray<string>): ReadonlyArray<string> => {
  const all = new Set(metrics)
  for (const name of all) {
    for (const part of declaration.metrics.find((one) => one.name === name)?.parts ?? []) all.add(part)
  }
  return [...all]
}

/** `ss` is, or the metric of the file that it is a part of: `bas` has a part, `ss`, that is. And where that metric stands. */
const writtenFor = (
  declaration: EnvironmentDeclaration,
  measure: Of<"Measure">,
  metric: string
): { readonly says: string; readonly span: Span } => {
  const own = measure.metrics.find((path) => pathText(path) === metric)
  const whole = own ?? measure.metrics.find((path) => withParts(declaration, [pathText(path)]).includes(metric))
  const says =
    own !== undefined || whole === undefined
      ? `${code(metric)} is`
      : `${code(pathText(whole))} has a part, ${code(metric)}, that is`
  return { says, span: whole?.span ?? measure.span }
}

/** What metrics are measured against: `measure bas { baseline one_way  suite dense, large }`; undefined after a finding. */
const checkReferences = (
  report: Report,
  scope: StageScope,
  place: Place,
  measure: Of<"Measure">,
  of: {
    readonly declaration: EnvironmentDeclaration
    readonly metrics: ReadonlyArray<string>
    readonly on: ReadonlyArray<Condition>
    readonly sound: boolean
  }
): Pick<Play, "baseline" | "alone" | "suite" | "suiteOrigin"> | undefined => {
  const needs = new Map<Reference, string>()
  for (const { name, needs: need } of of.declaration.metrics)
    if (need !== undefined && of.metrics.includes(name)) needs.set(need, name)
  const known = Object.keys(Modules.references)
  const given = new Map<string, Of<"Measure">["references"][number]>()
  let sound = true
  const refuse = (...finding: Parameters<Report["error"]>): void => {
    report.error(...finding)
    sound = false
  }
  for (const one of measure.references) {
    const { name, span } = one
    const before = given.get(name.text)
    if (!known.includes(name.text)) {
      const meant = report.nearest(name.text, known)
      refuse(
        "BICA2005",
        name.span,
        `\`measure\` has no setting \`${name.text}\`.`,
        suggestion(meant, `It has ${list(known.map(code), "and")}.`),
        { replacement: meant }
      )
    } else if (before !== undefined) {
      refuse("BICA2015", name.span, `\`${name.text}\` is given twice.`, "Keep one of the two.", {
        labels: [{ span: before.name.span, text: "given here first" }]
      })
    } else if (of.sound && !needs.has(name.text as Reference)) {
      refuse(
        "BICA5001",
        span,
        `No metric of this \`measure\` is measured against \`${name.text}\`.`,
        `Leave it out, or measure ${list(
          of.declaration.metrics.filter((metric) => metric.needs === name.text).map((metric) => code(metric.name)),
          "or"
        )}.`
      )
    } else given.set(name.text, one)
  }
  const objective = (name: Reference): string | undefined => {
    const one = given.get(name)
    if (one === undefined) return undefined
    const [second] = one.paths.slice(1)
    if (second !== undefined) {
      refuse("BICA2015", second.span, `\`${name}\` is one objective.`, "Keep one of them.")
      return undefined
    }
    const found = names(report, one.paths, scope.objectives, "objective")
    if (found === undefined) sound = false
    return found?.[0]
  }
  const baseline = objective("baseline")
  const alone = objective("alone")
  const suite: Array<Condition> = []
  const written = given.get("suite")
  for (const path of written?.paths ?? []) {
    const one = condition(report, place, path)
    if (one === undefined) sound = false
    else if (one.shift === undefined)
      refuse(
        "BICA2014",
        path.span,
        `\`${place.name}\` itself is no shift.`,
        "Name shifts that the environment declares."
      )
    else if (suite.some(({ shift }) => shift === one.shift))
      refuse("BICA2015", path.span, `\`${one.shift}\` is named twice.`, "Keep one of the two.")
    else suite.push(one)
  }
  const played = of.on.filter(({ shift }) => shift !== undefined)
  if (written === undefined && needs.has("suite")) suite.push(...played)
  if (of.sound && sound) {
    for (const [reference, metric] of needs) {
      if (given.has(reference) || (reference === "suite" && suite.length > 0)) continue
      const { example } = Modules.references[reference]
      const { says, span } = writtenFor(of.declaration, measure, metric)
      refuse(
        "BICA5031",
        span,
        `${says} measured against \`${reference}\`, and this \`measure\` names none.`,
        `Write \`measure … { ${example} }\`.`
      )
    }
  }
  if (!sound) return undefined
  return {
    baseline,
    alone,
    suite,
    suiteOrigin:
      written === undefined
        ? { kind: "default", source: { kind: "ours", text: "the shifts that the stage plays on" } }
        : { kind: "written", span: written.span }
  }
}
