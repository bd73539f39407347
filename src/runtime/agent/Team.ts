/** A team: who speaks, who acts, and the sizes and parameters that follow from role, sight and network. */
import { Effect } from "effect"
import type { Environment } from "../environment/Environment.ts"
import { StageError } from "../Stage.ts"
import type { Agent } from "./Agent.ts"
import { instructorLayout, outcomesOf } from "./Instructor.ts"
import type { Instructor } from "./Instructor.ts"
import { mapperLayout } from "./Mapper.ts"
import type { Mapper } from "./Mapper.ts"
import { criticLayout, policyLayout } from "./Network.ts"
import type { Layout } from "./Network.ts"
import { protocolLayout } from "./Protocol.ts"
import type { Protocol } from "./Protocol.ts"

/** Contexts of the protocol table: did the last step collide, was the actor's entropy above 0.5 nat (MAPTALK.md section 0). */
export const tableContexts = 4
export const uncertainAbove = 0.5

/** What is learned between the agents. */
export interface Modules {
  readonly protocol?: Protocol
  readonly instructor?: Instructor
  readonly mapper?: Mapper
}

/** A named group of parameters. */
export interface Learner {
  readonly name: string
  readonly layout: Layout
}

/** A module of a team with its parameters. */
export interface Part<A> extends Learner {
  readonly of: A
}

/** An agent in its role. */
export interface Member extends Learner {
  readonly agent: Agent
  readonly role: string
  /** Observations of the environment, in the order in which the agent lists them. */
  readonly observes: ReadonlyArray<string>
  readonly observationSize: number
  /** Whether the partner's message, as received, follows the observation as a one-hot vector. */
  readonly hears: boolean
  /** Whether an instructor's silence or advice follows, as a one-hot vector. */
  readonly taught: boolean
  /** How wide that vector is; 0 of an agent that is not taught. */
  readonly adviceSize: number
  readonly inputs: number
  readonly choices: number
}

export interface Team {
  readonly environment: Environment
  readonly speaker: Member
  readonly actor: Member
  /** Symbols that the speaker may say; the index after the last is silence. */
  readonly symbols: ReadonlyArray<string>
  readonly criticLayout: Layout
  /** How the actor speaks to the speaker. */
  readonly protocol: Part<Protocol> | undefined
  /** Who advises the speaker. */
  readonly instructor: Part<Instructor> | undefined
  readonly mapper: Part<Mapper> | undefined
  /** Agents and protocols whose messages are never sent. */
  readonly silenced?: ReadonlySet<string>
  /** Logits of the table's prior, [contexts x intents, symbols + silence]. */
  readonly tablePrior: Float32Array
}

/** Largest logit of a table, either sign: a literal protocol of 100 % leaves e^-30 to the other tokens, and every divergence finite. */
const largestLogit = 30

/**
 * Logits of the literal protocol, [contexts x intents, symbols + silence]: probability `literal` on the symbol that names the intent
 * (the same index), the rest even over the others; undefined is uniform.
 */
export const literalTable = (intents: number, symbols: number, literal: number | undefined): Float32Array => {
  const width = symbols + 1
  const out = new Float32Array(tableContexts * intents * width)
  if (literal === undefined) return out
  const logit = Math.min(largestLogit, Math.max(-largestLogit, Math.log(literal) - Math.log((1 - literal) / symbols)))
  for (let row = 0; row < tableContexts * intents; row++) out[row * width + (row % intents)] = logit
  return out
}

/** A team in which the messages of `names`, agents or protocols, are never sent. */
export const silence = (team: Team, names: ReadonlyArray<{ readonly name: string }>): Team =>
  names.length === 0 ? team : { ...team, silenced: new Set(names.map(({ name }) => name)) }

/** Whether the codes of a protocol are never sent. */
export const isSilenced = (team: Team, protocol: Part<Protocol>): boolean =>
  team.silenced?.has(protocol.name) === true || team.silenced?.has(protocol.of.agent) === true

/** How many things the instructor may give, silence among them; of a team without one, which records silence, two. */
export const adviceOutcomes = (team: Pick<Team, "instructor">): number =>
  team.instructor === undefined ? 2 : outcomesOf(team.instructor.of)

/** Puts agents into the roles of `environment`. */
export const assemble = Effect.fnUntraced(function* (
  stage: string,
  environment: Environment,
  agents: ReadonlyArray<Agent>,
  modules: Modules = {}
) {
  const find = Effect.fnUntraced(function* (kind: "acts" | "speaks") {
    const roles = environment.declaration.roles.filter((role) => role.kind === kind)
    for (const role of roles) {
      const agent = agents.find((candidate) => candidate.role === role.name)
      if (agent !== undefined) return { role, agent }
    }
    return yield* new StageError({
      stage,
      reason: `no agent plays a role of ${environment.declaration.name} that ${kind}`
    })
  })
  const speaking = yield* find("speaks")
  const acting = yield* find("acts")
  const symbols = speaking.agent.says
  const intents = speaking.role.choices.length
  if (symbols.length < intents) {
    return yield* new StageError({
      stage,
      reason: `${speaking.agent.name} has ${symbols.length} symbols for ${intents} intents; a literal protocol needs one for each`
    })
  }
  for (const { agent, role } of [speaking, acting]) {
    const prior = agent.frozenPrior
    if (prior.kind === "rule" && (role.kind === "acts" || !role.rules.some(({ name }) => name === prior.rule))) {
      return yield* new StageError({
        stage,
        reason: `${agent.name} plays ${role.name}, which has no rule ${prior.rule} for a prior`
      })
    }
    const heard =
      role.kind === "acts"
        ? [`${speaking.agent.name}.message`]
        : [
            ...(modules.protocol?.agent === acting.agent.name ? [`${acting.agent.name}.message`] : []),
            ...(modules.instructor?.agent === agent.name ? [`${modules.instructor.name}.advice`] : [])
          ]
    const unheard = agent.sees.find((item) => item.includes(".") && !heard.includes(item))
    if (unheard !== undefined) {
      return yield* new StageError({
        stage,
        reason: `${agent.name} sees ${unheard}, which nobody gives to a ${role.name}`
      })
    }
  }
  const idle = agents.find((agent) => agent !== speaking.agent && agent !== acting.agent)
  if (idle !== undefined) {
    return yield* new StageError({
      stage,
      reason: `${idle.name} plays ${idle.role}, which is taken or not a role of ${environment.declaration.name}`
    })
  }
  const member = (
    { agent, role }: typeof speaking,
    table?: { readonly rows: number; readonly symbols: number }
  ): Member => {
    const observes = agent.sees.filter((item) => !item.includes("."))
    const partner = role.kind === "acts" ? speaking.agent.name : acting.agent.name
    const hears = agent.sees.includes(`${partner}.message`)
    const taught =
      role.kind === "speaks" &&
      modules.instructor !== undefined &&
      agent.sees.includes(`${modules.instructor.name}.advice`)
    const observationSize = environment.observationSize(role.name, observes)
    const vocabulary = role.kind === "acts" ? symbols.length + 1 : (modules.protocol?.symbols ?? 0)
    const adviceSize = taught && modules.instructor !== undefined ? outcomesOf(modules.instructor) : 0
    const inputs = observationSize + (hears ? vocabulary : 0) + adviceSize
    const choices = role.choices.length
    return {
      name: agent.name,
      agent,
      role: role.name,
      observes,
      observationSize,
      hears,
      taught,
      adviceSize,
      inputs,
      choices,
      layout: policyLayout(agent.name, { inputs, hidden: agent.network.hidden, choices }, table)
    }
  }
  const actor = member(acting)
  const part = <A extends { readonly name: string }>(
    of: A | undefined,
    layoutOf: (of: A) => Layout
  ): Part<A> | undefined => (of === undefined ? undefined : { name: of.name, of, layout: layoutOf(of) })
  return {
    environment,
    symbols,
    speaker: member(speaking, { rows: tableContexts * intents, symbols: symbols.length + 1 }),
    actor,
    protocol: part(modules.protocol, (of) => protocolLayout(of, actor.observationSize)),
    instructor: part(modules.instructor, (of) =>
      instructorLayout(of, environment.stateSize + speaking.agent.network.hidden)
    ),
    mapper: part(modules.mapper, mapperLayout),
    criticLayout: criticLayout(environment.stateSize),
    tablePrior: literalTable(intents, symbols.length, speaking.agent.protocol?.literal)
  } satisfies Team
})
