/**
 * One gradient step as one graph: both policies through the segment, the objective's loss with its budgets, the value loss, the
 * gradient, its clipping and Adam.
 */
import { advise, decision } from "../agent/Instructor.ts"
import { applyMapper } from "../agent/Mapper.ts"
import { parametersOf, silent } from "../agent/Player.ts"
import { contextSize, generate } from "../agent/Protocol.ts"
import { parameter, policySequence, value } from "../agent/Network.ts"
import type { Layout, PolicyOutput } from "../agent/Network.ts"
import { adviceOutcomes, isSilenced, tableRows, teamPastSize } from "../agent/Team.ts"
import type { Learner, Member, Speaker, Team } from "../agent/Team.ts"
import { makeBuilder } from "../graph/Build.ts"
import { gradients } from "../graph/Differentiate.ts"
import type { Graph, Node } from "../graph/Graph.ts"
import { inputsOf, makeGraph } from "../graph/Graph.ts"
import {
  add,
  concat,
  div,
  logSoftmax,
  matmul,
  mean,
  minimum,
  mul,
  reshape,
  select,
  slice,
  sqrt,
  square,
  stopGradient,
  sub,
  sum
} from "../graph/Operations.ts"
import { penalty } from "../loss/Budget.ts"
import type { Factors, LossContext, Schedule, View } from "../loss/Expression.ts"
import type { Objective } from "../loss/Objective.ts"
import { adam } from "./Adam.ts"
import type { AdamStep } from "./Hypergradient.ts"
import { scaleTangent, stepTangent, tangentOf, weightOf } from "./Hypergradient.ts"

/** A group of parameters that an update moves. */
export interface Group {
  readonly layout: Layout
  readonly parameters: string
  readonly first: string
  readonly second: string
}

/** The group of a learner's parameters. */
export const groupOf = (learner: Learner): Group => ({
  layout: learner.layout,
  parameters: parametersOf(learner),
  first: `${learner.name}.first_moment`,
  second: `${learner.name}.second_moment`
})

/** The group of the central critic. */
export const criticGroup = (team: Team): Group => groupOf({ name: "critic", layout: team.criticLayout })

/** A graph and what the host must feed beside the batch. */
export interface UpdateGraph {
  readonly graph: Graph
  readonly schedules: ReadonlyArray<{ readonly input: string; readonly schedule: Schedule }>
  /** Random unit directions [d, count] that it asks for. */
  readonly directions: ReadonlyArray<{ readonly input: string; readonly d: number; readonly count: number }>
  /** Names of the inputs that it must be fed. */
  readonly inputs: ReadonlyArray<string>
  /** Names of the scalar outputs, `loss` first. */
  readonly readings: ReadonlyArray<string>
}

/** Under which name a rollout keeps what speaker number `place` did. */
export const speakerPrefix = (place: number): string => (place === 0 ? "speaker" : `speaker.${place + 1}`)

/** log pi(choice) from logits and one-hot choices, [rows, n] -> [rows, 1]. */
const logProbability = (logits: Node, chosen: Node): Node =>
  sum(mul(logSoftmax(logits), chosen), { axes: [1], keep: true })

/**
 * Builds the graph for minibatches of `batch` copies and `steps` steps, moving `targets` (and the critic with `trainCritic`). Where nothing
 * is moved the loss is only measured. What the objective freezes follows its prior or keeps silent, unless it is among `held`: then it
 * plays with the weights that it has.
 * Throws when the objective cannot be built: it reads an agent that is not in the team, or its quantities do not fit each other.
 */
export const updateGraph = (
  name: string,
  options: {
    readonly team: Team
    readonly objective: Objective
    readonly targets: ReadonlyArray<Learner>
    readonly trainCritic: boolean
    readonly held?: ReadonlySet<string>
    readonly steps: number
    readonly batch: number
    readonly valueWeight: number
    readonly clipNorm: number
  }
): UpdateGraph => {
  const { batch, objective, steps, targets, team } = options
  const { actor } = team
  const rows = batch * steps
  const g = makeBuilder()
  const keep = g.input("keep", [steps, batch])
  const frozen = new Set(objective.freezing.map((agent) => agent.name))
  const absent = new Set([...frozen].filter((name) => options.held?.has(name) !== true))
  const column = (input: string) => g.input(input, [rows, 1])

  const vector = (learner: Learner) => g.state(parametersOf(learner), [learner.layout.size])
  const sequence = (member: Member, prefix: string, observation: Node) =>
    policySequence(member.layout, vector(member), {
      observation,
      initial: g.input(`${prefix}.memory`, [batch, member.agent.network.hidden]),
      keep
    })
  /** What an agent's rollout recorded of its input; under silence as if nobody had said anything. */
  const recorded = (member: Member, prefix: string, view: View | undefined): Node => {
    const input = g.input(`${prefix}.input`, [rows, member.recorded])
    if (view !== "silence" || member.ears.length === 0) return input
    const nothing = member.ears.map(({ width }) => {
      // silence is the last of what may be heard
      const data = new Float32Array(rows * width).map((_, i) => ((i + 1) % width === 0 ? 1 : 0))
      return g.constant(data, [rows, width])
    })
    return concat([slice(input, 1, 0, member.observationSize), ...nothing], 1)
  }
  const once = <A>(make: () => A): (() => A) => {
    let made: { readonly value: A } | undefined
    return () => (made ??= { value: make() }).value
  }
  const trained = <A extends Learner>(part: A | undefined): A | undefined =>
    part === undefined || absent.has(part.name) ? undefined : part
  const schedules: Array<{ readonly input: string; readonly schedule: Schedule }> = []
  const directions: Array<{ readonly input: string; readonly d: number; readonly count: number }> = []
  const scheduled = (schedule: Schedule) => {
    const input = `schedule.${schedules.length}`
    schedules.push({ input, schedule })
    return g.input(input, [])
  }
  const protocolOutput = once(() => {
    const part = trained(team.protocol)
    if (part === undefined) throw new Error(`the objective ${objective.name} reads a protocol that it does not train`)
    const { codes, symbols, temperature } = part.of
    return generate(part.layout, vector(part), {
      context: g.input("protocol.context", [rows, contextSize(actor.observationSize)]),
      codeNoise: g.input("protocol.code_noise", [rows, codes]),
      symbolNoise: g.input("protocol.symbol_noise", [rows, symbols]),
      temperature: scheduled(temperature)
    })
  })
  /** What the instructor gave, one-hot. */
  const given = (): Node => g.input("instructor.choice", [rows, adviceOutcomes(team)])

  /** An agent in the graph: what its rollout recorded goes by `prefix`. */
  interface Side {
    readonly member: Member
    readonly prefix: string
    readonly output: (view?: View) => PolicyOutput
    readonly prior: () => Factors
    readonly policy: (view?: View) => Factors
    /** What it chose, one-hot, factor by factor. */
    readonly chosen: () => ReadonlyArray<Node>
    /** What later parts of a loss read of it. */
    readonly latent: (output: PolicyOutput) => Node
  }
  /** What is made under each view at most once. */
  const perView = <A>(make: (view: View | undefined) => A): ((view?: View) => A) => {
    const made = new Map<View | undefined, A>()
    return (view) => {
      const known = made.get(view)
      if (known !== undefined) return known
      const now = make(view)
      made.set(view, now)
      return now
    }
  }
  const actorSide = (): Side => {
    const prefix = "actor"
    const output = perView((view) => sequence(actor, prefix, recorded(actor, prefix, view)))
    return {
      member: actor,
      prefix,
      output,
      prior: () => ({ logits: [g.constant(new Float32Array(rows * actor.choices), [rows, actor.choices])] }),
      policy: perView((view) => ({ logits: [output(view).logits] })),
      chosen: () => [g.input("actor.choice", [rows, actor.choices])],
      // z^A is the encoder's output, z^H the recurrent state (MAPTALK.md section 1, L_rep)
      latent: ({ encoding }) => encoding
    }
  }
  const speakerSide = (speaker: Speaker, place: number): Side => {
    const prefix = speakerPrefix(place)
    const width = speaker.symbols.length + 1
    const table = tableRows(speaker)
    const output = perView((view) => {
      const own = recorded(speaker, prefix, view)
      const inputs = [own]
      // the message is generated anew, so that the generator learns from what the speaker makes of it (Foerster et al. 2016)
      if (speaker.hears)
        inputs.push(
          view === "silence" ||
            team.protocol === undefined ||
            trained(team.protocol) === undefined ||
            isSilenced(team, team.protocol)
            ? silent(g, rows, team.protocol?.of.symbols ?? 1)
            : protocolOutput().message
        )
      if (speaker.taught)
        inputs.push(
          view === "unadvised" || trained(team.instructor) === undefined ? silent(g, rows, speaker.adviceSize) : given()
        )
      return sequence(speaker, prefix, inputs.length === 1 ? own : concat(inputs, 1))
    })
    const rowOneHot = () => g.input(`${prefix}.row`, [rows, table])
    const priorRow = once(() => matmul(rowOneHot(), g.constant(speaker.tablePrior, [table, width])))
    const priorIntent = () => g.input(`${prefix}.prior`, [rows, speaker.choices])
    return {
      member: speaker,
      prefix,
      output,
      prior: () => ({ logits: [priorIntent(), priorRow()] }),
      policy: perView((view) => {
        const intent = add(output(view).logits, priorIntent())
        const logits = parameter(speaker.layout, g.state(parametersOf(speaker), [speaker.layout.size]), "table")
        const residual = matmul(rowOneHot(), logits)
        // plasticity: the value is the same at every step, the gradient comes from the steps that train the table
        const row = select(g.input(`${prefix}.plastic`, [rows, 1]), residual, stopGradient(residual))
        return { logits: [intent, add(priorRow(), row)] }
      }),
      chosen: () => [g.input(`${prefix}.intent`, [rows, speaker.choices]), g.input(`${prefix}.token`, [rows, width])],
      latent: ({ states }) => states
    }
  }
  const sides = [actorSide(), ...team.speakers.map(speakerSide)]
  const sideOf = (agent: string): Side => {
    const side = sides.find(({ member }) => member.name === agent)
    if (side === undefined) throw new Error(`the objective ${objective.name} reads ${agent}, who is not in the team`)
    return side
  }
  const adviceLogits = once(() => {
    const part = trained(team.instructor)
    if (part === undefined)
      throw new Error(`the objective ${objective.name} reads an instructor that it does not train`)
    const { member, output, prefix } = sideOf(part.of.agent)
    const initial = g.input(`${prefix}.memory`, [batch, member.agent.network.hidden])
    const kept = mul(output().states, reshape(keep, [rows, 1]))
    const before = steps === 1 ? initial : concat([initial, slice(kept, 0, 0, rows - batch)], 0)
    const size = teamPastSize(team)
    return advise(
      part.layout,
      vector(part),
      g.input("state", [rows, team.environment.stateSize]),
      stopGradient(before),
      size === 0 ? undefined : g.input("instructor.past", [rows, size])
    )
  })
  const policyUnder = (view: View | undefined) => (agent: string) =>
    absent.has(agent) ? sideOf(agent).prior() : sideOf(agent).policy(view)

  const records = new Map<string, Node>()
  const named = (name: string, part: Learner | undefined) => {
    if (part?.name !== name) throw new Error(`the objective ${objective.name} reads ${name}, which is not in the team`)
  }
  /** What was chosen, one-hot, factor by factor. */
  const chosenBy = (agent: string): ReadonlyArray<Node> =>
    agent === team.instructor?.name ? [given()] : sideOf(agent).chosen()
  const logProbabilityOf = (agent: string, view?: View): Node => {
    if (agent === team.instructor?.name) {
      return logProbability(decision(adviceLogits()), given())
    }
    const { logits } = policyUnder(view)(agent)
    const chosen = chosenBy(agent)
    return logits.map((factor, k) => logProbability(factor, chosen[k] ?? factor)).reduce((a, b) => add(a, b))
  }
  const latentUnder = (view: View | undefined) => (agent: string) => {
    const { latent, output } = sideOf(agent)
    return latent(output(view))
  }
  const context: LossContext = {
    policy: policyUnder(undefined),
    prior: (agent) => sideOf(agent).prior(),
    latent: latentUnder(undefined),
    protocol: (name) => {
      named(name, team.protocol)
      return protocolOutput()
    },
    instructor: (name) => {
      named(name, team.instructor)
      return adviceLogits()
    },
    mapped: (name, latent) => {
      named(name, team.mapper)
      return team.mapper === undefined ? latent : applyMapper(team.mapper.layout, vector(team.mapper), latent)
    },
    directions: (d, count) => {
      const input = `directions.${directions.length}`
      directions.push({ input, d, count })
      return g.input(input, [d, count])
    },
    logProbability: (agent) => logProbabilityOf(agent),
    oldLogProbability: (agent) =>
      column(
        agent === team.instructor?.name ? "instructor.log_probability" : `${sideOf(agent).prefix}.log_probability`
      ),
    chosen: (agent) => chosenBy(agent),
    logRatio: (agent) => {
      if (frozen.has(agent)) return g.constant(new Float32Array(rows), [rows, 1])
      const now = logProbabilityOf(agent)
      return sub(now, context.oldLogProbability(agent))
    },
    taught: (agent) => g.input("teacher", [rows, sideOf(agent).member.choices]),
    advantage: column("advantage"),
    earned: (what) => column(what === "return" ? "returns" : what),
    segment: () => ({ steps, copies: batch, keep }),
    number: (x) => g.scalar(x),
    scheduled,
    record: (label, node) => void records.set(label, node),
    viewed: (view) => {
      const known = views.get(view)
      if (known !== undefined) return known
      const made = contextUnder(view)
      views.set(view, made)
      return made
    }
  }
  const views = new Map<View, LossContext>()
  /** The context in which the agents read another view of the same steps; what they did and earned is what it was. */
  const contextUnder = (view: View): LossContext => ({
    ...context,
    policy: policyUnder(view),
    latent: latentUnder(view),
    logProbability: (agent) => logProbabilityOf(agent, view),
    logRatio: (agent) =>
      frozen.has(agent) ? context.logRatio(agent) : sub(logProbabilityOf(agent, view), context.oldLogProbability(agent))
  })

  // the weights of fixed summands are no gradient's business; those of learned ones are fed by the host
  const summands = objective.loss.map(({ name, term, weight }) => {
    const factor =
      weight.kind === "constant"
        ? weight.value
        : weight.kind === "hypergradient"
          ? g.input(weightOf(name ?? ""), [])
          : scheduled(weight)
    const value = term.build(context)
    if (name !== undefined) records.set(`term.${name}`, value)
    return {
      name,
      learned: weight.kind === "hypergradient",
      value,
      weighted: factor === 1 ? value : mul(factor, value)
    }
  })
  const added = (parts: typeof summands) => parts.map((part) => part.weighted).reduce((a, b) => add(a, b))
  let loss = added(summands)
  for (const budget of objective.within) {
    const held = penalty(budget, g.input(`multiplier.${budget.name}`, []), context)
    records.set(`budget.${budget.name}`, held.quantity)
    loss = add(loss, held.penalty)
  }
  const groups = targets.filter((target) => !frozen.has(target.name)).map(groupOf)
  if (options.trainCritic) {
    const predicted = value(
      team.criticLayout,
      g.state(criticGroup(team).parameters, [team.criticLayout.size]),
      g.input("state", [rows, team.environment.stateSize]),
      batch
    )
    const valueLoss = mean(square(sub(predicted, column("returns"))))
    records.set("value", valueLoss)
    loss = add(loss, mul(valueLoss, options.valueWeight))
    groups.push(criticGroup(team))
  }

  const finished = (outputs: Readonly<Record<string, Node>>, updates: Readonly<Record<string, Node>>): UpdateGraph => {
    const graph = makeGraph(name, { outputs, updates })
    const inputs = inputsOf(graph).flatMap(({ operation }) => (operation.kind === "input" ? [operation.name] : []))
    return { graph, schedules, directions, inputs, readings: Object.keys(outputs) }
  }
  if (groups.length === 0) return finished({ loss, ...Object.fromEntries(records) }, {})
  const parameters = groups.map((group) => g.state(group.parameters, [group.layout.size]))
  const gradient = gradients(loss, parameters)
  const norm = sqrt(gradient.map((part) => sum(square(part))).reduce((a, b) => add(a, b)))
  const scale = minimum(g.scalar(1), div(g.scalar(options.clipNorm), add(norm, 1e-8)))
  const updates: Record<string, Node> = {}
  const taken: Array<AdamStep> = []
  groups.forEach((group, k) => {
    const now = parameters[k]
    const raw = gradient[k]
    if (now === undefined || raw === undefined) return
    const clipped = mul(raw, scale)
    const firstCorrection = g.input(`first_correction.${group.layout.group}`, [])
    const secondCorrection = g.input(`second_correction.${group.layout.group}`, [])
    const rate = g.input("rate", [])
    const first = add(mul(g.state(group.first, [group.layout.size]), adam.first), mul(clipped, 1 - adam.first))
    const second = add(
      mul(g.state(group.second, [group.layout.size]), adam.second),
      mul(square(clipped), 1 - adam.second)
    )
    const corrected = div(mul(first, firstCorrection), add(sqrt(mul(second, secondCorrection)), adam.epsilon))
    updates[group.parameters] = sub(now, mul(corrected, rate))
    updates[group.first] = first
    updates[group.second] = second
    taken.push({ gradient: raw, clipped, first, second, firstCorrection, secondCorrection, rate })
    records.set(`gradient_norm.${group.layout.group}`, sqrt(sum(square(raw))))
  })

  // what this step is worth to the next one per unit of a learned weight, and what the last one was worth to this one
  const learned = summands.filter((part) => part.learned)
  const moved = groups.flatMap((group, k) => (group.layout === team.criticLayout ? [] : [k]))
  if (learned.length > 0 && moved.length > 0) {
    const of = <A>(list: ReadonlyArray<A>) => moved.flatMap((k) => list[k] ?? [])
    const fixed = summands.filter((part) => !part.learned)
    const task = gradients(fixed.length === 0 ? g.scalar(0) : added(fixed), of(parameters))
    for (const { name = "", value } of learned) {
      const along = gradients(value, of(parameters))
      const scaleMoved = scaleTangent({ norm, scale, bound: options.clipNorm }, of(gradient), along)
      const products = of(groups).map((group, i) => {
        const state = tangentOf(group.layout.group, name)
        const step = of(taken)[i]
        if (step !== undefined) updates[state] = stepTangent(step, scale, scaleMoved, along[i])
        return sum(mul(task[i] ?? g.scalar(0), g.state(state, [group.layout.size])))
      })
      records.set(
        `hypergradient.${name}`,
        products.reduce((a, b) => add(a, b))
      )
    }
  }
  return finished({ loss, ...Object.fromEntries(records), gradient_norm: norm }, updates)
}
