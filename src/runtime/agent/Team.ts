/** A team: who speak, who acts, and the sizes and parameters that follow from role, sight and network. */
import { Effect } from "effect"
import type { Environment } from "../environment/Environment.ts"
import { StageError } from "../Stage.ts"
import type { Agent } from "./Agent.ts"
import { instructorLayout, outcomesOf, pastSize } from "./Instructor.ts"
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

/** Where in the input of an agent the token stands that it heard from the speaker number `from`, one-hot with silence last. */
export interface Ear {
  readonly from: number
  readonly offset: number
  readonly width: number
}

/** An agent in its role. */
export interface Member extends Learner {
  readonly agent: Agent
  readonly role: string
  /** Observations of the environment, in the order in which the agent lists them. */
  readonly observes: ReadonlyArray<string>
  readonly observationSize: number
  /** The speakers that it hears, whose tokens follow the observation in this order. */
  readonly ears: ReadonlyArray<Ear>
  /** Numbers of its observation and of the tokens that it hears: what a rollout records of its input. */
  readonly recorded: number
  /** Whether it hears its partner: the actor a speaker, a speaker the actor, whose message follows as a one-hot vector. */
  readonly hears: boolean
  /** Whether an instructor's silence or advice follows, as a one-hot vector. */
  readonly taught: boolean
  /** How wide that vector is; 0 of an agent that is not taught. */
  readonly adviceSize: number
  readonly inputs: number
  readonly choices: number
}

/** An agent that speaks. */
export interface Speaker extends Member {
  /** Symbols that it may say; the index after the last is silence. */
  readonly symbols: ReadonlyArray<string>
  /** Logits of its table's prior, [contexts x intents, symbols + silence]. */
  readonly tablePrior: Float32Array
}

export interface Team {
  readonly environment: Environment
  /** Who speak, in the order of the environment's roles, which is the order in which they speak within a step. */
  readonly speakers: readonly [Speaker, ...ReadonlyArray<Speaker>]
  /** The first of them. What is measured of one who speaks and one who acts is asked of teams that have no other. */
  readonly speaker: Speaker
  readonly actor: Member
  readonly criticLayout: Layout
  /** How the actor speaks to those who hear it. */
  readonly protocol: Part<Protocol> | undefined
  /** Who advises one of the speakers. */
  readonly instructor: Part<Instructor> | undefined
  readonly mapper: Part<Mapper> | undefined
  /** Agents and protocols whose messages are never sent. */
  readonly silenced?: ReadonlySet<string>
}

/** The agents of a team, those who speak first. */
export const membersOf = (team: Team): ReadonlyArray<Member> => [...team.speakers, team.actor]

/** All that a team can learn in: its agents, then what is between them. */
export const learnersOf = (team: Team): ReadonlyArray<Learner> =>
  [...team.speakers, team.actor, team.protocol, team.instructor, team.mapper].filter((part) => part !== undefined)

/** What is made of each of some that are at least one. */
export const ofEach = <A, B>(
  [first, ...others]: readonly [A, ...ReadonlyArray<A>],
  make: (of: A, place: number) => B
): readonly [B, ...ReadonlyArray<B>] => [make(first, 0), ...others.map((of, k) => make(of, k + 1))]

/** Rows of a speaker's table. */
export const tableRows = (speaker: Member): number => tableContexts * speaker.choices

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

/** Whom the instructor of a team advises; its first speaker where it has none. */
export const pupilOf = ({
  instructor,
  speaker,
  speakers
}: Pick<Team, "instructor" | "speaker" | "speakers">): Speaker =>
  speakers.find(({ name }) => name === instructor?.of.agent) ?? speaker

/** Numbers that the instructor of a team sees of the past. */
export const teamPastSize = (team: Pick<Team, "instructor" | "speaker" | "speakers">): number =>
  team.instructor === undefined ? 0 : pastSize(team.instructor.of, pupilOf(team).symbols.length)

/** Puts agents into the roles of `environment`. */
export const assemble = Effect.fnUntraced(function* (
  stage: string,
  environment: Environment,
  agents: ReadonlyArray<Agent>,
  modules: Modules = {}
) {
  const refuse = (reason: string) => new StageError({ stage, reason })
  const title = environment.declaration.name
  const find = (kind: "acts" | "speaks") =>
    environment.declaration.roles
      .filter((role) => role.kind === kind)
      .flatMap((role) => {
        const agent = agents.find((candidate) => candidate.role === role.name)
        return agent === undefined ? [] : [{ role, agent }]
      })
  const speaking = find("speaks")
  const [firstSpeaking] = speaking
  const [acting] = find("acts")
  if (firstSpeaking === undefined) return yield* refuse(`no agent plays a role of ${title} that speaks`)
  if (acting === undefined) return yield* refuse(`no agent plays a role of ${title} that acts`)
  for (const { agent, role } of speaking) {
    if (agent.says.length < role.choices.length) {
      return yield* refuse(
        `${agent.name} has ${agent.says.length} symbols for ${role.choices.length} intents; a literal protocol needs one for each`
      )
    }
  }
  for (const [at, { agent, role }] of [...speaking, acting].entries()) {
    const prior = agent.frozenPrior
    if (prior.kind === "rule" && (role.kind === "acts" || !role.rules.some(({ name }) => name === prior.rule)))
      return yield* refuse(`${agent.name} plays ${role.name}, which has no rule ${prior.rule} for a prior`)
    const heard = [
      // within a step those who speak do so one after the other, and who acts hears them all
      ...speaking.slice(0, at).map((other) => `${other.agent.name}.message`),
      ...(role.kind === "speaks" && modules.protocol?.agent === acting.agent.name
        ? [`${acting.agent.name}.message`]
        : []),
      ...(role.kind === "speaks" && modules.instructor?.agent === agent.name
        ? [`${modules.instructor.name}.advice`]
        : [])
    ]
    const unheard = agent.sees.find((item) => item.includes(".") && !heard.includes(item))
    if (unheard !== undefined)
      return yield* refuse(`${agent.name} sees ${unheard}, which nobody gives to a ${role.name}`)
  }
  const idle = agents.find((agent) => agent !== acting.agent && !speaking.some((one) => one.agent === agent))
  if (idle !== undefined)
    return yield* refuse(`${idle.name} plays ${idle.role}, which is taken or not a role of ${title}`)
  const { instructor, protocol } = modules
  const member = (
    { agent, role }: typeof firstSpeaking,
    table?: { readonly rows: number; readonly symbols: number }
  ): Member => {
    const speaks = role.kind === "speaks"
    const observes = agent.sees.filter((item) => !item.includes("."))
    const observationSize = environment.observationSize(role.name, observes)
    let recorded = observationSize
    const ears = speaking.flatMap((other, from): ReadonlyArray<Ear> => {
      if (!agent.sees.includes(`${other.agent.name}.message`)) return []
      const ear = { from, offset: recorded, width: other.agent.says.length + 1 }
      recorded += ear.width
      return [ear]
    })
    const hears = speaks ? agent.sees.includes(`${acting.agent.name}.message`) : ears.length > 0
    const taught = speaks && instructor !== undefined && agent.sees.includes(`${instructor.name}.advice`)
    const adviceSize = taught ? outcomesOf(instructor) : 0
    const inputs = recorded + (speaks && hears ? (protocol?.symbols ?? 0) : 0) + adviceSize
    const choices = role.choices.length
    return {
      name: agent.name,
      agent,
      role: role.name,
      observes,
      observationSize,
      ears,
      recorded,
      hears,
      taught,
      adviceSize,
      inputs,
      choices,
      layout: policyLayout(agent.name, { inputs, choices, ...agent.network }, table)
    }
  }
  const speaker = (one: typeof firstSpeaking): Speaker => {
    const { agent, role } = one
    const intents = role.choices.length
    const symbols = agent.says
    return {
      ...member(one, { rows: tableContexts * intents, symbols: symbols.length + 1 }),
      symbols,
      tablePrior: literalTable(intents, symbols.length, agent.protocol?.literal)
    }
  }
  const part = <A extends { readonly name: string }>(
    of: A | undefined,
    layoutOf: (of: A) => Layout
  ): Part<A> | undefined => (of === undefined ? undefined : { name: of.name, of, layout: layoutOf(of) })
  const first = speaker(firstSpeaking)
  const actor = member(acting)
  const pupil = speaking.find(({ agent }) => agent.name === instructor?.agent) ?? firstSpeaking
  return {
    environment,
    speakers: [first, ...speaking.slice(1).map(speaker)],
    speaker: first,
    actor,
    protocol: part(protocol, (of) => protocolLayout(of, actor.observationSize)),
    instructor: part(instructor, (of) =>
      instructorLayout(of, environment.stateSize + pupil.agent.network.hidden + pastSize(of, pupil.agent.says.length))
    ),
    mapper: part(modules.mapper, mapperLayout),
    criticLayout: criticLayout(environment.stateSize)
  } satisfies Team
})
