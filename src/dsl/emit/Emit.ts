/** Compiles a checked program to TypeScript on the public runtime. */
import { IndentationText, NewLineKind, Project, QuoteKind, StructureKind, ts, VariableDeclarationKind } from "ts-morph"
import type { ImportDeclarationStructure, VariableStatementStructure } from "ts-morph"
import type { Value } from "../../declaration/Parameter.ts"
import type { Span } from "../diagnostic/Diagnostic.ts"
import type {
  Agent,
  Budget,
  Claim,
  ClaimExpression,
  Condition,
  Environment,
  Expression,
  Module,
  Objective,
  Play,
  Primitive,
  Program,
  QuantityName,
  Setting,
  Stage,
  Term,
  Training
} from "../program/Program.ts"
import { setting } from "../program/Program.ts"
import { summands } from "../program/Summand.ts"
import type { Summand } from "../program/Summand.ts"
import * as Identifiers from "./Identifiers.ts"
import type { Doc } from "./Layout.ts"
import { array, block, call, number, object, render, sequence, string, text } from "./Layout.ts"

/** The names of a program's parts in the generated code. */
interface Names {
  readonly environments: ReadonlyMap<string, string>
  readonly agents: ReadonlyMap<string, string>
  readonly modules: ReadonlyMap<string, string>
  readonly terms: ReadonlyMap<string, string>
  readonly budgets: ReadonlyMap<string, string>
  readonly objectives: ReadonlyMap<string, string>
  readonly stages: ReadonlyMap<string, string>
  readonly studies: ReadonlyMap<string, string>
  readonly claims: ReadonlyMap<string, string>
}

const makeNames = (program: Program): Names => {
  const identifiers = Identifiers.make()
  const all = (
    parts: ReadonlyArray<{ readonly name: string }>,
    suffix: string,
    always = false
  ): ReadonlyMap<string, string> =>
    new Map(parts.map((part) => [part.name, identifiers.claim(part.name, suffix, always)]))
  return {
    environments: all(program.environments, "Environment"),
    agents: all(program.agents, "Agent"),
    modules: all(program.modules, "Module"),
    terms: all(program.terms, "Term"),
    budgets: all(program.budgets, "Budget"),
    objectives: all(program.objectives, "Objective"),
    stages: all(program.stages, "Stage", true),
    studies: all(program.studies, "Study", true),
    claims: all(program.claims, "Claim")
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

const environment = (one: Environment): Doc =>
  call(
    `Bica.${one.declaration.name}.make`,
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
          ["hidden", hidden(setting(one.settings, "policy"))]
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

/** Functions of the language by their names in the runtime. */
const functions: Readonly<Record<Primitive, string>> = {
  add: "add",
  subtract: "subtract",
  multiply: "multiply",
  divide: "divide",
  negate: "negate",
  mean: "mean",
  sum: "total",
  exp: "exp",
  log: "log",
  sqrt: "sqrt",
  abs: "abs",
  square: "square",
  hinge: "hinge",
  clip: "clip",
  stop_gradient: "stopGradient",
  kl: "kl",
  entropy: "entropy",
  min: "minimum",
  max: "maximum",
  w2: "w2",
  cca: "cca"
}

/** Quantities of the language by their names in the runtime. */
const quantities: Readonly<Record<QuantityName, string>> = {
  policy: "policy",
  prior: "prior",
  latent: "latent",
  code: "code",
  message: "message",
  message_given_code: "messageGivenCode",
  speaks: "speaks",
  intervenes: "intervenes"
}

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
      return text(`${learner(names, one.agent)}.${quantities[one.quantity]}`)
    case "Mapped":
      return call(`${names.modules.get(one.mapper) ?? one.mapper}.map`, expression(names, one.argument))
    case "Term":
      return named(names.terms, one.name)
    case "Ppo":
      return call("Bica.ppo", text(learner(names, one.agent)), object(settings(one.settings)))
    case "Apply": {
      const [x, ...limits] = one.arguments
      const parts =
        one.primitive === "clip" && x !== undefined
          ? [expression(names, x), ...limits.map((limit) => number(limit._tag === "Number" ? limit.value : 0))]
          : one.arguments.map((argument) => expression(names, argument))
      return call(`Bica.${functions[one.primitive]}`, ...parts)
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

const objective = (names: Names, one: Objective): Doc => {
  return call(
    "Bica.Objective.make",
    string(one.name),
    object([
      ["semantics", string(one.semantics)],
      ["loss", array(summands(one).map((part) => summand(names, part)))],
      ["within", array(one.within.map((name) => named(names.budgets, name)))],
      ["freezing", array(one.freezing.map((name) => text(learner(names, name))))]
    ])
  )
}

// ---- stages ----------------------------------------------------------------------------------------------------

const condition = (names: Names, one: Condition): Doc => {
  const place = names.environments.get(one.environment) ?? one.environment
  return text(one.shift === undefined ? place : `${place}.shifts.${one.shift}`)
}

const training = (names: Names, program: Program, stage: Stage, work: Training): ReadonlyArray<Doc> => {
  const perform = (doc: Doc): Doc => sequence(text("yield* "), doc)
  const updates = work.update.map((one): readonly [string, Doc] => [
    field(one.parameter.name),
    one.parameter.type.kind === "schedule" ? schedule(one.value) : data(one.value)
  ])
  return [
    sequence(
      text("const training = yield* "),
      call(
        "Bica.Training.begin",
        object([
          ["environment", named(names.environments, stage.environment)],
          ["agents", array(stage.agents.map((name) => named(names.agents, name)))],
          ...modules(names, program),
          ["objective", text("objective")]
        ])
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

const play = (names: Names, program: Program, stage: Stage, work: Play): ReadonlyArray<Doc> => {
  const team = work.by.length === 0
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
          ...(team ? [["objective", text("objective")] as const] : []),
          ...work.settings.map((one) => [field(one.parameter.name), string(choice(one))] as const),
          ["measure", array(work.measure.map(string))]
        ])
      )
    )
  ]
}

const stage = (names: Names, program: Program, one: Stage): Doc => {
  const parameter = one.forEach === "objective" ? "objective: Bica.Objective.Objective" : ""
  const statements =
    one.work._tag === "Training" ? training(names, program, one, one.work) : play(names, program, one, one.work)
  const label = string(one.name)
  return call(
    "Bica.Stage.make",
    label,
    object([
      ["semantics", string(one.semantics)],
      ["after", array(one.after.map((name) => named(names.stages, name)))],
      ["agents", array(one.agents.map((name) => named(names.agents, name)))],
      ["environment", named(names.environments, one.environment)],
      ["forEach", string(one.forEach)],
      ["program", sequence(text("Effect.fn("), label, block(`)(function*(${parameter}) {`, statements, "})"))]
    ])
  )
}

// ---- claims ----------------------------------------------------------------------------------------------------

const measured = (names: Names, one: ClaimExpression): Doc => {
  switch (one._tag) {
    case "Number":
      return call("Bica.Claim.number", number(one.value))
    case "Arithmetic":
      return call(`Bica.Claim.${one.operator}`, measured(names, one.left), measured(names, one.right))
    case "Measured":
      return call(
        "Bica.Claim.measured",
        string(one.metric),
        one.of.kind === "objective"
          ? named(names.objectives, one.of.name)
          : call("Bica.Claim.oracle", string(one.of.name)),
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
      ["test", call(`Bica.Claim.${one.test.kind}`, value(one.test.setting))]
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

/**
 * TypeScript of a program: one constant per declaration, in the words of the file and with its lines above it, on
 * `bica/runtime` alone. The same program and source give the same text on every machine.
 */
export const emit = (program: Program, options: { readonly source: string }): string => {
  const names = makeNames(program)
  const { source } = options
  const statement = (name: string, code: Doc, description: string): VariableStatementStructure => ({
    kind: StructureKind.VariableStatement,
    isExported: true,
    declarationKind: VariableDeclarationKind.Const,
    docs: [{ description }],
    declarations: [{ name, initializer: render(code, 0, `export const ${name} = `.length) }]
  })
  const statements = <A extends { readonly name: string; readonly span: Span }>(
    parts: ReadonlyArray<A>,
    identifiers: ReadonlyMap<string, string>,
    code: (one: A) => Doc
  ): ReadonlyArray<VariableStatementStructure> =>
    parts.map((one) => statement(identifiers.get(one.name) ?? one.name, code(one), lines(source, one.span)))
  const inOrder = sorted(program.stages, (one) => one.after)
  const all = (parts: ReadonlyArray<{ readonly name: string }>, identifiers: ReadonlyMap<string, string>): Doc =>
    array(parts.map((one) => named(identifiers, one.name)))
  const imports: ReadonlyArray<ImportDeclarationStructure> = [
    ...(program.stages.length === 0
      ? []
      : [{ kind: StructureKind.ImportDeclaration as const, moduleSpecifier: "effect", namedImports: ["Effect"] }]),
    { kind: StructureKind.ImportDeclaration, moduleSpecifier: "bica/runtime", namespaceImport: "Bica" }
  ]
  const head = headComment(source)
  const project = new Project({
    useInMemoryFileSystem: true,
    skipLoadingLibFiles: true,
    manipulationSettings: {
      indentationText: IndentationText.TwoSpaces,
      newLineKind: NewLineKind.LineFeed,
      quoteKind: QuoteKind.Double
    }
  })
  const file = project.createSourceFile("/pipeline.ts", {
    statements: [
      ...imports,
      ...statements(program.environments, names.environments, environment),
      ...statements(program.agents, names.agents, agent),
      ...statements(program.modules, names.modules, (one) => module(names, program, one)),
      ...statements<Term>(
        sorted(program.terms, (one) => termsIn(one.expression)),
        names.terms,
        (one) => expression(names, one.expression)
      ),
      ...statements(program.budgets, names.budgets, (one) => budget(names, one)),
      ...statements(program.objectives, names.objectives, (one) => objective(names, one)),
      ...statements(inOrder, names.stages, (one) => stage(names, program, one)),
      ...statements(program.studies, names.studies, (one) =>
        call(
          "Bica.Study.make",
          string(one.name),
          object([
            ["seeds", array(one.seeds.map(number))],
            ["compare", array(one.compare.map((name) => named(names.objectives, name)))]
          ])
        )
      ),
      ...statements(program.claims, names.claims, (one) => claim(names, one)),
      statement(
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
  })
  file.formatText({ semicolons: ts.SemicolonPreference.Remove, indentSize: 2 })
  // every constant has a doc comment, and only these begin a line
  const body = file.getFullText().replaceAll("\n/**", "\n\n/**")
  return `${head.length === 0 ? "" : `${head.join("\n")}\n//\n`}// Compiled by bica from ${oneLine(program.name)}.bica\n${body}`
}
