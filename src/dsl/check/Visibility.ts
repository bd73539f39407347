/**
 * Who knows what when a team plays. Observations declare which facts of the world they reveal; facts flow on through latents, mappers,
 * advice and what a protocol reads. A message is the one way by which an agent may learn what it does not see; anything else is a leak.
 */
import type { ObservationDeclaration } from "../../declaration/Environment.ts"
import { history } from "../../declaration/Modules.ts"
import { quantitiesOf } from "../../declaration/Primitives.ts"
import type { Span } from "../diagnostic/Diagnostic.ts"
import type * as Ast from "../syntax/Ast.ts"
import type { CheckedEnvironment } from "./Agents.ts"
import { list } from "./Names.ts"
import type { Report } from "./Report.ts"
import { pathText } from "./Values.ts"

/** What visibility is computed from. */
export interface SightScope {
  readonly environments: ReadonlyMap<string, CheckedEnvironment>
  readonly agents: ReadonlyMap<string, Ast.Agent>
  readonly modules: ReadonlyMap<string, Ast.Protocol | Ast.Mapper | Ast.Instructor>
}

/** What an agent has in it beside its messages. */
const quantities: ReadonlySet<string> = new Set(
  quantitiesOf("agent").flatMap((one) => (one.name === "message" ? [] : [one.name]))
)

/** Facts with the way each has come: `goal -> map.full`. */
export type Facts = ReadonlyMap<string, ReadonlyArray<string>>

const none: Facts = new Map()

/** The observation of a name in any role of an environment. */
const observationIn = (environment: CheckedEnvironment | undefined, name: string): ObservationDeclaration | undefined =>
  environment?.declaration?.roles.flatMap((role) => role.observations).find((one) => one.name === name)

/** What an observation reveals. */
const revealed = (place: string, observation: ObservationDeclaration | undefined): Facts =>
  new Map(observation?.reveals.map((fact) => [fact, [fact, `${place}.${observation.name}`]]) ?? [])

const nameOf = (value: Ast.Value): string | undefined =>
  value._tag === "Reference" ? pathText(value.path) : value._tag === "Call" ? pathText(value.callee) : undefined

/** Facts that go on through something. */
const through = (facts: Facts, step: string): Facts => new Map([...facts].map(([fact, way]) => [fact, [...way, step]]))

const together = (all: ReadonlyArray<Facts>): Facts => {
  const found = new Map<string, ReadonlyArray<string>>()
  for (const facts of all) for (const [fact, way] of facts) if (!found.has(fact)) found.set(fact, way)
  return found
}

/** What an agent knows without being told: what its role observes, as far as it lists it, and what it is advised. */
export const sightOf = (scope: SightScope, name: string): Facts => {
  const agent = scope.agents.get(name)
  const [place, role] = agent?.plays.parts ?? []
  if (agent === undefined || place === undefined) return none
  const environment = scope.environments.get(place.text)
  const own = environment?.declaration?.roles.find((one) => one.name === role?.text)?.observations ?? []
  return together(
    agent.sees.map((value) => {
      const seen = nameOf(value)
      return revealed(
        place.text,
        own.find((one) => one.name === seen)
      )
    })
  )
}

/** The whole state, as far as any role may see of it; how a step ends hangs on all of it. */
const everything = (environment: CheckedEnvironment | undefined, place: string): Facts =>
  together(
    environment?.declaration?.roles.flatMap((role) => role.observations.map((one) => revealed(place, one))) ?? []
  )

/**
 * What an instructor knows: the whole state, and the memory of whom it advises. Its history holds what steps earned and whether they
 * collided, besides its own advice and what its pupil said, who knows both.
 */
const instructed = (scope: SightScope, instructor: Ast.Instructor): Facts => {
  const pupil = pathText(instructor.agent)
  const place = scope.agents.get(pupil)?.plays.parts[0]?.text
  if (place === undefined) return none
  const environment = scope.environments.get(place)
  const views = instructor.sees.flatMap((value) => nameOf(value) ?? [])
  return together(
    views.map((view) =>
      view === history.name
        ? through(everything(environment, place), `${instructor.name.text}.${view}`)
        : observationIn(environment, view) === undefined
          ? everything(environment, place)
          : revealed(place, observationIn(environment, view))
    )
  )
}

/** What something that is named in `sees` carries, besides messages: an observation, a quantity of an agent, a mapper's image, advice. */
export const carriedBy = (scope: SightScope, agent: string, value: Ast.Value): Facts => {
  const path = value._tag === "Reference" ? value.path : value._tag === "Call" ? value.callee : undefined
  const [first, second] = path?.parts ?? []
  if (first === undefined) return none
  const module = scope.modules.get(first.text)
  if (module?._tag === "Mapper")
    return through(through(sightOf(scope, pathText(module.from)), `${pathText(module.from)}.latent`), first.text)
  if (module?._tag === "Instructor") return through(instructed(scope, module), `${first.text}.advice`)
  if (second !== undefined && scope.agents.has(first.text))
    return !quantities.has(second.text) ? none : through(sightOf(scope, first.text), `${first.text}.${second.text}`)
  const place = scope.agents.get(agent)?.plays.parts[0]?.text
  if (place === undefined || second !== undefined) return none
  return revealed(place, observationIn(scope.environments.get(place), first.text))
}

/** Facts that an agent does not know already: of `goal`, `goal.near` is a part. */
const unknownTo = (scope: SightScope, agent: string, facts: Facts): Facts => {
  const own = sightOf(scope, agent)
  const covered = (fact: string): boolean =>
    own.has(fact) || (fact.includes(".") && covered(fact.slice(0, fact.lastIndexOf("."))))
  return new Map([...facts].filter(([fact]) => !covered(fact)))
}

/** The facts of which a leak is shown by its path first. */
const telling: ReadonlyArray<string> = ["goal"]

/** A leak in words: the path of one fact, and the names of the others. */
export interface Leak {
  readonly path: string
  readonly facts: ReadonlyArray<string>
}

/** What something would tell an agent that it does not see, by the steps `to`; undefined where it tells nothing new. */
export const leakTo = (scope: SightScope, agent: string, facts: Facts, to: ReadonlyArray<string>): Leak | undefined => {
  const leaked = unknownTo(scope, agent, facts)
  const names = [...leaked.keys()]
  const fact = telling.find((one) => leaked.has(one)) ?? names[0]
  if (fact === undefined) return undefined
  return {
    path: [...(leaked.get(fact) ?? []), ...to].join(" -> "),
    facts: [fact, ...names.filter((one) => one !== fact)]
  }
}

/** Reports a leak; `what` begins the sentence: `` `codes` reads ``. */
export const reportLeak = (report: Report, span: Span, what: string, agent: string, leak: Leak, fix: string): void => {
  const [, ...others] = leak.facts
  report.error(
    "BICA4011",
    span,
    `${what} what \`${agent}\` does not see: ${leak.path}${others.length === 0 ? "" : `; and so ${list(others, "and")}`}.`,
    fix
  )
}
