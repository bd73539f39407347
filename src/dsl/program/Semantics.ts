/**
 * What a stage and an objective mean, as canonical data and its digest. Comments, layout, the order of declarations and
 * names that carry no meaning do not enter; every default does, so writing a default out changes nothing.
 */
import { sha256 } from "@noble/hashes/sha2.js"
import type { MetricDeclaration } from "../../declaration/Environment.ts"
import type { Value } from "../../declaration/Parameter.ts"
import type {
  Agent,
  Budget,
  Condition,
  Environment,
  Expression,
  Fit,
  Imitation,
  Module,
  Objective,
  Play,
  Program,
  Setting,
  Stage,
  Training
} from "./Program.ts"

/** Plain data. */
export type Data = number | string | boolean | null | ReadonlyArray<Data> | { readonly [name: string]: Data }

/** A meaning that many others hold: its canonical text, and a number that is of no other text. */
interface Written {
  readonly text: string
  readonly number: number
}

const written = new WeakMap<object, Written>()

/** JSON with the keys of every object in order: equal data give equal text. */
export const canonical = (data: Data): string => {
  if (typeof data === "number") return Object.is(data, -0) ? "0" : JSON.stringify(data)
  if (data === null || typeof data !== "object") return JSON.stringify(data)
  if (isList(data)) return `[${data.map(canonical).join(",")}]`
  const before = written.get(data)
  if (before !== undefined) return before.text
  const keys = Object.keys(data).sort()
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(data[key] ?? null)}`).join(",")}}`
}

const quotedNames = new Map<string, string>()
const quoted = (name: string): string => {
  const known = quotedNames.get(name)
  if (known !== undefined) return known
  if (quotedNames.size > 1000) quotedNames.clear()
  const made = `${JSON.stringify(name)}:`
  quotedNames.set(name, made)
  return made
}

/** A text that different data never share, short and quickly made: keys as they come, and a number for what many meanings hold. */
const keyOf = (data: Data): string => {
  if (typeof data === "string") return JSON.stringify(data)
  if (data === null || typeof data !== "object") return `${data}`
  let text = ""
  if (isList(data)) {
    for (const each of data) text += `${keyOf(each)},`
    return `[${text}]`
  }
  const before = written.get(data)
  if (before !== undefined) return `#${before.number}`
  for (const key in data) text += `${quoted(key)}${keyOf(data[key] ?? null)},`
  return `{${text}}`
}

/** A meaning that is computed once for each part, and written out once: every objective and stage holds that of its agents. */
const remembered = <A extends object>(meaning: (part: A) => Data): ((part: A) => Data) => {
  const all = new WeakMap<A, Data>()
  return (part) => {
    const known = all.get(part)
    if (known !== undefined) return known
    const made = meaning(part)
    if (typeof made === "object" && made !== null) {
      const text = canonical(made)
      written.set(made, { text, number: numberOf(text) })
    }
    all.set(part, made)
    return made
  }
}

const isList = (data: Data): data is ReadonlyArray<Data> => Array.isArray(data)

/** Numbers of texts, each given once. */
const numbers = new Map<string, number>()
let numbered = 0
/** Digests of texts that were met lately: of one version of a file to the next most stay the same. */
const digests = new Map<string, string>()
/** Characters of the texts in `digests` and `numbers`, and how many they may be. */
let remembering = 0
const mostRemembered = 4_000_000

/** Makes room for a text; a number that was given is given to no other text, so that what is still held stays true. */
const remember = (characters: number): void => {
  if (remembering + characters > mostRemembered) {
    digests.clear()
    numbers.clear()
    remembering = 0
  }
  remembering += characters
}

const numberOf = (text: string): number => {
  const before = numbers.get(text)
  if (before !== undefined) return before
  remember(text.length)
  numbers.set(text, ++numbered)
  return numbered
}

/** A meaning told apart from others: `same` is equal for equal meanings of one process, `digest` everywhere, and takes longer. */
export interface Told {
  readonly same: string
  readonly digest: () => string
}

export const told = (data: Data): Told => {
  const same = keyOf(data)
  return { same, digest: () => digestBy(same, data) }
}

/** sha256 of the canonical text, in hex. */
export const digest = (data: Data): string => digestBy(keyOf(data), data)

const digestBy = (key: string, data: Data): string => {
  const known = digests.get(key)
  if (known !== undefined) return known
  const made = hex(sha256(new TextEncoder().encode(canonical(data))))
  remember(key.length)
  digests.set(key, made)
  return made
}

const hexOf = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"))
const hex = (bytes: Uint8Array): string => {
  let text = ""
  for (const byte of bytes) text += hexOf[byte] ?? ""
  return text
}

const plain = (value: Value): Data => {
  if (typeof value === "number") return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, typeof inner === "string" ? inner : plain(inner)])
  )
}

/** The values of settings by name. */
export const settingsMeaning = (settings: ReadonlyArray<Setting>): { readonly [name: string]: Data } =>
  Object.fromEntries(settings.map((one) => [one.parameter.name, plain(one.value)]))

/** What an environment is: of a module, its name there and the module's text, whatever a file calls the module. */
const kindMeaning = ({ declaration: { code, name } }: Environment): { readonly [name: string]: Data } =>
  code === undefined ? { kind: name } : { kind: name.slice(code.module.length + 1), code: code.digest }

const environmentMeaning = remembered((environment: Environment): Data => ({
  ...kindMeaning(environment),
  parameters: settingsMeaning(environment.settings)
}))

/** What an agent is; its name is part of it, because its weights are kept under it. */
const agentMeaning = remembered((agent: Agent): Data => ({
  name: agent.name,
  role: agent.role.name,
  sees: agent.sees.map((seen) =>
    seen._tag === "Observation"
      ? seen.observation.name
      : seen._tag === "Message"
        ? { message: seen.agent }
        : { advice: seen.instructor }
  ),
  says: agent.says,
  ...(agent.codes === undefined ? {} : { codes: plain(agent.codes.value) }),
  policy: plain(agent.policy.value),
  prior: plain(agent.prior.value),
  protocol: agent.protocol === undefined ? null : plain(agent.protocol.value),
  noise: agent.noise === undefined ? null : plain(agent.noise.value)
}))

/** What a module is, with its name and those of its agents. How many kinds of advice an instructor gives is part of it,
 * what they are called means nothing. */
const moduleMeaning = remembered((module: Module): Data => {
  switch (module._tag) {
    case "Protocol":
      return {
        protocol: module.name,
        agent: module.agent,
        method: plain(module.method.value),
        settings: settingsMeaning(module.settings)
      }
    case "Mapper":
      return { mapper: module.name, from: module.from, to: module.to, method: plain(module.method.value) }
    case "Instructor":
      return {
        instructor: module.name,
        agent: module.agent,
        sees: module.sees,
        ...(module.history > 0 ? { history: module.history } : {}),
        ...(module.gives.length > 2 ? { kinds: module.gives.length - 1 } : {}),
        settings: settingsMeaning(module.settings)
      }
  }
})

/** Modules under their key, which a meaning has only where there are some. */
const modulesMeaning = (modules: ReadonlyArray<Module>): { readonly modules?: Data } =>
  modules.length === 0 ? {} : { modules: inOrder(modules).map(moduleMeaning) }

const budgetMeaning = (budget: Budget): Data => ({
  quantity: budget.quantity.digest,
  atMost: budget.atMost,
  by: plain(budget.by.value)
})

/** What an objective's loss and its budgets name. */
const readBy = (loss: ReadonlyArray<Expression>, budgets: ReadonlyArray<Budget>): ReadonlySet<string> =>
  new Set([...loss, ...budgets.map((budget) => budget.quantity)].flatMap((expression) => expression.reads))

/** What the meaning of an objective is computed from. */
export interface Declared {
  readonly environments: ReadonlyArray<Environment>
  readonly agents: ReadonlyArray<Agent>
  readonly modules: ReadonlyArray<Module>
  readonly budgets: ReadonlyArray<Budget>
}

/** Agents that a module stands between or beside. */
export const around = (module: Module): ReadonlyArray<string> =>
  module._tag === "Mapper" ? [module.from, module.to] : [module.agent]

/** What `names` depend on: an agent on the modules that it hears, a module on the agents that it stands between. */
const closure = (declared: Declared, names: Iterable<string>): ReadonlySet<string> => {
  const found = new Set(names)
  for (let before = -1; before !== found.size;) {
    before = found.size
    for (const agent of declared.agents) {
      if (!found.has(agent.name)) continue
      for (const seen of agent.sees) {
        if (seen._tag === "Advice") found.add(seen.instructor)
        if (seen._tag !== "Message") continue
        for (const one of declared.modules) if (one._tag === "Protocol" && one.agent === seen.agent) found.add(one.name)
      }
    }
    for (const module of declared.modules)
      if (found.has(module.name)) for (const name of around(module)) found.add(name)
  }
  return found
}

/** The meaning of an objective: its loss, its budgets, what it freezes, and the agents, modules and environment that these read. */
export const objectiveMeaning = (declared: Declared, objective: Omit<Objective, "semantics">): Data => {
  const budgets = objective.within.flatMap((name) => declared.budgets.filter((budget) => budget.name === name))
  const named = new Set([...readBy(objective.loss, budgets), ...objective.freezing, ...objective.silencing])
  const { agents, meaning } = neededBy(declared, named)
  // codes are silenced only where their protocol is frozen, and what is frozen is silent as it is
  const silenced = agents
    .filter((agent) => agent.role.kind === "speaks" && objective.silencing.includes(agent.name))
    .map((agent) => agent.name)
    .sort()
  return {
    loss: objective.loss.map((part) => part.digest),
    within: budgets.map(budgetMeaning),
    freezing: [...objective.freezing].sort(),
    ...(silenced.length === 0 ? {} : { silencing: silenced }),
    ...meaning
  }
}

/** The agents that something depends on which names some of what is declared, and what these, modules and environments mean. */
interface Needed {
  readonly agents: ReadonlyArray<Agent>
  readonly meaning: { readonly [name: string]: Data }
}

const needed = new WeakMap<Declared, Map<string, Needed>>()

const neededBy = (declared: Declared, named: ReadonlySet<string>): Needed => {
  let known = needed.get(declared)
  if (known === undefined) needed.set(declared, (known = new Map()))
  const key = [...named].sort().join()
  const before = known.get(key)
  if (before !== undefined) return before
  const read = closure(declared, named)
  const agents = declared.agents.filter((agent) => read.has(agent.name))
  const modules = declared.modules.filter((module) => read.has(module.name))
  const places = new Set(agents.map((agent) => agent.environment))
  const made = {
    agents,
    meaning: {
      agents: inOrder(agents).map(agentMeaning),
      ...modulesMeaning(modules),
      environment: declared.environments.filter((one) => places.has(one.name)).map(environmentMeaning)
    }
  }
  known.set(key, made)
  return made
}

const inOrder = <A extends { readonly name: string }>(parts: ReadonlyArray<A>): ReadonlyArray<A> =>
  [...parts].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))

/** A training, by what it does in the environment: the name of the shift that it trains on means nothing. */
const trainingMeaning = (training: Training, environment: Environment | undefined): Data => ({
  do: "train",
  times: plain(training.times.value),
  environments: plain(training.environments.value),
  ...(training.on === undefined || environment === undefined
    ? {}
    : { on: { ...conditionChange(environment, training.on) } }),
  steps: plain(training.steps.value),
  rollout: settingsMeaning(training.rollout),
  targets: training.targets,
  jointly: training.jointly,
  update: settingsMeaning(training.update),
  ascends: training.ascends
  // not the interval of the checkpoints: it changes no result
})

const imitationMeaning = (imitation: Imitation): Data => ({
  do: "imitate",
  pupil: imitation.pupil,
  teacher: plain(imitation.teacher.value),
  bound: imitation.bound === undefined ? null : plain(imitation.bound.value),
  limit: plain(imitation.limit.value),
  settings: settingsMeaning(imitation.settings)
})

const fitMeaning = (fit: Fit): Data => ({
  do: "fit",
  model: fit.model,
  updates: plain(fit.updates.value),
  settings: settingsMeaning(fit.settings)
})

/** What a condition changes of the environment as declared. */
const conditionChange = (environment: Environment, condition: Condition): { readonly [name: string]: Data } => {
  const shift = environment.shifts.find((one) => one.name === condition.shift)
  if (shift === undefined) return {}
  return {
    parameters: settingsMeaning(shift.settings),
    noise: Object.fromEntries(shift.noise.map(({ agent, setting }) => [agent, plain(setting.value)]))
  }
}

/** A condition with what it changes. Its label stands in what a stage writes down, so it belongs to the meaning. */
const conditionMeaning = (environment: Environment, condition: Condition): Data => {
  const shift = environment.shifts.find((one) => one.name === condition.shift)
  return shift === undefined
    ? { label: environment.name }
    : { label: `${environment.name}.${shift.name}`, ...conditionChange(environment, condition) }
}

const playMeaning = (environment: Environment, play: Play): Data => ({
  do: "play",
  episodes: plain(play.episodes.value),
  on: play.on.map((condition) => conditionMeaning(environment, condition)),
  by: play.by.map((oracle) => oracle.name),
  settings: settingsMeaning(play.settings),
  // what is derived from other values is made when all have been measured, and no stage of its own
  measure: play.measure
    .filter((name) => metricOf(environment, name)?.kind !== "derived")
    .map((name) => {
      const code = metricOf(environment, name)?.code
      return code === undefined ? name : { metric: name, code: code.digest }
    }),
  ...(play.suite.length === 0 ? {} : { suite: play.suite.map((condition) => conditionMeaning(environment, condition)) })
})

const metricOf = (environment: Environment, metric: string): MetricDeclaration | undefined =>
  environment.declaration.metrics.find(({ name }) => name === metric)

/** The meaning of a stage: its statements, environment, agents and modules. The stages that it comes after enter its key at run time. */
export const stageMeaning = (declared: Declared, stage: Omit<Stage, "semantics">): Data => {
  const environment = declared.environments.find((one) => one.name === stage.environment)
  const agents = declared.agents.filter((agent) => stage.agents.includes(agent.name))
  const work = stage.work
  // a model is fitted to what the kind of environment has, whatever this one is set to
  if (work._tag === "Fit")
    return { forEach: stage.forEach, environment: environment?.declaration.name ?? null, work: fitMeaning(work) }
  return {
    forEach: stage.forEach,
    ...(stage.objective === undefined ? {} : { for: stage.objective.semantics }),
    environment: environment === undefined ? null : environmentMeaning(environment),
    // oracles play in the agents' place and share nothing with them but the channel
    agents:
      work._tag === "Play" && work.by.length > 0
        ? inOrder(agents).flatMap((agent): ReadonlyArray<Data> =>
            agent.noise === undefined ? [] : [{ name: agent.name, says: agent.says, noise: plain(agent.noise.value) }]
          )
        : inOrder(agents).map(agentMeaning),
    ...modulesMeaning(work._tag === "Play" && work.by.length > 0 ? [] : declared.modules),
    work:
      work._tag === "Training"
        ? trainingMeaning(work, environment)
        : work._tag === "Imitation"
          ? imitationMeaning(work)
          : environment === undefined
            ? null
            : playMeaning(environment, work)
  }
}

const conditionsMeaning = remembered((environment: Environment): Data => ({
  name: environment.name,
  conditions: [undefined, ...environment.shifts].map((shift) =>
    conditionMeaning(environment, { environment: environment.name, shift: shift?.name, span: environment.span })
  ),
  metrics: environment.declaration.metrics.map(({ code, kind, name }) => [name, kind, code?.digest ?? null])
}))

/** Numbers of everything that a stage's meaning is computed from but the stage itself. */
const numbersAround = new WeakMap<Declared, number>()

const numberAround = (declared: Declared): number => {
  const known = numbersAround.get(declared)
  if (known !== undefined) return known
  const made = numberOf(
    keyOf([
      declared.environments.flatMap((one) => [one.name, environmentMeaning(one), conditionsMeaning(one)]),
      declared.agents.flatMap((one) => [one.name, agentMeaning(one)]),
      declared.modules.map(moduleMeaning)
    ])
  )
  numbersAround.set(declared, made)
  return made
}

/** What is done, with the environment left out: its conditions and metrics by their names. */
const doneIn = ({ by, episodes, measure, on, settings, suite }: Play): Data => ({
  episodes: plain(episodes.value),
  on: on.map(({ shift }) => shift ?? null),
  by: by.map((oracle) => oracle.name),
  settings: settingsMeaning(settings),
  measure,
  suite: suite.map(({ shift }) => shift ?? null)
})

const works = new WeakMap<Stage["work"], number>()

const numberOfWork = (work: Stage["work"]): number => {
  const known = works.get(work)
  if (known !== undefined) return known
  const made = numberOf(
    keyOf(
      work._tag === "Training"
        ? [trainingMeaning(work, undefined), work.on?.shift ?? null]
        : work._tag === "Imitation"
          ? imitationMeaning(work)
          : work._tag === "Fit"
            ? fitMeaning(work)
            : doneIn(work)
    )
  )
  works.set(work, made)
  return made
}

const stageDigests = new Map<string, string>()
const mostStageDigests = 4096

/** The digest of a stage's meaning; computed once for the same statements among the same agents, modules and environments. */
export const stageDigest = (declared: Declared, stage: Omit<Stage, "semantics">): string => {
  const key = `${numberAround(declared)} ${numberOfWork(stage.work)} ${stage.forEach} ${stage.environment} ${stage.agents.join()} ${stage.objective?.semantics ?? ""}`
  const before = stageDigests.get(key)
  if (before !== undefined) return before
  const made = digest(stageMeaning(declared, stage))
  if (stageDigests.size > mostStageDigests) stageDigests.clear()
  stageDigests.set(key, made)
  return made
}

/** The meanings of a program's objectives and stages by name, for saying which field of a stage changed. */
export const meanings = (
  program: Program
): { readonly objectives: Readonly<Record<string, Data>>; readonly stages: Readonly<Record<string, Data>> } => ({
  objectives: Object.fromEntries(program.objectives.map((one) => [one.name, objectiveMeaning(program, one)])),
  stages: Object.fromEntries(program.stages.map((one) => [one.name, stageMeaning(program, one)]))
})
