/**
 * What a stage and an objective mean, as canonical data and its digest. Comments, layout, the order of declarations and
 * names that carry no meaning do not enter; every default does, so writing a default out changes nothing.
 */
import { sha256 } from "@noble/hashes/sha2.js"
import type { Value } from "../../declaration/Parameter.ts"
import type {
  Agent,
  Budget,
  Condition,
  Environment,
  Expression,
  Objective,
  Play,
  Program,
  Setting,
  Stage,
  Training
} from "./Program.ts"

/** Plain data. */
export type Data = number | string | boolean | null | ReadonlyArray<Data> | { readonly [name: string]: Data }

/** JSON with the keys of every object in order: equal data give equal text. */
export const canonical = (data: Data): string => {
  if (typeof data === "number") return Object.is(data, -0) ? "0" : JSON.stringify(data)
  if (data === null || typeof data !== "object") return JSON.stringify(data)
  if (isList(data)) return `[${data.map(canonical).join(",")}]`
  const keys = Object.keys(data).sort()
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(data[key] ?? null)}`).join(",")}}`
}

const isList = (data: Data): data is ReadonlyArray<Data> => Array.isArray(data)

/** sha256 of the canonical text, in hex. */
export const digest = (data: Data): string => hex(sha256(new TextEncoder().encode(canonical(data))))

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")

const plain = (value: Value): Data => {
  if (typeof value === "number") return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, typeof inner === "string" ? inner : plain(inner)])
  )
}

/** The values of settings by name. */
export const settingsMeaning = (settings: ReadonlyArray<Setting>): { readonly [name: string]: Data } =>
  Object.fromEntries(settings.map((one) => [one.parameter.name, plain(one.value)]))

const environmentMeaning = (environment: Environment): Data => ({
  kind: environment.declaration.name,
  parameters: settingsMeaning(environment.settings)
})

/** What an agent is; its name is part of it, because its weights are kept under it. */
const agentMeaning = (agent: Agent): Data => ({
  name: agent.name,
  role: agent.role.name,
  sees: agent.sees.map((seen) => (seen._tag === "Observation" ? seen.observation.name : { message: seen.agent })),
  says: agent.says,
  policy: plain(agent.policy.value),
  prior: plain(agent.prior.value),
  protocol: agent.protocol === undefined ? null : plain(agent.protocol.value),
  noise: agent.noise === undefined ? null : plain(agent.noise.value)
})

const budgetMeaning = (budget: Budget): Data => ({
  quantity: budget.quantity.digest,
  atMost: budget.atMost,
  by: plain(budget.by.value)
})

/** The agents that an objective depends on: those that its loss and its budgets read. */
const readBy = (loss: ReadonlyArray<Expression>, budgets: ReadonlyArray<Budget>): ReadonlySet<string> =>
  new Set([...loss, ...budgets.map((budget) => budget.quantity)].flatMap((expression) => expression.reads))

/** What the meaning of an objective is computed from. */
export interface Declared {
  readonly environments: ReadonlyArray<Environment>
  readonly agents: ReadonlyArray<Agent>
  readonly budgets: ReadonlyArray<Budget>
}

/** The meaning of an objective: its loss, its budgets, what it freezes, and the agents and environment that these read. */
export const objectiveMeaning = (declared: Declared, objective: Omit<Objective, "semantics">): Data => {
  const budgets = objective.within.flatMap((name) => declared.budgets.filter((budget) => budget.name === name))
  const read = readBy(objective.loss, budgets)
  const agents = declared.agents.filter((agent) => read.has(agent.name) || objective.freezing.includes(agent.name))
  const places = new Set(agents.map((agent) => agent.environment))
  return {
    loss: objective.loss.map((part) => part.digest),
    within: budgets.map(budgetMeaning),
    freezing: [...objective.freezing].sort(),
    agents: inOrder(agents).map(agentMeaning),
    environment: declared.environments.filter((one) => places.has(one.name)).map(environmentMeaning)
  }
}

const inOrder = (agents: ReadonlyArray<Agent>): ReadonlyArray<Agent> =>
  [...agents].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))

const trainingMeaning = (training: Training): Data => ({
  do: "train",
  times: plain(training.times.value),
  environments: plain(training.environments.value),
  steps: plain(training.steps.value),
  rollout: settingsMeaning(training.rollout),
  targets: training.targets,
  jointly: training.jointly,
  update: settingsMeaning(training.update),
  ascends: training.ascends
  // not the interval of the checkpoints: it changes no result
})

/** A condition with what it changes. Its label stands in what a stage writes down, so it belongs to the meaning. */
const conditionMeaning = (environment: Environment, condition: Condition): Data => {
  const shift = environment.shifts.find((one) => one.name === condition.shift)
  if (shift === undefined) return { label: environment.name }
  return {
    label: `${environment.name}.${shift.name}`,
    parameters: settingsMeaning(shift.settings),
    noise: Object.fromEntries(shift.noise.map(({ agent, setting }) => [agent, plain(setting.value)]))
  }
}

const playMeaning = (environment: Environment, play: Play): Data => ({
  do: "play",
  episodes: plain(play.episodes.value),
  on: play.on.map((condition) => conditionMeaning(environment, condition)),
  by: play.by.map((oracle) => oracle.name),
  settings: settingsMeaning(play.settings),
  measure: play.measure
})

/** The meaning of a stage: its statements, environment and agents. The stages that it comes after enter its key at run time. */
export const stageMeaning = (declared: Declared, stage: Omit<Stage, "semantics">): Data => {
  const environment = declared.environments.find((one) => one.name === stage.environment)
  const agents = declared.agents.filter((agent) => stage.agents.includes(agent.name))
  const work = stage.work
  return {
    forEach: stage.forEach,
    environment: environment === undefined ? null : environmentMeaning(environment),
    // oracles play in the agents' place and share nothing with them but the channel
    agents:
      work._tag === "Play" && work.by.length > 0
        ? inOrder(agents).flatMap((agent): ReadonlyArray<Data> =>
            agent.noise === undefined ? [] : [{ name: agent.name, says: agent.says, noise: plain(agent.noise.value) }]
          )
        : inOrder(agents).map(agentMeaning),
    work:
      work._tag === "Training"
        ? trainingMeaning(work)
        : environment === undefined
          ? null
          : playMeaning(environment, work)
  }
}

/** The meanings of a program's objectives and stages by name, for saying which field of a stage changed. */
export const meanings = (
  program: Program
): { readonly objectives: Readonly<Record<string, Data>>; readonly stages: Readonly<Record<string, Data>> } => ({
  objectives: Object.fromEntries(program.objectives.map((one) => [one.name, objectiveMeaning(program, one)])),
  stages: Object.fromEntries(program.stages.map((one) => [one.name, stageMeaning(program, one)]))
})
