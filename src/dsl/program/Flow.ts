/** What trains what: the terms and budgets of an objective against the groups of parameters of a stage that trains. */
import type { Expression, Objective, Program, Stage } from "./Program.ts"
import { summands } from "./Summand.ts"

/** Why a group gets no gradient from a part of the loss; `trains` where it does. */
export type Reason = "trains" | "frozen" | "not updated" | "detached" | "read only" | "no path"

/** One group in one row. `by` is what stops the gradient, or who freezes. */
export interface FlowCell {
  readonly group: string
  readonly reason: Reason
  readonly by?: string
}

/** One part of a loss. */
export interface FlowRow {
  readonly name: string
  readonly kind: "term" | "budget" | "critic"
  readonly cells: ReadonlyArray<FlowCell>
}

/** The parts of an objective's loss and the groups of a stage. */
export interface FlowTable {
  readonly stage: string
  /** Undefined where an agent imitates. */
  readonly objective: string | undefined
  readonly groups: ReadonlyArray<string>
  readonly rows: ReadonlyArray<FlowRow>
}

/** The name under which a team keeps its value network. */
const critic = "critic"

type Cut = { readonly kind: "trains" | "none" } | { readonly kind: "detached" | "read"; readonly by: string }

/** How the functions that stop a gradient are called in a sentence. */
const spoken: Readonly<Record<string, string>> = {
  less: "the comparison `<`",
  lessEqual: "the comparison `<=`",
  greater: "the comparison `>`",
  greaterEqual: "the comparison `>=`",
  equal: "the comparison `==`",
  multiply: "a factor of 0",
  divide: "a dividend of 0",
  where: "the condition of `where`"
}

const operands = (of: Expression): ReadonlyArray<Expression> => {
  switch (of._tag) {
    case "Apply":
      return of.arguments
    case "Mapped":
      return [of.argument]
    case "Term":
      return [of.expression]
    default:
      return []
  }
}

/** Whether a gradient flows from an expression to a group, and if not, what is in its way. */
const follow = (of: Expression, group: string, known: Map<Expression, Cut>): Cut => {
  if (of.trains.includes(group)) return { kind: "trains" }
  const before = known.get(of)
  if (before !== undefined) return before
  let found: Cut = { kind: "none" }
  const parts = operands(of)
  if (of._tag === "Apply" && parts.some((part) => part.trains.includes(group))) {
    const name = of.primitive
    const same = parts.length === 2 && parts[0]?.digest === parts[1]?.digest
    found = {
      kind: "detached",
      by: same && spoken[name] === undefined ? `\`${name}\` of equals` : (spoken[name] ?? `\`${name}\``)
    }
  } else {
    for (const part of parts) {
      const one = follow(part, group, known)
      if (one.kind === "detached" || (one.kind === "read" && found.kind === "none")) found = one
    }
    if (of._tag === "Quantity" && of.reads.includes(group)) found = { kind: "read", by: `${of.agent}.${of.quantity}` }
  }
  known.set(of, found)
  return found
}

const cell = (
  of: Expression,
  group: string,
  options: { readonly frozen: boolean; readonly updated: boolean; readonly objective: string; readonly stage: string }
): FlowCell => {
  const cut = follow(of, group, new Map())
  switch (cut.kind) {
    case "trains":
      return options.frozen
        ? { group, reason: "frozen", by: options.objective }
        : options.updated
          ? { group, reason: "trains" }
          : { group, reason: "not updated", by: options.stage }
    case "detached":
      return { group, reason: "detached", by: cut.by }
    case "read":
      return { group, reason: "read only", by: cut.by }
    case "none":
      return { group, reason: "no path" }
  }
}

/** Whether only stages that are `for` an objective train it. */
const isOnlyFixed = ({ stages, studies }: Program, { name }: Objective): boolean =>
  stages.some(({ objective }) => objective?.name === name) && !studies.some(({ compare }) => compare.includes(name))

const table = (program: Program, stage: Stage, objective: Objective): FlowTable | undefined => {
  const { work } = stage
  if (work._tag !== "Training") return undefined
  if (stage.objective === undefined ? isOnlyFixed(program, objective) : stage.objective.name !== objective.name)
    return undefined
  const learners = [...stage.agents, ...program.modules.map((one) => one.name)]
  const groups = [...learners, critic]
  const row = (name: string, kind: FlowRow["kind"], of: Expression): FlowRow => ({
    name,
    kind,
    cells: [
      ...learners.map((group) =>
        cell(of, group, {
          frozen: objective.freezing.includes(group),
          updated: work.targets.includes(group),
          objective: objective.name,
          stage: stage.name
        })
      ),
      { group: critic, reason: "no path" } as const
    ]
  })
  const within = objective.within.flatMap((name) => program.budgets.filter((one) => one.name === name))
  return {
    stage: stage.name,
    objective: objective.name,
    groups,
    rows: [
      ...summands(objective).map((one) => row(one.name, "term", one.term)),
      ...within.map((one) => row(one.name, "budget", one.quantity)),
      {
        name: "value",
        kind: "critic",
        cells: groups.map((group) => ({ group, reason: group === critic ? "trains" : "no path" }) as const)
      }
    ]
  }
}

/** What an imitation trains: the pupil, and nobody else; and a stage that fits a model. */
const imitationTable = (program: Program, stage: Stage): FlowTable | undefined => {
  const { work } = stage
  if (work._tag === "Fit") {
    const cells = [{ group: work.model, reason: "trains" } as const]
    return {
      stage: stage.name,
      objective: undefined,
      groups: [work.model],
      rows: [{ name: `fits ${work.model}`, kind: "term", cells }]
    }
  }
  if (work._tag !== "Imitation") return undefined
  const { value } = work.teacher
  const rule = typeof value === "object" && "choice" in value ? value.choice : ""
  const groups = [...stage.agents, ...program.modules.map((one) => one.name)]
  return {
    stage: stage.name,
    objective: undefined,
    groups,
    rows: [
      {
        name: `imitates ${String(rule)}`,
        kind: "term",
        cells: groups.map((group) => ({ group, reason: group === work.pupil ? "trains" : "no path" }) as const)
      }
    ]
  }
}

/** One table for each imitation and each model that is fitted, and for each objective in each stage that trains, in the order of the file. */
export const flow = (program: Program): ReadonlyArray<FlowTable> =>
  program.stages.flatMap((stage) => {
    const imitation = imitationTable(program, stage)
    return imitation === undefined
      ? program.objectives.flatMap((objective) => table(program, stage, objective) ?? [])
      : [imitation]
  })

/** The tables as lines of text: a row for each part of the loss, a column for each group, and below why a cell is empty. */
export const flowText = (program: Program): string =>
  flow(program)
    .map(({ groups, objective, rows, stage }) => {
      const head = ["", ...groups]
      const body = rows.map((row) => [
        row.kind === "budget" ? `within ${row.name}` : row.kind === "critic" ? "value of the critic" : row.name,
        ...row.cells.map((each) => (each.reason === "no path" ? "-" : each.reason))
      ])
      const widths = head.map((_, i) => Math.max(...[head, ...body].map((line) => line[i]?.length ?? 0)))
      const line = (cells: ReadonlyArray<string>): string =>
        `  ${cells.map((each, i) => each.padEnd(widths[i] ?? 0)).join("  ")}`.trimEnd()
      const why = rows.flatMap((row) =>
        row.cells.flatMap((each) => {
          switch (each.reason) {
            case "detached":
              return [`  ${row.name} does not train ${each.group}: ${each.by ?? ""} stops the gradient`]
            case "read only":
              return [`  ${row.name} does not train ${each.group}: ${each.by ?? ""} is read, and has no gradient`]
            case "frozen":
              return [`  ${row.name} does not train ${each.group}: ${each.by ?? ""} freezes it`]
            case "not updated":
              return [`  ${row.name} does not train ${each.group}: no update of ${each.by ?? ""} names it`]
            default:
              return []
          }
        })
      )
      return [
        objective === undefined ? `stage ${stage}` : `stage ${stage}, objective ${objective}`,
        line(head),
        ...body.map(line),
        ...(why.length === 0 ? [] : ["", ...why]),
        ""
      ].join("\n")
    })
    .join("\n")
