/** A team: who speaks, who acts, and the sizes and parameters that follow from role, sight and network. */
import { Effect } from "effect"
import type { Environment } from "../environment/Environment.ts"
import { StageError } from "../Stage.ts"
import type { Agent } from "./Agent.ts"
import { criticLayout, policyLayout } from "./Network.ts"
import type { Layout } from "./Network.ts"

/** Contexts of the protocol table: did the last step collide, was the actor's entropy above 0.5 nat (MAPTALK.md section 0). */
export const tableContexts = 4
export const uncertainAbove = 0.5

/** An agent in its role. */
export interface Member {
  readonly agent: Agent
  readonly role: string
  /** Observations of the environment, in the order in which the agent lists them. */
  readonly observes: ReadonlyArray<string>
  readonly observationSize: number
  /** Whether the partner's message, as received, follows the observation as a one-hot vector. */
  readonly hears: boolean
  readonly inputs: number
  readonly choices: number
  readonly layout: Layout
}

export interface Team {
  readonly environment: Environment
  readonly speaker: Member
  readonly actor: Member
  /** Symbols that the speaker may say; the index after the last is silence. */
  readonly symbols: ReadonlyArray<string>
  readonly criticLayout: Layout
  /** Logits of the table's prior, [contexts x intents, symbols + silence]. */
  readonly tablePrior: Float32Array
}

/** Logits of the literal protocol: `literal` on the symbol that names the intent (the same index), the rest even; 0 is uniform. */
export const literalTable = (intents: number, symbols: number, literal: number): Float32Array => {
  const width = symbols + 1
  const out = new Float32Array(tableContexts * intents * width)
  const chance = 1 / width
  const logit = literal <= chance ? 0 : Math.log(literal / ((1 - literal) / symbols))
  for (let row = 0; row < tableContexts * intents; row++) out[row * width + (row % intents)] = logit
  return out
}

/** Puts agents into the roles of `environment`. */
export const assemble = Effect.fnUntraced(function*(stage: string, environment: Environment, agents: ReadonlyArray<Agent>) {
  const find = Effect.fnUntraced(function*(kind: "acts" | "speaks") {
    const roles = environment.declaration.roles.filter((role) => role.kind === kind)
    for (const role of roles) {
      const agent = agents.find((candidate) => candidate.role === role.name)
      if (agent !== undefined) return { role, agent }
    }
    return yield* new StageError({ stage, reason: `no agent plays a role of ${environment.declaration.name} that ${kind}` })
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
  const member = (
    { agent, role }: typeof speaking,
    table?: { readonly rows: number; readonly symbols: number }
  ): Member => {
    const observes = agent.sees.filter((item) => !item.includes("."))
    const hears = agent.sees.some((item) => item.includes("."))
    const observationSize = environment.observationSize(role.name, observes)
    const inputs = observationSize + (hears ? symbols.length + 1 : 0)
    const choices = role.choices.length
    return {
      agent,
      role: role.name,
      observes,
      observationSize,
      hears,
      inputs,
      choices,
      layout: policyLayout(agent.name, { inputs, hidden: agent.network.hidden, choices }, table)
    }
  }
  return {
    environment,
    symbols,
    speaker: member(speaking, { rows: tableContexts * intents, symbols: symbols.length + 1 }),
    actor: member(acting),
    criticLayout: criticLayout(environment.stateSize),
    tablePrior: literalTable(intents, symbols.length, speaking.agent.protocol?.literal ?? 0)
  } satisfies Team
})
