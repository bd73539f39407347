/** What a checked program compiles to, declaration by declaration; the printers write it as TypeScript and as JavaScript. */
import type { Borrowed, EnvironmentDeclaration } from "../../declaration/Environment.ts"
import type { Value } from "../../declaration/Parameter.ts"
import { operators, primitives, quantitiesOf } from "../../declaration/Primitives.ts"
import type { Span } from "../diagnostic/Diagnostic.ts"
import type {
  Agent,
  Budget,
  Claim,
  ClaimExpression,
  Condition,
  Environment,
  Expression,
  Fit,
  Imitation,
  MeasuredSubject,
  Module,
  Objective,
  Play,
  Primitive,
  Program,
  Setting,
  Stage,
  Study,
  Term,
  Training,
  Variant
} from "../program/Program.ts"
import { setting } from "../program/Program.ts"
import { summands } from "../program/Summand.ts"
import type { Summand } from "../program/Summand.ts"
import * as Identifiers from "./Identifiers.ts"
import type { Doc } from "./Layout.ts"
import { array, block, call, number, object, render, sequence, string, text, typed } from "./Layout.ts"

/** The names of a program's parts in the generated code. */
interface Names {
  readonly code: ReadonlyMap<string, string>
  readonly environments: ReadonlyMap<string, string>
  readonly agents: ReadonlyMap<string, string>
  readonly modules: ReadonlyMap<string, string>
  readonly terms: ReadonlyMap<string, string>
  readonly budgets: ReadonlyMap<string, string>
  readonly objectives: ReadonlyMap<string, string>
  readonly stages: ReadonlyMap<string, string>
  readonly studies: ReadonlyMap<string, string>
  readonly claims: ReadonlyMap<string, string>
  /** By study and name. */
  readonly variants: ReadonlyMap<Variant, string>
  /** Functions that make an objective or a stage anew, by the identifier of what they make; and what they call its digest. */
  readonly makers: ReadonlyMap<string, string>
  readonly semantics: string
}

const makeNames = (program: Program): Names => {
  const identifiers = Identifiers.make()
  const all = (
    parts: ReadonlyArray<{ readonly name: string }>,
    suffix: string,
    always = false
  ): ReadonlyMap<string, string> =>
    new Map(parts.map((part) => [part.name, identifiers.claim(part.name, suffix, always)]))
  const names = {
    code: all(program.code, "Code"),
    environments: all(program.environments, "Environment"),
    agents: all(program.agents, "Agent"),
    modules: all(program.modules, "Module"),
    terms: all(program.terms, "Term"),
    budgets: all(program.budgets, "Budget"),
    objectives: all(program.objectives, "Objective"),
    stages: all(program.stages, "Stage", true),
    studies: all(program.studies, "Study", true),
    claims: all(program.claims, "Claim"),
    variants: new Map(
      program.studies.flatMap(({ variants }) =>
        variants.map((one) => [one, identifiers.claim(one.name.replaceAll(/[^A-Za-z0-9]+/g, "_"), "Variant", false)])
      )
    )
  }
  const made = names.variants.size === 0 ? [] : [...names.objectives, ...names.stages]
  return {
    ...names,
    makers: new Map(made.map(([name, identifier]) => [identifier, identifiers.claim(`${name}_of`, "Maker", false)])),
    semantics: names.variants.size === 0 ? "semantics" : identifiers.claim("semantics", "Digest", false)
  }
}

const named = (names: ReadonlyMap<string, string>, name: string): Doc => text(names.get(name) ?? name)

/** An agent or a module. */
const learner = (names: Names, name: string): string => names.agents.get(name) ?? names.modules.get(name) ?? name

// ---- values ----------------------------------------------------------------------------------------------------

/** `value_weight` as `valueWeight`. */
const field = Identifiers.camelCase

const data = (value: Value | string): Doc => {
  if (typeof value === "number") return number(value)
  if (typeof value === "string") return string(value)
  return object(Object.entries(value).map(([name, inner]: [string, Value | string]) => [field(name), data(inner)]))
}

const settings = (parts: ReadonlyArray<Setting>): ReadonlyArray<readonly [string, Doc]> =>
  parts.map((part) => [field(part.parameter.name), data(part.value)])

/** The word of a choice. */
const choice = (one: Setting | undefined): string =>
  typeof one?.value === "object" && "choice" in one.value && typeof one.value.choice === "string"
    ? one.value.choice
    : ""

const part = (one: Setting | undefined, name: string): Setting | undefined =>
  one === undefined ? undefined : setting(one.parts, name)

const value = (one: Setting | undefined): Doc => data(one?.value ?? 0)

const schedule = (of: Value): Doc => {
  if (typeof of === "number") return call("Bica.Schedule.constant", number(of))
  if ("kind" in of && of.kind === "linear" && "over" in of) {
    return call("Bica.Schedule.linear", data(of.from), data(of.to), data(of.over))
  }
  if ("kind" in of && of.kind === "geometric" && "by" in of) {
    return call("Bica.Schedule.geometric", data(of.from), data(of.to), data(of.by))
  }
  return data(of)
}

// ---- declarations ----------------------------------------------------------------------------------------------

const environment = (names: Names, one: Environment): Doc =>
  call(
    one.declaration.code === undefined
      ? `Bica.${one.declaration.name}.make`
      : `${ofModule(names, one.declaration.code, one.declaration.name)}.make`,
    string(one.name),
    object([
      ...settings(one.settings),
      ...(one.shifts.length === 0
        ? []
        : [
            [
              "shifts",
              object(
                one.shifts.map((shift) => [
                  shift.name,
                  object([
                    ...settings(shift.settings),
                    ...(shift.noise.length === 0
                      ? []
                      : [
                          [
                            "noise",
                            object(shift.noise.map(({ agent, setting: noise }) => [agent, data(noise.value)]))
                          ] as const
                        ])
                  ])
                ])
              )
            ] as const
          ])
    ])
  )

const agent = (one: Agent): Doc => {
  const prior = choice(one.prior)
  return call(
    "Bica.Agent.make",
    string(one.name),
    object([
      ["plays", string(one.role.name)],
      [
        "sees",
        array(
          one.sees.map((seen) =>
            string(
              seen._tag === "Observation"
                ? seen.observation.name
                : seen._tag === "Message"
                  ? `${seen.agent}.message`
                  : `${seen.instructor}.advice`
            )
          )
        )
      ],
      ...(one.says.length === 0 ? [] : [["says", array(one.says.map(string))] as const]),
      ["policy", call(`Bica.Agent.${choice(one.policy)}`, ...one.policy.parts.map(value))],
      [
        "prior",
        prior === "uniform"
          ? text("Bica.Agent.uniform")
          : call("Bica.Agent.rule", string(prior), ...one.prior.parts.map(value))
      ],
      ...(one.protocol === undefined
        ? []
        : [
            [
              "protocol",
              call(
                `Bica.Agent.${choice(one.protocol)}`,
                object([
                  ["literal", value(part(part(one.protocol, "prior"), "probability"))],
                  ["update", value(part(one.protocol, "update"))]
                ])
              )
            ] as const
          ]),
      ...(one.noise === undefined ? [] : [["noise", data(one.noise.value)] as const])
    ])
  )
}

/** Width of the hidden layer of `mlp(64)`; 0 for `linear`. */
const hidden = (one: Setting | undefined): Doc => value(part(one, "hidden"))

const module = (names: Names, program: Program, one: Module): Doc => {
  switch (one._tag) {
    case "Protocol":
      return call(
        "Bica.Protocol.make",
        string(one.name),
        object([
          ["agent", string(one.agent)],
          ["codes", value(part(one.method, "codes"))],
          ["symbols", value(program.agents.find((speaker) => speaker.name === one.agent)?.codes)],
          ["temperature", schedule(setting(one.settings, "temperature")?.value ?? 1)]
        ])
      )
    case "Mapper":
      return call(
        "Bica.Mapper.make",
        string(one.name),
        object([
          ["from", named(names.agents, one.from)],
          ["to", named(names.agents, one.to)],
          ["hidden", hidden(one.method)]
        ])
      )
    case "Instructor":
      return call(
        "Bica.Instructor.make",
        string(one.name),
        object([
          ["agent", string(one.agent)],
          ["hidden", hidden(setting(one.settings, "policy"))],
          ...(one.gives.length > 2 ? [["kinds", number(one.gives.length - 1)] as const] : []),
          ...(one.history > 0 ? [["history", number(one.history)] as const] : [])
        ])
      )
  }
}

/** The places of modules in a team. */
const places: Readonly<Record<Module["_tag"], string>> = {
  Protocol: "protocol",
  Mapper: "mapper",
  Instructor: "instructor"
}

const modules = (names: Names, program: Program): ReadonlyArray<readonly [string, Doc]> => {
  const parts = (["Protocol", "Instructor", "Mapper"] as const).flatMap((tag) =>
    program.modules
      .filter((one) => one._tag === tag)
      .map((one) => [places[tag], named(names.modules, one.name)] as const)
  )
  return parts.length === 0 ? [] : [["modules", object(parts)]]
}

/** Functions that the table of primitives has under another name, or that the checker puts in. */
const runtimeNames: ReadonlyMap<string, string> = new Map([
  ...operators.map((one): [string, string] => [one.runtime, one.runtime]),
  ...primitives.map((one): [string, string] => [
    one.name,
    one.rule.kind === "reduce" && one.rule.pair !== undefined ? one.rule.pair : one.runtime
  ]),
  ["negate", "negate"],
  ["least", "least"],
  ["largest", "largest"],
  ["every_step", "everyStep"],
  ["every_copy", "everyCopy"]
])

/** Primitives whose operands after the first are numbers that are known beforehand. */
const limited: ReadonlySet<string> = new Set([
  "power",
  ...primitives.flatMap(({ name, rule }) =>
    rule.kind === "limited" || rule.kind === "quantile" || rule.kind === "time" ? [name] : []
  )
])

/** What is earned, by the name of the function that gives it in the runtime. */
const earned: ReadonlySet<string> = new Set(quantitiesOf("environment").map((one) => one.name))

/** Terms of modules of the user's own, `code:mine.roughness`. */
const codePrefix = "code:"

const runtimeName = (primitive: Primitive): string => `Bica.${runtimeNames.get(primitive) ?? field(primitive)}`

const expression = (names: Names, one: Expression): Doc => {
  switch (one._tag) {
    case "Number":
      return call("Bica.number", number(one.value))
    case "Scheduled":
      return call("Bica.scheduled", schedule(one.schedule))
    case "Learned":
      // a weight: it stands in a summand and nowhere else
      return text("")
    case "Quantity":
      return names.environments.has(one.agent) && earned.has(one.quantity)
        ? text(`Bica.Earned.${one.quantity === "return" ? "returns" : one.quantity}`)
        : text(`${learner(names, one.agent)}.${field(one.quantity)}`)
    case "Mapped":
      return call(`${names.modules.get(one.mapper) ?? one.mapper}.map`, expression(names, one.argument))
    case "Term":
      return named(names.terms, one.name)
    case "Ppo":
      return call("Bica.ppo", text(learner(names, one.agent)), object(settings(one.settings)))
    case "Apply": {
      const [x, ...limits] = one.arguments
      if (one.view !== undefined && x !== undefined) {
        return call("Bica.paired", expression(names, x), string(one.view))
      }
      if (one.axis !== undefined && x !== undefined) {
        const reduction = runtimeNames.get(one.primitive) ?? one.primitive
        return call("Bica.over", string(reduction), expression(names, x), string(one.axis))
      }
      const parts =
        limited.has(one.primitive) && x !== undefined
          ? [expression(names, x), ...limits.map((limit) => number(limit._tag === "Number" ? limit.value : 0))]
          : one.arguments.map((argument) => expression(names, argument))
      if (one.primitive.startsWith(codePrefix)) {
        const [alias = "", term = ""] = one.primitive.slice(codePrefix.length).split(".")
        return call(`${names.code.get(alias) ?? alias}.${term}.build`, ...parts)
      }
      return call(runtimeName(one.primitive), ...parts)
    }
  }
}

const budget = (names: Names, one: Budget): Doc =>
  call(
    "Bica.Budget.make",
    string(one.name),
    object([
      ["quantity", expression(names, one.quantity)],
      ["atMost", number(one.atMost)],
      ["unit", string(one.unit)],
      ["by", call(`Bica.Budget.${choice(one.by)}`, object(settings(one.by.parts)))]
    ])
  )

const weight = ({ sign, weight: factor }: Summand): Doc => {
  switch (factor?._tag) {
    case undefined:
      return number(sign)
    case "Number":
      return number(sign * factor.value)
    case "Scheduled": {
      const { schedule: of } = factor
      return schedule({ ...of, from: sign * of.from, to: sign * of.to })
    }
    case "Learned": {
      const [rate, start] = ["rate", "start"].map((name) => part(factor.by, name)?.value)
      return call(
        "Bica.Objective.hypergradient",
        object([
          ["rate", data(rate ?? 0)],
          ["start", number(sign * (typeof start === "number" ? start : 0))]
        ])
      )
    }
  }
}

const summand = (names: Names, one: Summand): Doc =>
  call("Bica.Objective.summand", string(one.name), weight(one), expression(names, one.term))

const objective = (names: Names, one: Objective, semantics: Doc): Doc => {
  return call(
    "Bica.Objective.make",
    string(one.name),
    object([
      ["semantics", semantics],
      ["loss", array(summands(one).map((part) => summand(names, part)))],
      ["within", array(one.within.map((name) => named(names.budgets, name)))],
      ["freezing", array(one.freezing.map((name) => text(learner(names, name))))],
      ...(one.silencing.length === 0
        ? []
        : [["silencing", array(one.silencing.map((name) => text(learner(names, name))))] as const])
    ])
  )
}

// ---- stages ----------------------------------------------------------------------------------------------------

const condition = (names: Names, one: Condition): Doc => {
  const place = names.environments.get(one.environment) ?? one.environment
  return text(one.shift === undefined ? place : `${place}.shifts.${one.shift}`)
}

const perform = (doc: Doc): Doc => sequence(text("yield* "), doc)

const updateSetting = (one: Setting): readonly [string, Doc] => [
  field(one.parameter.name),
  one.parameter.type.kind === "schedule" ? schedule(one.value) : data(one.value)
]

/** What a stage trains for, or its team was trained for. */
const trainedFor = (names: Names, { objective }: Stage): Doc =>
  objective === undefined ? text("objective") : named(names.objectives, objective.name)

/** Where and by whom a stage is played. */
const played = (
  names: Names,
  program: Program,
  stage: Stage,
  on?: Condition
): ReadonlyArray<readonly [string, Doc]> => [
  ["environment", on === undefined ? named(names.environments, stage.environment) : condition(names, on)],
  ["agents", array(stage.agents.map((name) => named(names.agents, name)))],
  ...modules(names, program)
]

const imitation = (names: Names, program: Program, stage: Stage, work: Imitation): ReadonlyArray<Doc> => {
  const isPlayed = ({ parameter }: Setting): boolean => parameter.name === "environments" || parameter.name === "steps"
  const rollout = work.settings.filter(isPlayed)
  const update = work.settings.filter((one) => !isPlayed(one))
  return [
    sequence(
      text("const imitation = yield* "),
      call(
        "Bica.Imitation.begin",
        object([
          ...played(names, program, stage),
          ["pupil", named(names.agents, work.pupil)],
          ["teacher", call("Bica.Imitation.rule", string(choice(work.teacher)), object(settings(work.teacher.parts)))]
        ])
      )
    ),
    perform(
      call(
        "imitation.until",
        object([
          ...(work.bound === undefined ? [] : [["loss", value(work.bound)] as const]),
          ["updates", value(work.limit)],
          ["checkpointEvery", value(work.checkpoint)]
        ]),
        block(
          "Effect.gen(function*() {",
          [
            perform(call("imitation.rollout", object(settings(rollout)))),
            perform(call("imitation.update", object(update.map(updateSetting))))
          ],
          "})"
        )
      )
    ),
    perform(text("imitation.end"))
  ]
}

const training = (names: Names, program: Program, stage: Stage, work: Training): ReadonlyArray<Doc> => {
  const updates = work.update.map(updateSetting)
  return [
    sequence(
      text("const training = yield* "),
      call(
        "Bica.Training.begin",
        object([...played(names, program, stage, work.on), ["objective", trainedFor(names, stage)]])
      )
    ),
    perform(
      call(
        "training.repeat",
        object([
          ["times", value(work.times)],
          ["checkpointEvery", value(work.checkpoint)]
        ]),
        block(
          "Effect.gen(function*() {",
          [
            perform(
              call(
                "training.rollout",
                object([
                  ["environments", value(work.environments)],
                  ["steps", value(work.steps)],
                  ...settings(work.rollout)
                ])
              )
            ),
            perform(
              call(
                "training.update",
                array(work.targets.map((name) => text(learner(names, name)))),
                object([["jointly", text(`${work.jointly}`)], ...updates])
              )
            ),
            ...(work.ascends ? [perform(text("training.ascend"))] : [])
          ],
          "})"
        )
      )
    ),
    perform(text("training.end"))
  ]
}

/** Metrics of modules, by the names that they have in `measure`. */
const own = (names: Names, program: Program, stage: Stage, work: Play): ReadonlyArray<readonly [string, Doc]> => {
  const declared = program.environments.find(({ name }) => name === stage.environment)?.declaration.metrics ?? []
  const borrowed = work.measure.flatMap((name) => {
    const code = declared.find((metric) => metric.name === name)?.code
    return code === undefined ? [] : [call("Bica.CodeMetric.named", string(name), text(ofModule(names, code, name)))]
  })
  return borrowed.length === 0 ? [] : [["own", array(borrowed)]]
}

/** What a module exports, by the name that the module has in the generated code. */
const ofModule = (names: Names, { module: alias }: Borrowed, name: string): string =>
  `${names.code.get(alias) ?? alias}.${name.slice(alias.length + 1)}`

/** The declaration of the environment in which a stage works. */
const declarationOf = (program: Program, stage: Stage): EnvironmentDeclaration | undefined =>
  program.environments.find(({ name }) => name === stage.environment)?.declaration

/** Fits a model of the environment. */
const fit = (program: Program, stage: Stage, work: Fit): ReadonlyArray<Doc> => [
  perform(
    call(
      `Bica.${declarationOf(program, stage)?.name ?? ""}.fit`,
      object([
        ["model", string(work.model)],
        ["updates", value(work.updates)],
        ...work.settings.map(
          (one) =>
            [
              field(one.parameter.name),
              one.parameter.type.kind === "choice" ? string(choice(one)) : value(one)
            ] as const
        ),
        ["checkpointEvery", value(work.checkpoint)]
      ])
    )
  )
]

const play = (names: Names, program: Program, stage: Stage, work: Play): ReadonlyArray<Doc> => {
  const team = work.by.length === 0
  const declaration = declarationOf(program, stage)
  // who needs a model plays whole episodes by itself
  if (declaration?.models !== undefined) {
    return [
      sequence(
        text("yield* "),
        call(
          `Bica.${declaration.name}.play`,
          object([
            ["episodes", value(work.episodes)],
            ["on", array(work.on.map((one) => condition(names, one)))],
            ["by", array(work.by.map((one) => string(one.name)))],
            ["measure", array(work.measure.map(string))]
          ])
        )
      )
    ]
  }
  return [
    sequence(
      text("yield* "),
      call(
        team ? "Bica.Play.team" : "Bica.Play.oracles",
        object([
          ["episodes", value(work.episodes)],
          ["on", array(work.on.map((one) => condition(names, one)))],
          ...(team ? [] : [["by", array(work.by.map((one) => string(one.name)))] as const]),
          ["agents", array(stage.agents.map((name) => named(names.agents, name)))],
          ...modules(names, program),
          ...(team
            ? [
                [
                  "objective",
                  stage.forEach === "seed" && stage.team !== undefined && stage.objective === undefined
                    ? call("Bica.Imitation.team", string(stage.team))
                    : trainedFor(names, stage)
                ] as const
              ]
            : []),
          ...work.settings.map((one) => [field(one.parameter.name), string(choice(one))] as const),
          ["measure", array(work.measure.map(string))],
          ...own(names, program, stage, work),
          ...(work.suite.length === 0
            ? []
            : [["suite", array(work.suite.map((one) => condition(names, one)))] as const])
        ])
      )
    )
  ]
}

/** What is made of measured values afterwards, and of whose. */
const derivation = (names: Names, program: Program, one: Stage): ReadonlyArray<readonly [string, Doc]> => {
  if (one.work._tag !== "Play") return []
  const { alone, baseline, measure } = one.work
  const declared = program.environments.find(({ name }) => name === one.environment)?.declaration.metrics ?? []
  const metrics = measure.filter((name) => declared.some((metric) => metric.name === name && metric.kind === "derived"))
  if (metrics.length === 0) return []
  const reference = (key: string, objective: string | undefined): ReadonlyArray<readonly [string, Doc]> =>
    objective === undefined ? [] : [[key, named(names.objectives, objective)]]
  return [
    [
      "derive",
      object([
        ["metrics", array(metrics.map(string))],
        ...reference("baseline", baseline),
        ...reference("alone", alone)
      ])
    ]
  ]
}

const stage = (names: Names, program: Program, one: Stage, semantics: Doc): Doc => {
  const parameters =
    one.forEach === "objective" && one.objective === undefined
      ? [sequence(text("objective"), typed(text(": Bica.Objective.Objective")))]
      : []
  const statements =
    one.work._tag === "Training"
      ? training(names, program, one, one.work)
      : one.work._tag === "Imitation"
        ? imitation(names, program, one, one.work)
        : one.work._tag === "Fit"
          ? fit(program, one, one.work)
          : play(names, program, one, one.work)
  const label = string(one.name)
  return call(
    "Bica.Stage.make",
    label,
    object([
      ["semantics", semantics],
      ["after", array(one.after.map((name) => named(names.stages, name)))],
      ["agents", array(one.agents.map((name) => named(names.agents, name)))],
      ["environment", named(names.environments, one.environment)],
      ["forEach", string(one.forEach)],
      ...(one.from === undefined ? [] : [["from", named(names.stages, one.from)] as const]),
      ...(one.team === undefined ? [] : [["team", string(one.team)] as const]),
      ...derivation(names, program, one),
      [
        "program",
        sequence(text("Effect.fn("), label, text(")(function*("), ...parameters, block(") {", statements, "})"))
      ]
    ])
  )
}

// ---- studies and their variants --------------------------------------------------------------------------------

/** A constant of the generated code. */
interface Constant {
  readonly identifier: string
  readonly span: Span
  readonly code: Doc
  /** Of an objective or a stage: two with one digest are run alike, whatever they name. */
  readonly semantics?: string
  /** The stages that a stage comes after, by identifier. */
  readonly after?: ReadonlyArray<string>
  /** Its code where the digest is a parameter. */
  readonly body?: Doc
}

/** Everything that a run needs, each declaration below what it names. */
const constants = (names: Names, program: Program): ReadonlyArray<Constant> => {
  const all = <A extends { readonly name: string; readonly span: Span }>(
    parts: ReadonlyArray<A>,
    identifiers: ReadonlyMap<string, string>,
    code: (one: A) => Doc
  ): ReadonlyArray<Constant> =>
    parts.map((one) => ({ identifier: identifiers.get(one.name) ?? one.name, span: one.span, code: code(one) }))
  return [
    ...all(program.environments, names.environments, (one) => environment(names, one)),
    ...all(program.agents, names.agents, agent),
    ...all(program.modules, names.modules, (one) => module(names, program, one)),
    ...all<Term>(
      sorted(program.terms, (one) => termsIn(one.expression)),
      names.terms,
      (one) => expression(names, one.expression)
    ),
    ...all(program.budgets, names.budgets, (one) => budget(names, one)),
    ...program.objectives.map((one) => ({
      identifier: names.objectives.get(one.name) ?? one.name,
      span: one.span,
      code: objective(names, one, string(one.semantics)),
      body: objective(names, one, text(names.semantics)),
      semantics: one.semantics
    })),
    ...sorted(program.stages, (one) => one.after).map((one) => ({
      identifier: names.stages.get(one.name) ?? one.name,
      span: one.span,
      code: stage(names, program, one, string(one.semantics)),
      body: stage(names, program, one, text(names.semantics)),
      semantics: one.semantics,
      after: one.after.map((name) => names.stages.get(name) ?? name)
    }))
  ]
}

/** Code without its strings and the names of fields: what is left of it names constants. */
const bare = (code: string): string =>
  code.replaceAll(/"(?:[^"\\]|\\.)*"/g, "").replaceAll(/\.[A-Za-z_$][\w$]*|[A-Za-z_$][\w$]*:/g, "")

/** What is declared anew in a variant, with what its code names. */
interface Own extends Constant {
  readonly mentioned: ReadonlySet<string>
}

/** The declarations that are others in a variant, as far as its objectives and stages need them. */
const ownOf = (names: Names, base: ReadonlyMap<string, Constant>, { program }: Variant): ReadonlyArray<Own> => {
  const own = new Map<string, Own>()
  for (const constant of constants(names, program)) {
    const { after, code, identifier, semantics } = constant
    const known = base.get(identifier)
    const mentioned = new Set(bare(render(code, 0, 0)).match(/[A-Za-z_$][\w$]*/g) ?? [])
    const same =
      known !== undefined &&
      (semantics === undefined
        ? render(known.code, 0, 0) === render(code, 0, 0) && ![...mentioned].some((name) => own.has(name))
        : known.semantics === semantics && !(after ?? []).some((name) => own.has(name)))
    if (!same) own.set(identifier, { ...constant, mentioned })
  }
  // what no objective and no stage of the variant needs is left out
  const needed = new Set<string>()
  for (const [identifier, { mentioned, semantics }] of [...own].reverse()) {
    if (semantics === undefined && !needed.has(identifier)) continue
    needed.add(identifier)
    for (const name of mentioned) needed.add(name)
  }
  return [...own.values()].filter(({ identifier }) => needed.has(identifier))
}

/** A function that makes an objective or a stage of parts that variants declare anew; by the identifier of what it makes. */
interface Maker {
  readonly name: string
  readonly parts: ReadonlyArray<string>
  readonly body: Doc
}

/** Whether a variant says the same of an objective or a stage as the file does, of other parts. */
const sameBody = (known: Constant | undefined, { body }: Own): boolean =>
  known?.body !== undefined && body !== undefined && render(known.body, 0, 0) === render(body, 0, 0)

/** What is said once for the file and its variants. */
const makersOf = (
  names: Names,
  base: ReadonlyMap<string, Constant>,
  all: ReadonlyArray<ReadonlyArray<Own>>
): ReadonlyMap<string, Maker> => {
  const parts = new Map<string, Set<string>>()
  for (const own of all) {
    const declared = new Set(own.map(({ identifier }) => identifier))
    for (const one of own) {
      if (!sameBody(base.get(one.identifier), one)) continue
      const known = parts.get(one.identifier) ?? new Set()
      for (const name of one.mentioned) if (declared.has(name)) known.add(name)
      parts.set(one.identifier, known)
    }
  }
  return new Map(
    [...parts].flatMap(([identifier, varied]) => {
      const name = names.makers.get(identifier)
      const body = base.get(identifier)?.body
      if (name === undefined || body === undefined) return []
      return [[identifier, { name, parts: [...base.keys()].filter((each) => varied.has(each)), body }] as const]
    })
  )
}

/** `trainOf("…", { codes })`. */
const made = ({ name, parts }: Maker, semantics: string): Doc =>
  call(name, string(semantics), ...(parts.length === 0 ? [] : [object(parts.map((part) => [part, text(part)]))]))

/** The function itself. `varied` are the parts of all of them. */
const maker = (names: Names, { body, parts }: Maker, varied: ReadonlyArray<string>): Doc => {
  const union = text(parts.map((part) => JSON.stringify(part)).join(" | "))
  const type: Doc =
    parts.length === varied.length
      ? text("Varied")
      : { _tag: "Group", open: "Pick<", parts: [text("Varied"), union], close: ">", padded: false, hug: false }
  const parameters: ReadonlyArray<Doc> = [
    sequence(text(names.semantics), typed(text(": string"))),
    ...(parts.length === 0
      ? []
      : [sequence(object(parts.map((part) => [part, text(part)])), typed(sequence(text(": "), type)))])
  ]
  return sequence(
    { _tag: "Group", open: "(", parts: parameters, close: ")", padded: false, hug: false },
    text(" => "),
    body
  )
}

/**
 * A variant: the declarations that are others in it, under the names that they have in the file, in a scope of their own. What is
 * not declared there is the file's; what says the same of other parts is made as the file's is.
 */
const variant = (
  names: Names,
  base: ReadonlyMap<string, Constant>,
  makers: ReadonlyMap<string, Maker>,
  { name, program }: Variant,
  compare: ReadonlyArray<string>,
  own: ReadonlyArray<Own>
): Doc => {
  const statements = own.map((one) => {
    const { code, identifier, semantics } = one
    const known = makers.get(identifier)
    const shared = known !== undefined && semantics !== undefined && sameBody(base.get(identifier), one)
    return sequence(text(`const ${identifier} = `), shared ? made(known, semantics) : code)
  })
  const list = (parts: ReadonlyArray<{ readonly name: string }>, identifiers: ReadonlyMap<string, string>): Doc =>
    array(parts.map((part) => named(identifiers, part.name)))
  const returned = object([
    [
      "objectives",
      list(
        program.objectives.filter((one) => compare.includes(one.name)),
        names.objectives
      )
    ],
    [
      "stages",
      list(
        sorted(program.stages, (each) => each.after),
        names.stages
      )
    ]
  ])
  return call(
    "Bica.Study.variant",
    string(name),
    block("() => {", [...statements, sequence(text("return "), returned)], "}")
  )
}

const study = (names: Names, one: Study): Doc =>
  call(
    "Bica.Study.make",
    string(one.name),
    object([
      ["seeds", array(one.seeds.map(number))],
      ["compare", array(one.compare.map((name) => named(names.objectives, name)))],
      ...(one.variants.length === 0
        ? []
        : [["variants", array(one.variants.map((each) => text(names.variants.get(each) ?? each.name)))] as const])
    ])
  )

/** A variant in the words of the study that has it. */
const change = (source: string, one: Variant): string => {
  const cut = ({ end, start }: Span): string =>
    source.slice(start, end).replaceAll(/\s+/g, " ").replaceAll("*/", "*\\/")
  const path = cut(one.change.path.span)
  return `\n\`\`\`bica\n${one.change.kind === "without" ? `without ${path}` : `vary ${path} ${cut(one.change.value.span)}`}\n\`\`\``
}

// ---- claims ----------------------------------------------------------------------------------------------------

const subject = (names: Names, of: MeasuredSubject): Doc => {
  if (of.kind === "oracle") return call("Bica.Claim.oracle", string(of.name))
  const variant = [...names.variants].find(([{ name }]) => name === of.variant?.name)?.[1]
  const options = [
    ...(of.after === undefined ? [] : [["after", named(names.stages, of.after)] as const]),
    ...(variant === undefined ? [] : [["variant", text(variant)] as const]),
    ...(of.choose === undefined ? [] : [["choose", string(of.choose)] as const])
  ]
  const rest = options.length === 0 ? [] : [object(options)]
  if (of.kind === "team") return call("Bica.Claim.leftBy", named(names.stages, of.name), ...rest)
  const objective = named(names.objectives, of.name)
  return options.length === 0 ? objective : call("Bica.Claim.team", objective, ...rest)
}

const measured = (names: Names, one: ClaimExpression): Doc => {
  switch (one._tag) {
    case "Iqm":
      return call("Bica.Claim.iqm", measured(names, one.of))
    case "Number":
      return call("Bica.Claim.number", number(one.value))
    case "Arithmetic":
      return call(`Bica.Claim.${one.operator}`, measured(names, one.left), measured(names, one.right))
    case "Measured":
      return call(
        "Bica.Claim.measured",
        string(one.metric),
        subject(names, one.of),
        ...(one.on.shift === undefined ? [] : [condition(names, one.on)])
      )
  }
}

const claim = (names: Names, one: Claim): Doc =>
  call(
    "Bica.Claim.make",
    string(one.name),
    object([
      ["left", measured(names, one.left)],
      ["relation", string(one.relation)],
      ["right", measured(names, one.right)],
      [
        "test",
        one.test.kind === "significance"
          ? call(
              "Bica.Claim.significance",
              value(one.test.setting),
              object([
                ["by", string(one.test.by)],
                ["family", string(one.test.family)]
              ])
            )
          : call(
              "Bica.Claim.confidence",
              value(one.test.setting),
              ...(one.test.by === "bootstrap" ? [] : [string(one.test.by)])
            )
      ]
    ])
  )

// ---- the file --------------------------------------------------------------------------------------------------

/** Declarations so that each stands below what it needs; otherwise in the order of the file. */
const sorted = <A extends { readonly name: string }>(
  parts: ReadonlyArray<A>,
  needs: (one: A) => Iterable<string>
): ReadonlyArray<A> => {
  const rest = new Map(parts.map((one) => [one.name, one]))
  const out: Array<A> = []
  while (rest.size > 0) {
    const ready = [...rest.values()].find((one) => [...needs(one)].every((name) => !rest.has(name)))
    if (ready === undefined) return [...out, ...rest.values()]
    out.push(ready)
    rest.delete(ready.name)
  }
  return out
}

/** Terms that an expression names itself. */
const termsIn = (of: Expression): ReadonlyArray<string> =>
  of._tag === "Term"
    ? [of.name]
    : of._tag === "Apply"
      ? of.arguments.flatMap(termsIn)
      : of._tag === "Mapped"
        ? termsIn(of.argument)
        : []

/** The lines of a declaration as they stand in the file, as a doc comment. */
const lines = (source: string, span: Span): string => {
  const start = source.lastIndexOf("\n", span.start - 1) + 1
  const indent = /^[ \t]*$/.exec(source.slice(start, span.start))?.[0].length ?? 0
  const own = source.slice(span.start, span.end).split(/\r\n|\r|\n/)
  const dedented = own.map((line, i) =>
    (i > 0 && line.slice(0, indent).trim() === "" ? line.slice(indent) : line).trimEnd()
  )
  return `\n${["```bica", ...dedented, "```"].join("\n").replaceAll("*/", "*\\/")}`
}

/** What would end a line comment, out of a text. */
const oneLine = (line: string): string => line.replaceAll(/[\r\n\u2028\u2029]/g, " ").trimEnd()

/** The comment at the head of a file, line by line. */
const headComment = (source: string): ReadonlyArray<string> => {
  const out: Array<string> = []
  for (const line of source.split(/\r\n|\r|\n/)) {
    const comment = /^\s*\/\/ ?([^]*)$/.exec(line)
    if (comment === null) break
    out.push(oneLine(`// ${comment[1] ?? ""}`))
  }
  return out
}

/** A statement of a compiled file. */
export type Statement =
  | {
      readonly _tag: "Import"
      readonly from: string
      readonly imported: { readonly all: string } | { readonly names: ReadonlyArray<string> }
    }
  | {
      readonly _tag: "Constant"
      readonly name: string
      readonly code: Doc
      /** Text of its doc comment. */
      readonly doc: string
      readonly exported: boolean
    }
  /** An interface over constants, each field of the type of the constant of its name. */
  | {
      readonly _tag: "Interface"
      readonly name: string
      readonly constants: ReadonlyArray<string>
      readonly doc: string
    }

/** How a program is compiled. */
export interface EmitOptions {
  /** The text that the program was made of. */
  readonly source: string
  /** How a module of the user's own is imported, of the path that the file gives; that path unless told. */
  readonly moduleOf?: (path: string) => string
}

/** The lines of comment with which a compiled file begins. */
export const heading = (program: Program, { source }: EmitOptions): ReadonlyArray<string> => {
  const head = headComment(source)
  return [...head, ...(head.length === 0 ? [] : ["//"]), `// Compiled by bica from ${oneLine(program.name)}.bica`]
}

/**
 * The statements of a program: one constant per declaration, in the words of the file and with its lines above it, on
 * `bica/runtime` alone. The same program and source give the same statements on every machine.
 */
export const statements = (program: Program, { moduleOf, source }: EmitOptions): ReadonlyArray<Statement> => {
  const names = makeNames(program)
  const constant = (name: string, code: Doc, doc: string, exported = true): Statement => ({
    _tag: "Constant",
    name,
    code,
    doc,
    exported
  })
  const parts = <A extends { readonly name: string; readonly span: Span }>(
    all: ReadonlyArray<A>,
    identifiers: ReadonlyMap<string, string>,
    code: (one: A) => Doc
  ): ReadonlyArray<Statement> =>
    all.map((one) => constant(identifiers.get(one.name) ?? one.name, code(one), lines(source, one.span)))
  const declared = constants(names, program)
  const base = new Map(declared.map((one) => [one.identifier, one]))
  const variants = program.studies.flatMap((one) =>
    one.variants.map((each) => ({ each, compare: one.compare, own: ownOf(names, base, each) }))
  )
  const makers = makersOf(
    names,
    base,
    variants.map(({ own }) => own)
  )
  const varied = [...base.keys()].filter((name) => [...makers.values()].some((one) => one.parts.includes(name)))
  const writing = ({ code, identifier, semantics, span }: Constant): ReadonlyArray<Statement> => {
    const one = makers.get(identifier)
    const said = lines(source, span)
    if (one === undefined || semantics === undefined) return [constant(identifier, code, said)]
    const how = `Makes \`${identifier}\` of its digest and of parts that variants declare anew.`
    return [constant(one.name, maker(names, one, varied), how, false), constant(identifier, made(one, semantics), said)]
  }
  const inOrder = sorted(program.stages, (one) => one.after)
  const all = (some: ReadonlyArray<{ readonly name: string }>, identifiers: ReadonlyMap<string, string>): Doc =>
    array(some.map((one) => named(identifiers, one.name)))
  return [
    ...(program.stages.length === 0
      ? []
      : [{ _tag: "Import" as const, from: "effect", imported: { names: ["Effect"] } }]),
    { _tag: "Import", from: "bica/runtime", imported: { all: "Bica" } },
    ...program.code.map((one) => ({
      _tag: "Import" as const,
      from: moduleOf?.(one.path) ?? one.path,
      imported: { all: names.code.get(one.name) ?? one.name }
    })),
    ...declared.flatMap(writing),
    ...(varied.length === 0
      ? []
      : [
          {
            _tag: "Interface" as const,
            name: "Varied",
            constants: varied,
            doc: "What variants declare anew."
          }
        ]),
    ...variants.map(({ compare, each, own }) =>
      constant(
        names.variants.get(each) ?? each.name,
        variant(names, base, makers, each, compare, own),
        change(source, each)
      )
    ),
    ...parts(program.studies, names.studies, (one) => study(names, one)),
    ...parts(program.claims, names.claims, (one) => claim(names, one)),
    constant(
      "pipeline",
      call(
        "Bica.Pipeline.make",
        string(program.name),
        object([
          ["stages", all(inOrder, names.stages)],
          ["objectives", all(program.objectives, names.objectives)],
          ["studies", all(program.studies, names.studies)],
          ["claims", all(program.claims, names.claims)]
        ])
      ),
      "The whole experiment."
    )
  ]
}
