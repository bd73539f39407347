/**
 * Training a team: rollout, update, dual ascent, repeated; resumable at every checkpoint.
 */
import { Clock, Effect, Fiber, Option, Schema } from "effect"
import type { Scope } from "effect"
import type { Agent } from "../agent/Agent.ts"
import { initialise } from "../agent/Network.ts"
import { hiddenOf, makePlayer, makeRecord, purposeOf, recordAt } from "../agent/Player.ts"
import type { Player, SpeechDraws, StepDraws, StepRecord } from "../agent/Player.ts"
import { adviceOutcomes, assemble, learnersOf, membersOf, ofEach, silence, tableRows } from "../agent/Team.ts"
import type { Learner, Member, Modules, Speaker, Team } from "../agent/Team.ts"
import type { Erring } from "../../declaration/Teacher.ts"
import { teacherEntropy, teacherShares } from "../../declaration/Teacher.ts"
import { Engine } from "../engine/Engine.ts"
import type { EngineError, Outputs, Session } from "../engine/Engine.ts"
import type { Feed, Played } from "../engine/Rows.ts"
import { makeStepOutcome } from "../environment/Environment.ts"
import type { Environment, StepOutcome, Worlds } from "../environment/Environment.ts"
import { makeBuilder } from "../graph/Build.ts"
import { makeGraph } from "../graph/Graph.ts"
import { value } from "../agent/Network.ts"
import { ascend } from "../loss/Budget.ts"
import type { Objective } from "../loss/Objective.ts"
import { noiseIn } from "../play/Team.ts"
import type { DualReading } from "../Progress.ts"
import { Progress } from "../Progress.ts"
import { Diverged, StageError, StageRun } from "../Stage.ts"
import type { Failure } from "../Stage.ts"
import type { Checkpoint, StoredTensor, StoreError } from "../store/Store.ts"
import { encode } from "../store/Safetensors.ts"
import { explainedVariance, generalisedAdvantage, standardise } from "./Advantage.ts"
import { adam } from "./Adam.ts"
import { inheritedWeights } from "./Inheritance.ts"
import { move, start, tangentOf, weightAt, weightOf } from "./Hypergradient.ts"
import { at } from "./Schedule.ts"
import type { Schedule } from "./Schedule.ts"
import { criticGroup, groupOf, speakerPrefix, updateGraph } from "./UpdateGraph.ts"
import type { Group, UpdateGraph } from "./UpdateGraph.ts"

export interface RolloutOptions {
  readonly environments: number
  readonly steps: number
  /** Discount per step, gamma. */
  readonly discount: number
  /** Trace decay of generalised advantage estimation, lambda. */
  readonly trace: number
  /** Weight of the value loss. */
  readonly valueWeight: number
}

export interface UpdateOptions {
  /** One backward pass for all targets, or one after the other with the others held (BiCA Algorithm 1). */
  readonly jointly: boolean
  readonly epochs: number
  readonly minibatches: number
  /** Adam's step size. */
  readonly rate: Schedule
  /** Bound on the global norm of the gradient. */
  readonly clipNorm: number
}

/** A rule of the pupil's role, as a teacher. */
export interface Teacher extends Erring {
  readonly rule: string
}

/** Who is drawn to whom, in place of a reward. */
export interface Lesson {
  readonly pupil: { readonly name: string }
  readonly teacher: Teacher
}

/** A training in progress. */
export interface Training {
  /**
   * Runs `body` until it has run `times` times in all, with a checkpoint after every `checkpointEvery`; goes on from the newest checkpoint.
   * With `below` it ends after the first update that began with a loss below it.
   */
  readonly repeat: <E, R>(
    options: { readonly times: number; readonly checkpointEvery: number; readonly below?: number },
    body: Effect.Effect<void, E, R>
  ) => Effect.Effect<void, E | Failure, R | StageRun | Progress>
  readonly rollout: (options: RolloutOptions) => Effect.Effect<void, Failure>
  readonly update: (
    agents: ReadonlyArray<{ readonly name: string }>,
    options: UpdateOptions
  ) => Effect.Effect<void, Failure>
  /** One dual step for every budget of the objective, or for `budgets` only, with what the last epoch measured. */
  readonly ascend: Effect.Effect<void, Failure>
  /**
   * Hands over the artifacts: the weights as they are (`weights.safetensors`), as they were at the beginning (`weights.initial.safetensors`) and after
   * 90 % of the updates (`weights.late.safetensors`), and the learning curve (`curve.csv`).
   */
  readonly end: Effect.Effect<void, Failure, StageRun>
  /** The rows of the learning curve so far. */
  readonly curve: ReadonlyArray<Readonly<Record<string, number>>>
  /** The agents whose imitated weights this training began with and still has. */
  readonly inherited: ReadonlyArray<string>
}

/**
 * A row of the learning curve, `curve.csv`: one per update, empty where there was nothing to measure. Quantities of the update graph are
 * means over the minibatches of the last epoch, weighted by their size.
 *
 * - `update` from 0, `steps` of the environments so far; `episodes` that ended in the rollout, the share of them with `success` and
 *   their mean `length` in steps; `reward` per step, not scaled; `explained_variance` of the returns by the critic before the update,
 *   1 - Var(return - value) / Var(return).
 * - `loss`, with penalties and the critic's; `term.<name>` of every summand, not weighted, and its `weight.<name>` (a learned one as it is
 *   after the update, with `hypergradient.<name>`, the derivative of the task's loss with respect to it).
 * - `<name>.surrogate`, `.entropy` (nats), `.approximate_kl` (nats), `.clip_fraction` of every `ppo(<name>)`.
 * - `budget.<name>`, the quantity as measured, its `bound.<name>`, and `multiplier.<name>` after the ascent.
 * - `value`, the critic's mean squared error; `gradient_norm` over all groups of a pass and `gradient_norm.<group>`, before clipping.
 * - `temperature.<protocol>` and `rate`, of this update.
 *
 * Of an imitation `loss` is the cross entropy of the rollout before the update, and `teacher_entropy`, in nats, the part of it that no
 * pupil can do without; there is no critic.
 */
type Reading = Record<string, number>

/** The share of the updates after which the late weights are kept. */
const lateShare = 0.9

const State = Schema.Struct({
  steps: Schema.Int,
  adamSteps: Schema.Record(Schema.String, Schema.Int),
  multipliers: Schema.Record(Schema.String, Schema.Finite),
  /** Logarithms of the learned weights. */
  logWeights: Schema.Record(Schema.String, Schema.Finite),
  /** A row of the learning curve each, as `rowText` writes it. */
  curve: Schema.Array(Schema.String)
})
const decodeState = Schema.decodeUnknownEffect(State)

/**
 * A row of the curve as `success=0.5 loss=NaN`, every number as the shortest text that reads back as the same. A row is written once, so that a
 * checkpoint costs the same at the end of a training as at its beginning.
 */
const rowText = (row: Reading): string =>
  Object.entries(row)
    .map(([name, x]) => `${name}=${Object.is(x, -0) ? "-0" : x}`)
    .join(" ")

const rowOf = (text: string): Reading =>
  Object.fromEntries(
    text
      .split(" ")
      .filter((part) => part !== "")
      .map((part) => [part.slice(0, part.indexOf("=")), Number(part.slice(part.indexOf("=") + 1))])
  )

/** What an update needs of a rollout. */
interface Rollout {
  readonly environments: number
  readonly steps: number
  /** 0 where there is no critic. */
  readonly valueWeight: number
  /** What was played, by the names of the inputs that take rows of it. */
  readonly played: ReadonlyMap<string, Played>
}

/** Sums of what the gradient steps of an update said, over minibatches of `count` copies in all. */
type Sums = Map<string, { readonly total: number; readonly count: number }>

/** A gradient step whose outputs nobody has read. */
interface Submitted {
  readonly read: Effect.Effect<Outputs, EngineError>
  readonly compiled: UpdateGraph
  /** Copies in its minibatch. */
  readonly batch: number
  /** Whether it belongs to the last epoch, which is what the curve shows. */
  readonly counts: boolean
}

/** What plays the rollouts: made at the first rollout, kept until the stage ends. */
interface Stagehand {
  readonly worlds: Worlds
  readonly player: Player
  readonly episodes: Int32Array
  /** Steps that each copy's first episode began with. */
  readonly ages: Int32Array
  readonly outcome: StepOutcome
  readonly environments: number
}

/** The arrays that rollouts of `steps` steps in `environments` copies are played into, [steps, environments], rows time-major. */
const makeRolloutBuffer = (team: Team, environments: number, steps: number) => {
  const rows = environments * steps
  const { instructor, protocol } = team
  const numbers = (width = 1) => new Float32Array(rows * width)
  const record = makeRecord(team, rows)
  const draws = {
    action: numbers(),
    advice: numbers(instructor === undefined ? 0 : 1),
    codeNoise: numbers(protocol?.of.codes ?? 0),
    symbolNoise: numbers(protocol?.of.symbols ?? 0)
  }
  const speeches = ofEach(team.speakers, () => ({
    intent: numbers(),
    token: numbers(),
    channel: numbers(2),
    /** Whether the step may train the speaker's table. */
    plasticity: numbers()
  }))
  const drawsAt = (t: number): StepDraws => {
    const at = (array: Float32Array) => array.subarray((t * array.length) / steps, ((t + 1) * array.length) / steps)
    const { action, advice, codeNoise, symbolNoise } = draws
    return {
      speeches: ofEach(speeches, ({ channel, intent, token }): SpeechDraws => ({
        intent: at(intent),
        token: at(token),
        channel: at(channel)
      })),
      action: at(action),
      advice: at(advice),
      codeNoise: at(codeNoise),
      symbolNoise: at(symbolNoise)
    }
  }
  return {
    rows,
    record,
    draws,
    speeches,
    /** The parts of each step, as views. */
    steps: Array.from({ length: steps }, (_, t) => ({
      draws: drawsAt(t),
      record: recordAt(record, t, environments)
    })),
    done: numbers(),
    keep: numbers(),
    /** Scaled for learning. */
    reward: numbers(),
    state: new Float32Array((rows + environments) * team.environment.stateSize)
  }
}

/**
 * Starts a training of `agents` in `environment` under `objective`, from the initial weights; an agent that imitated before or was in the
 * team of a training before goes on with what it learned there, and if the objective freezes it, it plays so. With a `lesson` the pupil is all that is trained, everybody plays
 * with the weights that they have, and there is no critic.
 */
export const begin = Effect.fnUntraced(function* (options: {
  readonly environment: Environment
  readonly agents: ReadonlyArray<Agent>
  readonly modules?: Modules
  readonly objective: Objective
  readonly lesson?: Lesson
}): Effect.fn.Return<Training, Failure, StageRun | Engine | Progress | Scope.Scope> {
  const { environment, lesson, objective } = options
  const run = yield* StageRun
  const engine = yield* Engine
  const progress = yield* Progress
  const session: Session = yield* engine.open
  const team: Team = silence(
    yield* assemble(run.label, environment, options.agents, options.modules),
    objective.silencing ?? []
  )
  const { actor } = team
  const members = membersOf(team)
  const learners = learnersOf(team)
  const frozen = new Set(objective.freezing.map((agent) => agent.name))
  const inherited = yield* inheritedWeights(learners, team.criticLayout)
  const trained = new Set(
    learners
      .map(({ name }) => name)
      .filter((name) => (lesson === undefined ? !frozen.has(name) : name === lesson.pupil.name))
  )
  // who is silenced for good has nothing to run
  const held = new Set(
    learners
      .map(({ name }) => name)
      .filter((name) =>
        lesson === undefined
          ? frozen.has(name) && inherited.has(name) && team.silenced?.has(name) !== true
          : !trained.has(name)
      )
  )
  /** Whose network is run. */
  const learned = new Set([...trained, ...held])
  const groups: ReadonlyArray<Group> = [
    ...learners.filter(({ name }) => trained.has(name)).map(groupOf),
    ...(lesson === undefined ? [criticGroup(team)] : [])
  ]
  const heldGroups: ReadonlyArray<Group> = learners.filter(({ name }) => held.has(name)).map(groupOf)
  const stage = run.address
  const random = run.random

  const learnedWeights = objective.loss.flatMap(({ name, weight }) =>
    weight.kind === "hypergradient" ? [{ name: name ?? "", by: weight }] : []
  )
  /** What is kept of a group beside its parameters, zero at the start. */
  const carriedBy = (group: Group): ReadonlyArray<string> => [
    group.first,
    group.second,
    ...(group.layout === team.criticLayout ? [] : learnedWeights.map(({ name }) => tangentOf(group.layout.group, name)))
  ]
  /** The parameters that a group begins with. */
  const beginning = ({ layout }: Group): Float32Array =>
    Float32Array.from(inherited.get(layout.group) ?? initialise(layout, random, stage))
  for (const group of heldGroups)
    yield* session.write(group.parameters, { shape: [group.layout.size], data: beginning(group) })
  for (const group of groups) {
    const shape = [group.layout.size]
    yield* session.write(group.parameters, { shape, data: beginning(group) })
    for (const name of carriedBy(group))
      yield* session.write(name, { shape, data: new Float32Array(group.layout.size) })
  }

  // ---- what continues from update to update
  let update = 0
  let steps = 0
  const adamSteps = new Map(groups.map((group) => [group.layout.group, 0]))
  const multipliers = new Map(objective.within.map((budget) => [budget.name, budget.by.start]))
  const logWeights = new Map(learnedWeights.map(({ by, name }) => [name, start(by)]))
  /** Parameters by group after 90 % of the updates. */
  let late: ReadonlyMap<string, Float32Array> | undefined
  const curve: Array<Reading> = []
  const rows: Array<string> = []
  let reading: Reading = {}
  let hands: Stagehand | undefined
  let rollout: Rollout | undefined
  let rolloutBuffer: ReturnType<typeof makeRolloutBuffer> | undefined
  let resumed: Checkpoint | undefined
  let repeated = false
  const graphs = new Map<string, UpdateGraph>()

  const setUp = Effect.fnUntraced(function* (environments: number) {
    if (hands !== undefined) {
      if (hands.environments === environments) return hands
      return yield* new StageError({ stage: run.label, reason: "a stage rolls out one number of environments" })
    }
    const worlds = environment.worlds({ count: environments, random, stream: stage })
    const player = yield* makePlayer({
      session,
      team,
      worlds,
      noise: (speaker) => noiseIn(environment, speaker),
      greedy: false,
      learned,
      loaded: new Set()
    })
    const episodes = Int32Array.from({ length: environments }, (_, i) => i)
    // copies start at different ages, so that episodes do not end in lock step
    const drawn = new Float32Array(environments)
    random.uniform({ stage, purpose: "age", step: 0 }, drawn)
    const ages = Int32Array.from(drawn, (u) => Math.floor(u * environment.horizon * 0.75))
    const made: Stagehand = { worlds, player, episodes, ages, outcome: makeStepOutcome(environments), environments }
    const saved = resumed?.tensors
    if (saved === undefined) {
      worlds.reset(episodes)
      worlds.elapsed.set(ages)
    } else {
      const tensor = (name: string) => saved[name]?.data
      const integers: Record<string, Int32Array> = {}
      for (const [name, { data }] of Object.entries(saved)) {
        if (name.startsWith("worlds.") && data instanceof Int32Array) integers[name.slice("worlds.".length)] = data
      }
      episodes.set(tensor("episodes") ?? episodes)
      worlds.restore(integers)
      player.carried.keep.set(tensor("player.keep") ?? [])
      player.carried.collided.set(tensor("player.collided") ?? [])
      player.carried.entropy.set(tensor("player.entropy") ?? [])
      player.carried.collisions.set(tensor("player.collisions") ?? [])
      player.carried.rewards.set(tensor("player.rewards") ?? [])
      player.carried.past.set(tensor("player.past") ?? [])
      for (const member of members) {
        const data = tensor(hiddenOf(member, environments))
        if (learned.has(member.agent.name) && data instanceof Float32Array) {
          yield* session.write(hiddenOf(member, environments), {
            shape: [environments, member.agent.network.hidden],
            data
          })
        }
      }
    }
    hands = made
    return made
  })

  /** Values of `rows` states in one call. */
  const valuesOf = Effect.fnUntraced(function* (states: Float32Array, environments: number) {
    const rows = states.length / environment.stateSize
    const name = `critic.value.${rows}`
    if (!graphs.has(name)) {
      const g = makeBuilder()
      const output = value(
        team.criticLayout,
        g.state(criticGroup(team).parameters, [team.criticLayout.size]),
        g.input("state", [rows, environment.stateSize]),
        environments
      )
      const graph = makeGraph(name, { outputs: { value: output }, updates: {} })
      yield* session.load(graph)
      graphs.set(name, { graph, schedules: [], directions: [], inputs: ["state"], readings: [] })
    }
    const { value: values } = yield* session.run(name, { state: states })
    return values ?? new Float32Array(rows)
  })

  const pupil = lesson === undefined ? undefined : members.find(({ name }) => name === lesson.pupil.name)
  if (lesson !== undefined && pupil === undefined)
    return yield* new StageError({
      stage: run.label,
      reason: `${lesson.pupil.name}, who is to imitate, is not in the team`
    })

  /** What the teacher would choose where `worlds` are, into rows of probabilities [copies, choices]; returns the sum of its entropies. */
  const teach = (worlds: Worlds, out: Float32Array, { teacher }: Lesson, { choices, role }: Member): number => {
    const advice = new Int32Array(worlds.count)
    worlds.advise(role, teacher.rule, advice)
    const { advised, other } = teacherShares(teacher, choices)
    const certain = teacherEntropy(teacher, choices)
    let entropy = 0
    for (let i = 0; i < worlds.count; i++) {
      const choice = advice[i] ?? -1
      // where the rule advises nothing, every choice is as good
      out.fill(choice < 0 ? 1 / choices : other, i * choices, (i + 1) * choices)
      if (choice >= 0) out[i * choices + choice] = advised
      entropy += choice < 0 ? Math.log(choices) : certain
    }
    return entropy
  }

  /** Whether a step may train a speaker's table: where it is spoken to or advised, only a message or advice is such an event. */
  const mayUpdate = ({ hears, taught }: Speaker, record: StepRecord, i: number): boolean =>
    (!hears && !taught) || (hears && record.message[i] !== 0) || (taught && record.advice[i] !== 0)

  /** The values, returns and advantages of what was rolled out. */
  const judge = Effect.fnUntraced(function* (
    { done, reward, state }: ReturnType<typeof makeRolloutBuffer>,
    { discount, environments, trace }: RolloutOptions
  ) {
    const values = yield* valuesOf(state, environments)
    const { advantage, returns } = generalisedAdvantage({ reward, done, values, environments, discount, trace })
    // before the advantage is standardised: it is the return less the value
    const explained = explainedVariance(returns, advantage)
    standardise(advantage)
    return { values, advantage, returns, explained }
  })

  const roll: Training["rollout"] = Effect.fnUntraced(function* (options) {
    const { environments, steps: length } = options
    const { ages, episodes, outcome, player, worlds } = yield* setUp(environments)
    const rows = environments * length
    // a rollout is over when the next begins, which is played into the same arrays
    rolloutBuffer = rolloutBuffer?.rows === rows ? rolloutBuffer : makeRolloutBuffer(team, environments, length)
    const { done, draws, keep, record, reward, speeches, state } = rolloutBuffer
    const { codeNoise, symbolNoise, ...uniform } = draws
    for (const [purpose, out] of Object.entries(uniform)) random.uniform({ stage, purpose, step: update }, out)
    for (const [k, speech] of speeches.entries())
      for (const [purpose, out] of Object.entries(speech))
        random.uniform({ stage, purpose: purposeOf(purpose, k), step: update }, out)
    random.gumbel({ stage, purpose: "code", step: update }, codeNoise)
    random.gumbel({ stage, purpose: "symbol", step: update }, symbolNoise)
    done.fill(0)
    yield* player.refresh
    const none = new Float32Array(0)
    const memories = new Map<string, Float32Array>()
    for (const member of members) if (learned.has(member.name)) memories.set(member.name, yield* player.memory(member))
    const memoryOf = ({ name }: Member) => memories.get(name) ?? none
    let ended = 0
    let succeeded = 0
    let lengths = 0
    const teacher = new Float32Array(pupil === undefined ? 0 : rows * pupil.choices)
    let teacherEntropies = 0
    for (const [t, one] of rolloutBuffer.steps.entries()) {
      const from = t * environments
      worlds.state(state, from * environment.stateSize)
      if (lesson !== undefined && pupil !== undefined) {
        const { choices } = pupil
        const there = teacher.subarray(from * choices, (from + environments) * choices)
        teacherEntropies += teach(worlds, there, lesson, pupil)
      }
      yield* player.step(one.draws, one.record, outcome)
      let any = false
      for (let e = 0; e < environments; e++) {
        reward[from + e] = (outcome.reward[e] ?? 0) * environment.rewardScale
        if (outcome.done[e] !== 1) continue
        any = true
        done[from + e] = 1
        ended++
        succeeded += outcome.succeeded[e] ?? 0
        // the first episode of a copy has not taken the steps that it began with
        lengths += (worlds.elapsed[e] ?? 0) - (episodes[e] === e ? (ages[e] ?? 0) : 0)
        episodes[e] = (episodes[e] ?? 0) + environments
      }
      if (any) {
        worlds.reset(episodes, outcome.done)
        player.restart(outcome.done)
      }
    }
    worlds.state(state, rows * environment.stateSize)
    const judged = lesson === undefined ? yield* judge(rolloutBuffer, options) : undefined
    for (let i = 0; i < rows; i++) keep[i] = 1 - (done[i] ?? 0)
    for (const [k, speaker] of team.speakers.entries()) {
      const plastic = speeches[k]?.plasticity ?? none
      const chance = speaker.agent.protocol?.update ?? 1
      for (let i = 0; i < rows; i++) plastic[i] = (plastic[i] ?? 0) < chance && mayUpdate(speaker, record, i) ? 1 : 0
    }
    const numbers = (data: Float32Array, steps = length) => ({
      data,
      steps,
      copies: environments,
      width: data.length / (steps * environments)
    })
    const oneHot = (data: Int32Array, width: number) => ({ data, steps: length, copies: environments, width })
    const played = {
      keep: numbers(keep),
      ...(judged === undefined
        ? { teacher: numbers(teacher) }
        : {
            advantage: numbers(judged.advantage),
            returns: numbers(judged.returns),
            value: numbers(judged.values.subarray(0, rows))
          }),
      reward: numbers(reward),
      state: numbers(state.subarray(0, rows * environment.stateSize)),
      "actor.input": numbers(record.actorInput),
      "actor.memory": numbers(memoryOf(actor), 1),
      "actor.choice": oneHot(record.action, actor.choices),
      "actor.log_probability": numbers(record.actorLogProbability),
      ...Object.fromEntries(
        team.speakers.flatMap((speaker, k) => {
          const speech = record.speeches[k]
          if (speech === undefined) return []
          return Object.entries({
            input: numbers(speech.input),
            memory: numbers(memoryOf(speaker), 1),
            prior: numbers(speech.prior),
            row: oneHot(speech.row, tableRows(speaker)),
            intent: oneHot(speech.intent, speaker.choices),
            token: oneHot(speech.token, speaker.symbols.length + 1),
            plastic: numbers(speeches[k]?.plasticity ?? none),
            log_probability: numbers(speech.logProbability)
          }).map(([name, of]) => [`${speakerPrefix(k)}.${name}`, of] as const)
        })
      ),
      "protocol.context": numbers(record.context),
      "protocol.code_noise": numbers(codeNoise),
      "protocol.symbol_noise": numbers(symbolNoise),
      "instructor.choice": oneHot(record.advice, adviceOutcomes(team)),
      "instructor.log_probability": numbers(record.adviceLogProbability),
      ...(record.past.length === 0 ? {} : { "instructor.past": numbers(record.past) })
    }
    const data: Rollout = {
      environments,
      steps: length,
      valueWeight: options.valueWeight,
      played: new Map(Object.entries(played).map(([name, of]) => [name, { name, ...of }]))
    }
    rollout = data
    steps += rows
    let total = 0
    for (const r of reward) total += r
    reading = {
      update,
      steps,
      episodes: ended,
      success: ended === 0 ? Number.NaN : succeeded / ended,
      length: ended === 0 ? Number.NaN : lengths / ended,
      reward: total / rows / environment.rewardScale,
      ...(judged === undefined
        ? { loss: yield* lossOf(data), teacher_entropy: teacherEntropies / rows }
        : { explained_variance: judged.explained })
    }
  })

  const graphFor = Effect.fnUntraced(function* (
    data: Rollout,
    targets: ReadonlyArray<Learner>,
    trainCritic: boolean,
    batch: number,
    clipNorm: number
  ) {
    const moved = [...targets.map((target) => target.name), ...(trainCritic ? ["critic"] : [])].join("+")
    const { steps, valueWeight } = data
    // everything that the graph is made from: a stage may update in more ways than one
    const name = `update.${moved}.${steps}x${batch}.clip ${clipNorm}.value ${valueWeight}`
    const known = graphs.get(name)
    if (known !== undefined) return known
    const made = yield* Effect.try({
      try: () =>
        updateGraph(name, { team, objective, targets, trainCritic, held, steps, batch, valueWeight, clipNorm }),
      catch: (cause) =>
        new StageError({ stage: run.label, reason: cause instanceof Error ? cause.message : String(cause) })
    })
    yield* session.load(made.graph)
    graphs.set(name, made)
    return made
  })

  /** The loss of a whole rollout with the weights as they are. */
  const lossOf = Effect.fnUntraced(function* (data: Rollout) {
    const compiled = yield* graphFor(data, [], false, data.environments, 1)
    const chosen = Int32Array.from({ length: data.environments }, (_, i) => i)
    const feeds: Record<string, Feed> = {}
    for (const name of compiled.inputs) {
      const of = data.played.get(name)
      if (of !== undefined) feeds[name] = { of, chosen }
    }
    for (const { input, schedule } of compiled.schedules) feeds[input] = Float32Array.of(at(schedule, update))
    const { loss } = yield* session.run(compiled.graph.name, feeds)
    const measured = loss?.[0] ?? Number.NaN
    if (Number.isFinite(measured)) return measured
    return yield* new Diverged({ stage: run.label, update, quantity: "loss", value: String(measured) })
  })

  /** `count` unit vectors of `d` numbers as columns, [d, count]. */
  const unitDirections = (d: number, count: number, purpose: string, at: number): Float32Array => {
    const out = new Float32Array(d * count)
    random.normal({ stage, purpose, step: at }, out)
    for (let c = 0; c < count; c++) {
      let norm = 0
      for (let i = 0; i < d; i++) norm += (out[i * count + c] ?? 0) ** 2
      norm = Math.sqrt(norm)
      for (let i = 0; i < d; i++) out[i * count + c] = (out[i * count + c] ?? 0) / norm
    }
    return out
  }

  /** Reads what a gradient step gave, and adds what counts for the curve to `sums`. */
  const settle = Effect.fnUntraced(function* ({ batch, compiled, counts, read }: Submitted, sums: Sums) {
    const result = yield* read
    const values = compiled.readings.map((name) => ({ name, x: result[name]?.[0] ?? Number.NaN }))
    if (values.some(({ x }) => !Number.isFinite(x))) {
      // the part that went wrong says more than the loss that it is part of
      const parts = values.filter(({ name }) => name !== "loss" && !/^(gradient_norm|hypergradient)\b/.test(name))
      const wrong = [...parts, ...values].find(({ x }) => !Number.isFinite(x)) ?? { name: "loss", x: Number.NaN }
      return yield* new Diverged({ stage: run.label, update, quantity: wrong.name, value: String(wrong.x) })
    }
    for (const { by, name } of learnedWeights) {
      const h = result[`hypergradient.${name}`]?.[0]
      if (h !== undefined) logWeights.set(name, move(by, logWeights.get(name) ?? start(by), h))
    }
    if (!counts) return
    for (const { name, x } of values) {
      const sum = sums.get(name) ?? { total: 0, count: 0 }
      sums.set(name, { total: sum.total + x * batch, count: sum.count + batch })
    }
  })

  const step: Training["update"] = Effect.fnUntraced(function* (agents, options) {
    const data = rollout
    if (data === undefined)
      return yield* new StageError({ stage: run.label, reason: "an update needs a rollout before it" })
    const targets = agents.flatMap((agent) => learners.filter(({ name }) => name === agent.name && trained.has(name)))
    const passes = options.jointly ? [targets] : targets.map((target) => [target])
    if (data.environments < options.minibatches) {
      return yield* new StageError({
        stage: run.label,
        reason: `${data.environments} environments cannot be divided into ${options.minibatches} minibatches`
      })
    }
    const sums: Sums = new Map()
    const unread: Array<Submitted> = []
    for (let epoch = 0; epoch < options.epochs; epoch++) {
      const order = random.permutation(
        { stage, purpose: "minibatch", step: update * options.epochs + epoch },
        data.environments
      )
      for (let k = 0, from = 0; k < options.minibatches; k++) {
        // where they do not divide evenly the first ones are larger by one
        const batch =
          Math.floor(data.environments / options.minibatches) + (k < data.environments % options.minibatches ? 1 : 0)
        const chosen = order.subarray(from, from + batch)
        from += batch
        for (const [p, pass] of passes.entries()) {
          const trainCritic = p === 0 && lesson === undefined
          const compiled = yield* graphFor(data, pass, trainCritic, batch, options.clipNorm)
          const feeds: Record<string, Float32Array> = {}
          const moved = [...pass.map(({ name }) => name), ...(trainCritic ? ["critic"] : [])]
          for (const group of moved) {
            const n = (adamSteps.get(group) ?? 0) + 1
            adamSteps.set(group, n)
            feeds[`first_correction.${group}`] = Float32Array.of(1 / (1 - adam.first ** n))
            feeds[`second_correction.${group}`] = Float32Array.of(1 / (1 - adam.second ** n))
          }
          feeds.rate = Float32Array.of(at(options.rate, update))
          for (const { count, d, input } of compiled.directions)
            feeds[input] = unitDirections(d, count, input, (update * options.epochs + epoch) * options.minibatches + k)
          for (const { input, schedule } of compiled.schedules) feeds[input] = Float32Array.of(at(schedule, update))
          for (const { by, name } of learnedWeights)
            feeds[weightOf(name)] = Float32Array.of(weightAt(by, logWeights.get(name) ?? start(by)))
          for (const [name, multiplier] of multipliers) feeds[`multiplier.${name}`] = Float32Array.of(multiplier)
          const needed: Record<string, Feed> = {}
          for (const name of compiled.inputs) {
            const of = data.played.get(name)
            const feed = feeds[name] ?? (of === undefined ? undefined : { of, chosen })
            if (feed !== undefined) needed[name] = feed
          }
          const read = yield* session.submit(compiled.graph.name, needed)
          const submitted = { read, compiled, batch, counts: epoch === options.epochs - 1 }
          // a device is waited for once in an update, unless what it says decides what it does next
          if (learnedWeights.length > 0) yield* settle(submitted, sums)
          else unread.push(submitted)
        }
      }
    }
    for (const submitted of unread) yield* settle(submitted, sums)
    const means = Object.fromEntries(
      // the loss of an imitation is that of the rollout, before the pupil was corrected
      [...sums].flatMap(([name, { count, total }]) =>
        lesson !== undefined && name === "loss" ? [] : [[name, total / count] as const]
      )
    )
    const weights = objective.loss.flatMap(({ name, weight }) =>
      name === undefined
        ? []
        : [
            [
              weightOf(name),
              weight.kind === "hypergradient"
                ? weightAt(weight, logWeights.get(name) ?? start(weight))
                : at(weight, update)
            ] as const
          ]
    )
    reading = { ...reading, ...means, ...Object.fromEntries(weights) }
    if (team.protocol !== undefined && trained.has(team.protocol.name))
      reading = { ...reading, [`temperature.${team.protocol.name}`]: at(team.protocol.of.temperature, update) }
    reading = { ...reading, rate: at(options.rate, update) }
  })

  const ascendAll: Training["ascend"] = Effect.sync(() => {
    for (const budget of objective.within) {
      const quantity = reading[`budget.${budget.name}`]
      if (quantity === undefined) continue
      const next = ascend(budget.by, multipliers.get(budget.name) ?? 0, quantity, budget.atMost)
      multipliers.set(budget.name, next)
      reading = { ...reading, [`multiplier.${budget.name}`]: next, [`bound.${budget.name}`]: budget.atMost }
    }
  })

  /** The state of the training as it is: nothing in it changes when the training goes on. */
  const snapshot = Effect.fnUntraced(function* () {
    const tensors: Record<string, StoredTensor> = {}
    for (const group of groups) {
      for (const name of [group.parameters, ...carriedBy(group)]) {
        tensors[name] = { shape: [group.layout.size], data: yield* session.read(name) }
      }
      const kept = late?.get(group.layout.group)
      if (kept !== undefined) tensors[`late.${group.layout.group}`] = { shape: [group.layout.size], data: kept }
    }
    if (hands !== undefined) {
      const { environments, episodes, player, worlds } = hands
      for (const [name, data] of Object.entries(worlds.save()))
        tensors[`worlds.${name}`] = { shape: [data.length], data }
      tensors.episodes = { shape: [environments], data: Int32Array.from(episodes) }
      tensors["player.keep"] = { shape: [environments], data: Float32Array.from(player.carried.keep) }
      tensors["player.collided"] = { shape: [environments], data: Uint8Array.from(player.carried.collided) }
      tensors["player.entropy"] = { shape: [environments], data: Float32Array.from(player.carried.entropy) }
      for (const name of ["collisions", "rewards"] as const) {
        const data = Float32Array.from(player.carried[name])
        tensors[`player.${name}`] = { shape: [data.length], data }
      }
      if (player.carried.past.length > 0) {
        const data = Float32Array.from(player.carried.past)
        tensors["player.past"] = { shape: [data.length], data }
      }
      for (const member of members) {
        if (!learned.has(member.agent.name)) continue
        const name = hiddenOf(member, environments)
        tensors[name] = { shape: [environments, member.agent.network.hidden], data: yield* session.read(name) }
      }
    }
    const checkpoint: Checkpoint = {
      update,
      tensors,
      state: {
        steps,
        adamSteps: Object.fromEntries(adamSteps),
        multipliers: Object.fromEntries(multipliers),
        logWeights: Object.fromEntries(logWeights),
        curve: [...rows]
      }
    }
    return checkpoint
  })

  const restore = Effect.fnUntraced(function* (checkpoint: Checkpoint) {
    const state = yield* decodeState(checkpoint.state).pipe(
      Effect.mapError(
        () =>
          new StageError({
            stage: run.label,
            reason:
              "the checkpoint was written by another version of bica: resume the run with that one, or begin it anew in another folder (--runs)"
          })
      )
    )
    resumed = checkpoint
    update = checkpoint.update
    steps = state.steps
    for (const [name, n] of Object.entries(state.adamSteps)) adamSteps.set(name, n)
    for (const [name, x] of Object.entries(state.multipliers)) multipliers.set(name, x)
    for (const [name, x] of Object.entries(state.logWeights)) logWeights.set(name, x)
    curve.length = 0
    rows.length = 0
    rows.push(...state.curve)
    curve.push(...rows.map(rowOf))
    reading = curve.at(-1) ?? {}
    const kept = new Map<string, Float32Array>()
    for (const group of groups) {
      const tensor = checkpoint.tensors[`late.${group.layout.group}`]
      if (tensor?.data instanceof Float32Array) kept.set(group.layout.group, tensor.data)
      for (const name of [group.parameters, ...carriedBy(group)]) {
        const tensor = checkpoint.tensors[name]
        if (tensor === undefined || !(tensor.data instanceof Float32Array)) {
          return yield* new StageError({ stage: run.label, reason: `the checkpoint has no tensor ${name}` })
        }
        yield* session.write(name, { shape: tensor.shape, data: tensor.data })
      }
    }
    if (kept.size === groups.length) late = kept
  })

  /** The parameters of every group as they are. */
  const parametersNow = Effect.gen(function* () {
    const vectors = new Map<string, Float32Array>()
    for (const group of groups)
      vectors.set(group.layout.group, Float32Array.from(yield* session.read(group.parameters)))
    return vectors
  })

  /** The bytes of a safetensors file with the parameters by `<group>.<parameter>`. */
  const weightsOf = (vectors: ReadonlyMap<string, Float32Array>) => {
    const weights: Record<string, StoredTensor> = {}
    for (const group of [...groups, ...heldGroups]) {
      const { layout } = group
      // what is held is what it was
      const vector = vectors.get(layout.group) ?? beginning(group)
      for (const { name, offset, shape, size } of layout.entries)
        weights[`${layout.group}.${name}`] = { shape, data: vector.slice(offset, offset + size) }
    }
    return Effect.orDie(Effect.fromResult(encode(weights)))
  }

  const duals = (): ReadonlyArray<DualReading> =>
    objective.within.map((budget) => ({
      name: budget.name,
      value: multipliers.get(budget.name) ?? 0,
      quantity: reading[`budget.${budget.name}`] ?? Number.NaN,
      bound: budget.atMost,
      unit: budget.unit
    }))

  return {
    repeat: Effect.fnUntraced(function* ({ below, checkpointEvery, times }, body) {
      // a second one would go back to the newest checkpoint of the first
      if (repeated) return yield* new StageError({ stage: run.label, reason: "a stage repeats one body" })
      repeated = true
      const latest = yield* run.folder.latest
      if (Option.isSome(latest)) yield* restore(latest.value)
      // the beginning of a training is that of the weights that a whole imitation hands over
      const last = lesson === undefined ? Math.min(times, run.updates ?? times) : times
      yield* progress.report({ _tag: "StageStarted", label: run.label, updates: last, from: update })
      const began = yield* Clock.currentTimeMillis
      const beganSteps = steps
      const first = update
      /** An imitation ends when its bound is met, so that nobody knows which its late updates are. */
      const lateAt = lesson === undefined ? Math.floor(lateShare * last) : Number.NaN
      const met = () => below !== undefined && (reading.loss ?? Number.NaN) < below
      /** The checkpoint that is on its way to the disk while the training goes on, and the update that it is of. */
      let writing: Fiber.Fiber<void, StoreError> | undefined
      let kept = update
      const settled = Effect.suspend(() => (writing === undefined ? Effect.void : Fiber.join(writing)))
      const save = Effect.gen(function* () {
        // one at a time, and a disk that took none is noticed before the next
        yield* settled
        const checkpoint = yield* snapshot()
        kept = update
        writing = yield* Effect.forkChild(run.folder.checkpoint(checkpoint))
      })
      const once = Effect.gen(function* () {
        if (update === lateAt) late = yield* parametersNow
        yield* body
        curve.push(reading)
        rows.push(rowText(reading))
        update++
        const elapsed = Math.max(1, (yield* Clock.currentTimeMillis) - began) / 1000
        yield* progress.report({
          _tag: "Update",
          label: run.label,
          update,
          updates: last,
          steps,
          stepsPerSecond: (steps - beganSteps) / elapsed,
          success: reading.success ?? Number.NaN,
          duals: duals(),
          ...(lesson === undefined
            ? {}
            : { imitation: { loss: reading.loss ?? Number.NaN, ...(below === undefined ? {} : { bound: below }) } }),
          secondsLeft: (elapsed / (update - first)) * (last - update)
        })
        if (update % checkpointEvery === 0 && update < last && !met()) yield* save
      })
      // who stops a training waits for the update that runs, and what has been trained by then is kept
      const stopped = Effect.suspend(() =>
        Effect.andThen(settled, update > kept && update < last ? Effect.andThen(save, settled) : Effect.void)
      ).pipe(Effect.catch((error) => Effect.logWarning(`no checkpoint could be written: ${error.message}`)))
      yield* Effect.gen(function* () {
        while (update < last && !met()) yield* Effect.uninterruptible(once)
        yield* settled
      }).pipe(
        Effect.onInterrupt(() => stopped),
        // also of a training that fails the last checkpoint is whole
        Effect.ensuring(Effect.suspend(() => (writing === undefined ? Effect.void : Fiber.await(writing))))
      )
    }),
    rollout: roll,
    update: step,
    ascend: ascendAll,
    end: Effect.gen(function* () {
      const initial = new Map(groups.map((group) => [group.layout.group, beginning(group)]))
      const now = yield* parametersNow
      yield* run.artifact("weights.initial.safetensors", yield* weightsOf(initial))
      if (lesson === undefined) yield* run.artifact("weights.late.safetensors", yield* weightsOf(late ?? now))
      yield* run.artifact("weights.safetensors", yield* weightsOf(now))
      yield* run.artifact("curve.csv", new TextEncoder().encode(curveCsv(curve)))
    }),
    curve,
    inherited: [...inherited.keys()].filter((name) => learned.has(name))
  }
})

/** The learning curve as CSV: one row per update, empty where there was nothing to measure. */
const curveCsv = (curve: ReadonlyArray<Reading>): string => {
  const columns = [...new Set(curve.flatMap((row) => Object.keys(row)))]
  const lines = curve.map((row) =>
    columns
      .map((name) => {
        const x = row[name]
        return x === undefined || Number.isNaN(x) ? "" : String(x)
      })
      .join(",")
  )
  return [columns.join(","), ...lines, ""].join("\n")
}
