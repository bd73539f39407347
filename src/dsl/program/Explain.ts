/** Prints a program as a file of the language with nothing left out. */
import { sourceText, valueText } from "../../declaration/Written.ts"
import type * as Ast from "../syntax/Ast.ts"
import type { Claim, Expression, Module, Origin, Play, Program, Setting, Stage, Term } from "./Program.ts"

/** A value in one line, as it stands after its parameter's name. */
const value = (one: Setting): string => valueText(one.parameter.type, one.value)

// ---- where defaults come from ----------------------------------------------------------------------------------

const because = (origin: Origin): string | undefined =>
  origin.kind === "written"
    ? undefined
    : origin.source === undefined
      ? "default"
      : `default (${sourceText(origin.source)})`

/** Comments on every default inside a setting that is printed in one line. */
const inside = (one: Setting): ReadonlyArray<string> => {
  const reason = because(one.origin)
  return reason === undefined
    ? one.parts.flatMap((part) =>
        inside(part).map((text) => (text.startsWith("default") ? `${part.parameter.name}: ${text}` : text))
      )
    : [reason]
}

/** A line and what is said beside it. */
interface Line {
  readonly text: string
  readonly comments: ReadonlyArray<string>
}

const line = (text: string, comments: ReadonlyArray<string | undefined> = []): Line => ({
  text,
  comments: [...new Set(comments.filter((one) => one !== undefined))]
})

const indented = (lines: ReadonlyArray<Line>): ReadonlyArray<Line> =>
  lines.map((one) => ({ ...one, text: `  ${one.text}` }))

/** A setting on a line of its own; a block, or a choice with several arguments, one line for each part. */
const settingLines = (one: Setting, name = one.parameter.name): ReadonlyArray<Line> => {
  const type = one.parameter.type
  if (type.kind === "block" && one.parts.length > 0) {
    return [line(`${name} {`), ...indented(one.parts.flatMap((part) => settingLines(part))), line("}")]
  }
  if (type.kind === "choice" && one.parts.length > 1) {
    const word = typeof one.value === "object" && "choice" in one.value ? one.value.choice : ""
    return [
      line(`${name} ${String(word)} {`, [because(one.origin)]),
      ...indented(one.parts.flatMap((part) => settingLines(part))),
      line("}")
    ]
  }
  return [line(`${name} ${value(one)}`, inside(one))]
}

// ---- expressions -----------------------------------------------------------------------------------------------

const precedence: Readonly<Record<string, number>> = { "+": 2, "-": 2, "*": 3, "/": 3, "^": 5 }

const quantity = (one: Ast.Quantity): string => (one.unit === undefined ? one.text : `${one.text} ${one.unit.text}`)

const path = (one: Ast.Path): string => one.parts.map((part) => part.text).join(".")

const syntaxValue = (one: Ast.Value): string => {
  switch (one._tag) {
    case "Number":
      return quantity(one.quantity)
    case "Range":
      return `${quantity(one.low)} .. ${quantity(one.high)}`
    case "Extent":
      return `${quantity(one.width)} by ${quantity(one.height)}`
    case "Schedule":
      return one.pace.kind === "over"
        ? `${quantity(one.from)} -> ${quantity(one.to)} over ${quantity(one.pace.quantity)}`
        : `${quantity(one.from)} -> ${quantity(one.to)} by ${quantity({ ...one.pace.quantity, unit: undefined })} per update`
    case "Reference":
      return path(one.path)
    case "Call": {
      const given = one.arguments.filter(
        (argument) => argument.name?.text !== "with" || argument.value._tag !== "Block"
      )
      return `${path(one.callee)}(${given.map((argument) => `${argument.name === undefined ? "" : `${argument.name.text} `}${syntaxValue(argument.value)}`).join(", ")})`
    }
    case "Block":
      return `{ ${one.entries.map((entry) => `${path(entry.key)} ${syntaxValue(entry.value)}`).join(", ")} }`
    case "Names":
      return `{ ${one.names.map(({ text }) => text).join(", ")} }`
  }
}

const prefixed = (name: string, text: string | undefined): string | undefined =>
  text === undefined ? undefined : `${name}: ${text}`

/** How often a claim is decided where it is true, with what that was computed from. */
const chance = ({ power, test, unit }: Claim): string | undefined => {
  if (power === undefined) return undefined
  const amount = (of: number): string =>
    unit === "fraction"
      ? `${Number((of * 100).toPrecision(3))} %`
      : `${Number(of.toPrecision(3))}${unit === "any" ? "" : ` ${unit}`}`
  const truth =
    power.stated || unit === "fraction"
      ? `a truth ${amount(power.difference)} beyond the claim and a spread of ${amount(power.margin)} over seeds`
      : "a truth two spreads over seeds beyond the claim"
  return `power ${Math.round(power.power * 100)} % by ${test.by} with ${power.seeds} seeds, for ${truth}`
}

/** A variant of an objective, as a claim names it. */
const change = (one: Ast.Change): string =>
  one.kind === "without" ? `without ${path(one.path)}` : `with ${path(one.path)} ${syntaxValue(one.value)}`

/** What `ppo(…)` or `learned by …` at a place in the file was resolved to, by the place where it begins. */
type Surrogates = ReadonlyMap<number, Extract<Expression, { readonly _tag: "Ppo" | "Learned" }>>

const surrogates = (expressions: ReadonlyArray<Expression>): Surrogates => {
  const found = new Map<number, Extract<Expression, { readonly _tag: "Ppo" | "Learned" }>>()
  const open = [...expressions]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next._tag === "Ppo" || next._tag === "Learned") found.set(next.span.start, next)
    if (next._tag === "Apply") open.push(...next.arguments)
  }
  return found
}

const expression = (one: Ast.Expression, known: Surrogates, level = 0): string => {
  const inner = (of: Ast.Expression, at: number): string => expression(of, known, at)
  const within = (own: number, text: string): string => (own < level ? `(${text})` : text)
  switch (one._tag) {
    case "Literal":
      return quantity(one.quantity)
    case "Variable":
      return path(one.path)
    case "Apply": {
      const surrogate = path(one.callee) === "ppo" ? known.get(one.span.start) : undefined
      if (surrogate?._tag === "Ppo") {
        return `ppo(${[surrogate.agent, ...surrogate.settings.map((part) => `${part.parameter.name} ${value(part)}`)].join(", ")})`
      }
      const named = one.named.map(
        (argument) => `${argument.name === undefined ? "" : `${argument.name.text} `}${syntaxValue(argument.value)}`
      )
      return `${path(one.callee)}(${[...one.arguments.map((argument) => inner(argument, 0)), ...named].join(", ")})`
    }
    case "Divergence":
      return `${inner(one.left, 0)} || ${inner(one.right, 0)}`
    case "Given":
      return `${inner(one.left, 0)} given ${inner(one.right, 0)}`
    case "Over":
      return `${inner(one.operand, 0)} over ${path(one.axis)}`
    case "On":
      return `${inner(one.left, 0)} on ${path(one.right)}`
    case "After":
      return `${inner(one.left, 0)} after ${path(one.stage)}`
    case "Changed":
      return `${inner(one.left, 0)} ${change(one.change)}`
    case "Negate":
      return within(4, `-${inner(one.operand, 4)}`)
    case "Scheduled":
      return level > 2 ? `(${syntaxValue(one.schedule)})` : syntaxValue(one.schedule)
    case "Learned": {
      const resolved = known.get(one.span.start)
      const learner = resolved?._tag === "Learned" ? resolved : undefined
      return `learned by ${learner === undefined ? syntaxValue(one.by) : value(learner.by)}`
    }
    case "Binary": {
      const own = precedence[one.operator] ?? 1
      return within(
        own,
        `${inner(one.left, own)}${one.operator === "^" ? "^" : ` ${one.operator} `}${inner(one.right, own + 1)}`
      )
    }
  }
}

const surrogateComments = (known: Surrogates): ReadonlyArray<string> =>
  [...known.values()]
    .sort((a, b) => a.span.start - b.span.start)
    .flatMap((one) =>
      (one._tag === "Ppo" ? one.settings : one.by.parts).flatMap((part) => {
        const reason = because(part.origin)
        return reason === undefined ? [] : [`${part.parameter.name}: ${reason}`]
      })
    )

// ---- declarations ----------------------------------------------------------------------------------------------

const block = (head: string, body: ReadonlyArray<Line>): ReadonlyArray<Line> => [
  line(`${head} {`),
  ...indented(body),
  line("}")
]

const stageLines = (stage: Stage): ReadonlyArray<Line> => {
  const head = `stage ${stage.name}${stage.parameter === undefined ? "" : `(objective ${stage.parameter})`}${stage.work._tag === "Training" && stage.objective !== undefined ? ` for ${stage.objective.name}` : ""}${stage.after.length === 0 ? "" : ` after ${stage.after.join(", ")}`}`
  const work = stage.work
  if (work._tag === "Training") {
    return block(head, [
      ...block(`repeat ${value(work.times)}`, [
        line(
          `rollout ${value(work.environments)}${work.on === undefined ? "" : ` on ${work.on.shift ?? work.on.environment}`} for ${value(work.steps)} {`,
          [because(work.steps.origin)]
        ),
        ...indented(work.rollout.flatMap((one) => settingLines(one))),
        line("}"),
        ...block(
          `update ${work.targets.join(", ")}${work.jointly ? " jointly" : ""}`,
          work.update.flatMap((one) => settingLines(one))
        ),
        ...(work.ascends ? [line("ascend budgets")] : [])
      ]),
      line(`checkpoint every ${value(work.checkpoint)}`, [because(work.checkpoint.origin)])
    ])
  }
  if (work._tag === "Imitation") {
    const bound = work.bound === undefined ? "" : `loss < ${value(work.bound)} or `
    return block(head, [
      line(
        `imitate ${value(work.teacher)} by ${work.pupil} until ${bound}${value(work.limit)} {`,
        inside(work.teacher)
      ),
      ...indented(work.settings.flatMap((one) => settingLines(one))),
      line("}"),
      line(`checkpoint every ${value(work.checkpoint)}`, [because(work.checkpoint.origin)])
    ])
  }
  if (work._tag === "Fit") {
    return block(head, [
      ...block(
        `fit ${stage.environment}.${work.model} for ${value(work.updates)}`,
        work.settings.flatMap((one) => settingLines(one))
      ),
      line(`checkpoint every ${value(work.checkpoint)}`, [because(work.checkpoint.origin)])
    ])
  }
  const on = work.on.map((one) => one.shift ?? one.environment).join(", ")
  const by = work.by.length === 0 ? "" : ` by ${work.by.map((one) => `${stage.environment}.${one.name}`).join(", ")}`
  const play = `play ${value(work.episodes)} on ${on}${by}`
  return block(head, [
    ...(work.settings.length === 0
      ? [line(play)]
      : block(
          play,
          work.settings.flatMap((one) => settingLines(one))
        )),
    ...measureLines(work)
  ])
}

const measureLines = (work: Play): ReadonlyArray<Line> => {
  const head = `measure ${work.measure.join(", ")}`
  const references = [
    ...(work.baseline === undefined ? [] : [line(`baseline ${work.baseline}`)]),
    ...(work.alone === undefined ? [] : [line(`alone ${work.alone}`)]),
    ...(work.suite.length === 0
      ? []
      : [line(`suite ${work.suite.map((one) => one.shift).join(", ")}`, [because(work.suiteOrigin)])])
  ]
  return references.length === 0 ? [line(head)] : block(head, references)
}

const moduleLines = (one: Module): ReadonlyArray<Line> => {
  switch (one._tag) {
    case "Protocol":
      return block(`protocol ${one.name} for ${one.agent}`, [
        line(value(one.method), inside(one.method)),
        ...one.settings.flatMap((part) => settingLines(part))
      ])
    case "Mapper":
      return block(`mapper ${one.name} from ${one.from} to ${one.to}`, [line(value(one.method), inside(one.method))])
    case "Instructor":
      return block(`instructor ${one.name} for ${one.agent}`, [
        line(`sees ${[...one.sees, ...(one.history > 0 ? [`history(${one.history})`] : [])].join(", ")}`),
        line(`gives { ${one.gives.join(", ")} }`),
        ...one.settings.flatMap((part) => settingLines(part))
      ])
  }
}

/**
 * The program as a `.bica` file with every default filled in, and beside each default where it comes from. The text parses,
 * and its objectives and stages have the same semantic hashes.
 */
export const explain = (program: Program): string => {
  const parts: Array<ReadonlyArray<Line>> = []
  const uses = [
    ...program.libraries.map((one) => line(`use ${one.name}`)),
    ...program.code.map((one) => line(`use ${JSON.stringify(one.path)} as ${one.name}`, [`sha256 ${one.digest}`]))
  ]
  if (uses.length > 0) parts.push(uses)
  for (const one of program.environments) {
    parts.push(
      block(`environment ${one.name} = ${one.declaration.name}`, [
        ...one.settings.flatMap((part) => settingLines(part)),
        ...one.shifts.flatMap((shift) =>
          block(`shift ${shift.name}`, [
            ...shift.settings.flatMap((part) => settingLines(part)),
            ...shift.noise.flatMap(({ agent, setting }) => settingLines(setting, `${agent}.noise`))
          ])
        )
      ])
    )
  }
  for (const one of program.agents) {
    const views = one.sees.flatMap((seen) =>
      seen._tag === "Observation" && seen.observation.extent !== undefined && seen.origin.kind === "default"
        ? [`${seen.observation.name}: ${because(seen.origin) ?? ""}`]
        : []
    )
    const sees = one.sees.map((seen) =>
      seen._tag === "Message"
        ? `${seen.agent}.message`
        : seen._tag === "Advice"
          ? `${seen.instructor}.advice`
          : seen.observation.extent === undefined
            ? seen.observation.name
            : `${seen.observation.name}(${seen.observation.extent.width} by ${seen.observation.extent.height})`
    )
    parts.push(
      block(`agent ${one.name} plays ${one.environment}.${one.role.name}`, [
        line(`sees ${sees.join(", ")}`, views),
        ...(one.says.length === 0 ? [] : [line(`says { ${one.says.join(", ")} }`)]),
        ...(one.codes === undefined ? [] : [line(`says ${value(one.codes)}`)]),
        ...[one.policy, one.prior, one.protocol, one.noise].flatMap((part) =>
          part === undefined ? [] : settingLines(part)
        )
      ])
    )
  }
  for (const one of program.modules) parts.push(moduleLines(one))
  const defines = program.defines.map(({ syntax }) =>
    line(
      `define ${syntax.name.text}(${syntax.parameters.map((one) => `${one.name.text}: ${one.kind.text}`).join(", ")}) = ${expression(syntax.expression, new Map())}`
    )
  )
  if (defines.length > 0) parts.push(defines)
  const assignment = (
    head: string,
    syntax: Ast.Expression,
    resolved: ReadonlyArray<Expression>,
    tail: string,
    comments: ReadonlyArray<string> = []
  ): Line => {
    const known = surrogates(resolved)
    return line(`${head} ${expression(syntax, known)}${tail}`, [...surrogateComments(known), ...comments])
  }
  const terms = program.terms.map((one: Term) => assignment(`term ${one.name} =`, one.syntax, [one.expression], ""))
  if (terms.length > 0) parts.push(terms)
  const budgets = program.budgets.map((one) => {
    const unit = one.unit === "none" ? "" : ` ${one.unit}`
    return assignment(
      `budget ${one.name}:`,
      one.syntax,
      [one.quantity],
      ` <= ${one.atMost}${unit} by ${value(one.by)}`,
      inside(one.by)
    )
  })
  if (budgets.length > 0) parts.push(budgets)
  for (const one of program.objectives) {
    const within = one.within.length === 0 ? "" : ` within ${one.within.join(", ")}`
    const freezing = one.freezing.length === 0 ? "" : ` freezing ${one.freezing.join(", ")}`
    const silencing = one.silencing.length === 0 ? "" : ` silencing ${one.silencing.join(", ")}`
    parts.push([assignment(`objective ${one.name} =`, one.syntax, one.loss, `${within}${freezing}${silencing}`)])
  }
  for (const one of program.stages) parts.push(stageLines(one))
  for (const one of program.studies) {
    parts.push(
      block(`study ${one.name}`, [
        ...(one.syntax.from === undefined ? [] : [line(`from ${path(one.syntax.from)}`)]),
        line(`seeds ${one.seeds.join(", ")}`, [because(one.seedsOrigin)]),
        ...(one.compare.length === 0 || (one.syntax.from?.parts.length ?? 0) > 1
          ? []
          : [line(`compare ${one.compare.join(", ")}`, [because(one.compareOrigin)])]),
        ...one.syntax.vary.map((vary) => line(`vary ${path(vary.path)} ${vary.values.map(syntaxValue).join(", ")}`)),
        ...one.syntax.without.map((each) => line(`without ${path(each)}`))
      ])
    )
  }
  const claims = program.claims.map((one) =>
    line(
      `claim ${one.name}: ${expression(one.syntax, new Map())} with ${one.test.kind === "significance" ? `p < ${value(one.test.setting)}` : `${value(one.test.setting)} confidence`} by ${one.test.by}${one.assuming.length === 0 ? "" : ` assuming ${one.assuming.map((each) => `${each.name.text} ${quantity(each.quantity)}`).join(", ")}`}`,
      [because(one.test.setting.origin), prefixed("by", because(one.test.byOrigin)), chance(one)]
    )
  )
  if (claims.length > 0) parts.push(claims)
  return parts.map(print).join("\n")
}

/** Columns of code beside which a comment is still near. */
const near = 60

/** Lines with what is said beside them: in one column, or above where a line is long or much is said of it. */
const print = (lines: ReadonlyArray<Line>): string => {
  const beside = (one: Line): boolean => one.comments.length === 1 && one.text.length <= near
  const column = Math.max(0, ...lines.filter(beside).map((one) => one.text.length))
  return lines
    .flatMap((one) => {
      if (beside(one)) return [`${one.text.padEnd(column)}  // ${one.comments.join("")}`]
      const indent = /^ */.exec(one.text)?.[0] ?? ""
      return [...one.comments.map((comment) => `${indent}// ${comment}`), one.text]
    })
    .map((text) => `${text}\n`)
    .join("")
}
