/**
 * The checked program: names resolved, defaults filled in, expressions typed. The one data structure that emit, explain,
 * plan and the documentation read. It is plain data and holds nothing that a machine or a moment could change.
 */
import type {
  EnvironmentDeclaration,
  ObservationDeclaration,
  OracleDeclaration,
  RoleDeclaration
} from "../../declaration/Environment.ts"
import type { Parameter, Schedule, Source, Value } from "../../declaration/Parameter.ts"
import type { Span } from "../diagnostic/Diagnostic.ts"
import type * as Ast from "../syntax/Ast.ts"

// ---- parameters ------------------------------------------------------------------------------------------------

/** Whether a value stands in the file, or where its default comes from. */
export type Origin =
  | { readonly kind: "written"; readonly span: Span }
  | { readonly kind: "default"; readonly source: Source | undefined }

/** A parameter with its value. `parts` are the parameters inside a block or the arguments of a choice. */
export interface Setting {
  readonly parameter: Parameter
  readonly origin: Origin
  readonly value: Value
  readonly parts: ReadonlyArray<Setting>
}

// ---- expressions -----------------------------------------------------------------------------------------------

/**
 * What the rows of a value or of a distribution are: the steps of a minibatch (axes time and env); one for each copy of the environment
 * or each step, where the other axis was summed up; one row where both were; the codes of the protocol that is named, weighted by their
 * share of the steps; or one row for the whole minibatch, of the protocol that is named.
 */
export type Rows =
  | { readonly per: "step" | "env" | "time" | "batch" }
  | { readonly per: "code" | "minibatch"; readonly protocol: string }

/** What a distribution is over, in words, and how many outcomes there are; a chain of several choices has no one number. */
export interface Support {
  readonly what: string
  readonly size: number
  readonly chain: boolean
  /** The axis of its probabilities. */
  readonly axis: string
}

/** One number, a value per row `[rows, width]`, or a distribution per row; without `rows` they are steps. A width above 1 has a name. */
export type Kind =
  | { readonly kind: "scalar" }
  | { readonly kind: "tensor"; readonly width: number; readonly axis?: string; readonly rows?: Rows }
  | { readonly kind: "categorical"; readonly over: Support; readonly rows?: Rows }

/** A function of the expression language, by the name that enters its meaning: that of the table of primitives, or of an operator. */
export type Primitive = string

/** What may be asked of an agent, a protocol, an instructor or an environment; the table of primitives has them all. */
export type QuantityName = string

/** An axis that a reduction runs over. */
export type Axis = "time" | "env" | "component"

interface Typed {
  readonly type: Kind
  /** `nats`, `nats^2`, …; `any` goes with every unit. */
  readonly unit: string
  /** Agents and modules whose parameters receive a gradient from the value. */
  readonly trains: ReadonlyArray<string>
  /** Agents and modules that the value names. */
  readonly reads: ReadonlyArray<string>
  /** Number of nodes with every name written out. */
  readonly size: number
  /** Levels of nesting with every name written out. */
  readonly depth: number
  /** sha256 of the meaning: equal for equal expressions whatever their names. */
  readonly digest: string
  readonly span: Span
}

/** A typed expression, definitions written out. */
export type Expression =
  | (Typed & { readonly _tag: "Number"; readonly value: number })
  | (Typed & { readonly _tag: "Scheduled"; readonly schedule: Schedule })
  /** A weight that is learned, a factor of a summand of an objective. */
  | (Typed & { readonly _tag: "Learned"; readonly by: Setting })
  /** `agent` is the agent, the module or the environment that is asked. */
  | (Typed & { readonly _tag: "Quantity"; readonly agent: string; readonly quantity: QuantityName })
  /** The image of a latent under a mapper. */
  | (Typed & { readonly _tag: "Mapped"; readonly mapper: string; readonly argument: Expression })
  /** `axis`: what a reduction runs over, where it is not everything. `view`: that of `paired`. */
  | (Typed & {
      readonly _tag: "Apply"
      readonly primitive: Primitive
      readonly arguments: ReadonlyArray<Expression>
      readonly axis?: Axis
      readonly view?: string
    })
  /** `agent` is the agent or the instructor that is trained. */
  | (Typed & { readonly _tag: "Ppo"; readonly agent: string; readonly settings: ReadonlyArray<Setting> })
  | (Typed & { readonly _tag: "Term"; readonly name: string; readonly expression: Expression })

// ---- declarations ----------------------------------------------------------------------------------------------

/** A library that the file uses. */
export interface Library {
  readonly name: string
  readonly span: Span
}

/** A module of the user's own: its path as written, its name in the file, and the digest of its text. */
export interface Code {
  readonly name: string
  readonly path: string
  readonly digest: string
  readonly span: Span
}

/** An environment with its parameters and named distribution shifts. */
export interface Environment {
  readonly name: string
  readonly span: Span
  readonly declaration: EnvironmentDeclaration
  readonly settings: ReadonlyArray<Setting>
  readonly shifts: ReadonlyArray<Shift>
}

/** What a shift changes: whole parameters of the environment, and the channel noise of agents. */
export interface Shift {
  readonly name: string
  readonly span: Span
  readonly settings: ReadonlyArray<Setting>
  readonly noise: ReadonlyArray<{ readonly agent: string; readonly setting: Setting }>
}

/** One thing that an agent sees: an observation of its role, what another agent says, or an instructor's advice. */
export type Seen =
  | {
      readonly _tag: "Observation"
      readonly observation: ObservationDeclaration
      readonly origin: Origin
      readonly span: Span
    }
  | { readonly _tag: "Message"; readonly agent: string; readonly span: Span }
  | { readonly _tag: "Advice"; readonly instructor: string; readonly span: Span }

/** An agent. `protocol` and `noise` are there exactly when its role speaks, `codes` when it says codes. */
export interface Agent {
  readonly name: string
  readonly span: Span
  readonly environment: string
  readonly role: RoleDeclaration
  readonly sees: ReadonlyArray<Seen>
  readonly says: ReadonlyArray<string>
  readonly codes: Setting | undefined
  readonly policy: Setting
  readonly prior: Setting
  readonly protocol: Setting | undefined
  readonly noise: Setting | undefined
}

/** A learned protocol, by which an agent says codes. */
export interface Protocol {
  readonly _tag: "Protocol"
  readonly name: string
  readonly span: Span
  readonly agent: string
  readonly method: Setting
  readonly settings: ReadonlyArray<Setting>
}

/** A map from one agent's latent space into another's. */
export interface Mapper {
  readonly _tag: "Mapper"
  readonly name: string
  readonly span: Span
  readonly from: string
  readonly to: string
  readonly method: Setting
}

/** Who advises an agent. */
export interface Instructor {
  readonly _tag: "Instructor"
  readonly name: string
  readonly span: Span
  readonly agent: string
  readonly sees: ReadonlyArray<string>
  /** How many of the last steps it sees; 0 for none. */
  readonly history: number
  readonly gives: ReadonlyArray<string>
  readonly settings: ReadonlyArray<Setting>
}

/** What is learned between the agents. */
export type Module = Protocol | Mapper | Instructor

/** An own function, kept for printing; its uses are written out in the expressions. */
export interface Define {
  readonly name: string
  readonly span: Span
  readonly syntax: Ast.Define
}

/** A named expression. */
export interface Term {
  readonly name: string
  readonly span: Span
  readonly expression: Expression
  readonly syntax: Ast.Expression
}

/** A constraint `quantity <= atMost` with its dual update. A quantity per step is averaged over the steps. */
export interface Budget {
  readonly name: string
  readonly span: Span
  readonly quantity: Expression
  readonly atMost: number
  readonly unit: string
  readonly by: Setting
  readonly syntax: Ast.Expression
}

/** What a team is trained for. */
export interface Objective {
  readonly name: string
  readonly span: Span
  /** The summands of the loss, in the order written. */
  readonly loss: ReadonlyArray<Expression>
  readonly within: ReadonlyArray<string>
  /** Agents and modules. */
  readonly freezing: ReadonlyArray<string>
  /** Agents and protocols whose messages are never sent. */
  readonly silencing: ReadonlyArray<string>
  readonly syntax: Ast.Expression
  /** sha256 of the objective's meaning. */
  readonly semantics: string
}

/** Where episodes are played: the environment as declared, or under one of its shifts. */
export interface Condition {
  readonly environment: string
  readonly shift: string | undefined
  readonly span: Span
}

/** A stage that trains the agents for each objective. */
export interface Training {
  readonly _tag: "Training"
  readonly times: Setting
  readonly environments: Setting
  /** The shift that it trains on; undefined on the environment as declared. */
  readonly on: Condition | undefined
  readonly steps: Setting
  readonly rollout: ReadonlyArray<Setting>
  /** Agents and modules. */
  readonly targets: ReadonlyArray<string>
  readonly jointly: boolean
  readonly update: ReadonlyArray<Setting>
  readonly ascends: boolean
  readonly checkpoint: Setting
}

/** A stage in which an agent learns to do what a rule of its role does, once per seed. */
export interface Imitation {
  readonly _tag: "Imitation"
  readonly pupil: string
  /** A choice: the rule, with its scale and how often it errs. */
  readonly teacher: Setting
  /** The loss below which it ends, if there is a bound. */
  readonly bound: Setting | undefined
  /** The most updates. */
  readonly limit: Setting
  readonly settings: ReadonlyArray<Setting>
  readonly checkpoint: Setting
}

/** A stage in which a model of the environment is fitted, once per seed. */
export interface Fit {
  readonly _tag: "Fit"
  readonly model: string
  readonly updates: Setting
  readonly settings: ReadonlyArray<Setting>
  readonly checkpoint: Setting
}

/** A stage that plays episodes with the trained team (`by` is empty) or with oracles, and measures. */
export interface Play {
  readonly _tag: "Play"
  readonly episodes: Setting
  readonly on: ReadonlyArray<Condition>
  readonly by: ReadonlyArray<OracleDeclaration>
  readonly settings: ReadonlyArray<Setting>
  /** What is measured, with all that it is made of. */
  readonly measure: ReadonlyArray<string>
  /** The objectives that metrics compare with; undefined where none needs one. */
  readonly baseline: string | undefined
  readonly alone: string | undefined
  /** The shifts under which stability is measured; empty where nothing needs them. */
  readonly suite: ReadonlyArray<Condition>
  readonly suiteOrigin: Origin
}

/** One resumable, seeded, cached unit of work. */
export interface Stage {
  readonly name: string
  readonly span: Span
  /** Name of the objective parameter, if it declares one. */
  readonly parameter: string | undefined
  readonly after: ReadonlyArray<string>
  readonly environment: string
  /** Agents in the order of the environment's roles. */
  readonly agents: ReadonlyArray<string>
  readonly forEach: "objective" | "seed"
  /** What it trains for, or its team was trained for, where the file says that and not the study. */
  readonly objective?: Objective
  /** The training that a training goes on from. */
  readonly from?: string
  /**
   * Whose team a stage plays: the imitation or the training that left it. Of a stage that runs for every objective only where the file
   * plays the teams of several trainings.
   */
  readonly team?: string
  readonly work: Training | Play | Imitation | Fit
  /** sha256 of the stage's meaning, without the stages that it comes after. */
  readonly semantics: string
}

/** The file with one change, checked as a file of its own: with the objectives of its study, without studies and claims. */
export interface Variant {
  /** `codes.size=8`, `without-rep`: also the name of a folder. */
  readonly name: string
  readonly span: Span
  readonly change: Ast.Change
  readonly program: Program
}

/** Seeds x objectives x (the file as it stands and each of its variants). */
export interface Study {
  readonly name: string
  readonly span: Span
  readonly seeds: ReadonlyArray<number>
  readonly seedsOrigin: Origin
  readonly compare: ReadonlyArray<string>
  readonly compareOrigin: Origin
  readonly variants: ReadonlyArray<Variant>
  /** The values that are varied and happen to be those of the file: these name the file as it stands. */
  readonly defaults: ReadonlyArray<Ast.Change>
  readonly syntax: Ast.Study
}

/**
 * Who was measured: an oracle, the team of an objective, or the team that a stage left which runs once per seed; in a variant of a study
 * or as the file stands.
 */
export interface MeasuredSubject {
  readonly kind: "objective" | "oracle" | "team"
  readonly name: string
  /** The training that left the team, where the teams of several are measured. */
  readonly after: string | undefined
  readonly variant: { readonly study: string; readonly name: string } | undefined
  /** How its choices were taken; undefined is the most probable one. */
  readonly choose: "sampled" | undefined
}

/** How a claim is tested over seeds. */
export type TestMethod = "bootstrap" | "paired_t" | "welch" | "sign_flip"

/** What the power of a claim was computed from; every number in the unit of its margin, spreads over seeds. */
export interface Power {
  /** How often a study of this design decides the claim where it is true, from 0 to 1. */
  readonly power: number
  readonly seeds: number
  /** How far the truth lies beyond what is claimed. */
  readonly difference: number
  /** Of one condition's measured value, by its training. */
  readonly spread: number
  /** Of the margin, by training and episodes together. */
  readonly margin: number
  readonly stated: boolean
}

/** A value that a claim speaks about. */
export type ClaimExpression =
  | { readonly _tag: "Number"; readonly value: number; readonly unit: string; readonly span: Span }
  | {
      readonly _tag: "Measured"
      readonly metric: string
      readonly of: MeasuredSubject
      readonly on: Condition
      readonly span: Span
    }
  /** The interquartile mean over seeds, in place of the mean. */
  | { readonly _tag: "Iqm"; readonly of: ClaimExpression; readonly span: Span }
  | {
      readonly _tag: "Arithmetic"
      readonly operator: "plus" | "minus" | "times" | "divide"
      readonly left: ClaimExpression
      readonly right: ClaimExpression
      readonly span: Span
    }

/** A statement about measured values with its test. */
export interface Claim {
  readonly name: string
  readonly span: Span
  readonly left: ClaimExpression
  readonly relation: "<" | "<=" | ">" | ">="
  readonly right: ClaimExpression
  readonly test: {
    readonly kind: "confidence" | "significance"
    readonly setting: Setting
    readonly by: TestMethod
    readonly byOrigin: Origin
    /** The study over whose claims a p is corrected; empty for a confidence. */
    readonly family: string
  }
  readonly assuming: ReadonlyArray<Ast.Assumption>
  /** Of both sides and what lies between them. */
  readonly unit: string
  /** Undefined where the file does not say how often anything is measured. */
  readonly power: Power | undefined
  readonly syntax: Ast.Expression
}

/** A whole file that may be compiled and run. Declarations stand in the order of the file. */
export interface Program {
  readonly name: string
  readonly libraries: ReadonlyArray<Library>
  /** Modules of the user's own, which are code. */
  readonly code: ReadonlyArray<Code>
  readonly environments: ReadonlyArray<Environment>
  readonly agents: ReadonlyArray<Agent>
  readonly modules: ReadonlyArray<Module>
  readonly defines: ReadonlyArray<Define>
  readonly terms: ReadonlyArray<Term>
  readonly budgets: ReadonlyArray<Budget>
  readonly objectives: ReadonlyArray<Objective>
  readonly stages: ReadonlyArray<Stage>
  readonly studies: ReadonlyArray<Study>
  readonly claims: ReadonlyArray<Claim>
}

/** The setting called `name`. */
export const setting = (settings: ReadonlyArray<Setting>, name: string): Setting | undefined =>
  settings.find((one) => one.parameter.name === name)
