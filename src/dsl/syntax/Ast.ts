/**
 * The syntax tree of a `.bica` file, layout and comments removed. Every node carries its span.
 * A recovered parse leaves out what it could not read; nothing here is ever `undefined` by surprise.
 */
import type { Span } from "../diagnostic/Diagnostic.ts"

/** A word written by the author. */
export interface Name {
  readonly text: string
  readonly span: Span
}

/** `human.message`, `map.navigator`, `std.ppo`, `codes.temperature.start`. */
export interface Path {
  readonly parts: ReadonlyArray<Name>
  readonly span: Span
}

/**
 * A number with its unit as written: `80 steps`, `5 %`, `0.05 nats`, `-1`, `+50`, `4e-3`. `text` is the literal without the unit, with
 * its sign and without blanks; `value` is the number in `text`, so `5 %` has value 5 and a unit named `%`. The count of `repeat` has the
 * unit `times`, and the factor in `by 0.95 per update` has the unit `update`. Signs in expressions are `Negate` nodes instead.
 */
export interface Quantity {
  readonly value: number
  readonly text: string
  readonly unit: Name | undefined
  readonly span: Span
}

// ---- values in parameter blocks ------------------------------------------------------------

export type Value =
  | { readonly _tag: "Number"; readonly quantity: Quantity; readonly span: Span }
  /** `0.20 .. 0.30` */
  | { readonly _tag: "Range"; readonly low: Quantity; readonly high: Quantity; readonly span: Span }
  /** `8 by 8` */
  | { readonly _tag: "Extent"; readonly width: Quantity; readonly height: Quantity; readonly span: Span }
  /** `1.0 -> 0.3 by 0.95 per update`, `0.1 -> 0.01 over 200 updates` */
  | {
      readonly _tag: "Schedule"
      readonly from: Quantity
      readonly to: Quantity
      readonly pace: { readonly kind: "over" | "by"; readonly quantity: Quantity }
      readonly span: Span
    }
  /** `gru(128)`, `egocentric(3 by 3)`, `map.planner(errs 30 %)`, `hypergradient(lr)`. An argument may carry a name. */
  | { readonly _tag: "Call"; readonly callee: Path; readonly arguments: ReadonlyArray<Argument>; readonly span: Span }
  | { readonly _tag: "Reference"; readonly path: Path; readonly span: Span }
  | { readonly _tag: "Block"; readonly entries: ReadonlyArray<Entry>; readonly span: Span }
  /** `{ none, hint, correct }`: a list of names that a study varies. */
  | { readonly _tag: "Names"; readonly names: ReadonlyArray<Name>; readonly span: Span }

export interface Argument {
  readonly name: Name | undefined
  readonly value: Value
  readonly span: Span
  /** Set by a variant, not where the rest stands. */
  readonly varied?: true
}

/** `flip 5 %` or `human.noise { … }` in a block. Commas between entries are optional and mean nothing. */
export interface Entry {
  readonly key: Path
  readonly value: Value
  readonly span: Span
  /** Set by a variant, not where the rest stands. */
  readonly varied?: true
}

// ---- expressions ---------------------------------------------------------------------------

export type Expression =
  | { readonly _tag: "Literal"; readonly quantity: Quantity; readonly span: Span }
  | { readonly _tag: "Variable"; readonly path: Path; readonly span: Span }
  /** `ppo(ai, clip 0.2)`: positional arguments are expressions, named ones are values; each list keeps the order of the file. */
  | {
      readonly _tag: "Apply"
      readonly callee: Path
      readonly arguments: ReadonlyArray<Expression>
      readonly named: ReadonlyArray<Argument>
      readonly span: Span
    }
  /** `p || q` inside a divergence. */
  | { readonly _tag: "Divergence"; readonly left: Expression; readonly right: Expression; readonly span: Span }
  /** `codes.message given codes.code` */
  | { readonly _tag: "Given"; readonly left: Expression; readonly right: Expression; readonly span: Span }
  /** `success(bica on dense)`: a condition, optionally on a shift. Only in claims. */
  | { readonly _tag: "On"; readonly left: Expression; readonly right: Path; readonly span: Span }
  /** `mean(x over time)`: the axis that a function of many values runs over. Only in the brackets of a call. */
  | { readonly _tag: "Over"; readonly operand: Expression; readonly axis: Path; readonly span: Span }
  /** `success(bica without rep)`, `success(bica with codes.size 8)`: a variant of an objective. Only in claims. */
  | { readonly _tag: "Changed"; readonly left: Expression; readonly change: Change; readonly span: Span }
  /** `success(bica after first)`: the team of an objective as a training left it. Only in claims. */
  | { readonly _tag: "After"; readonly left: Expression; readonly stage: Path; readonly span: Span }
  | { readonly _tag: "Negate"; readonly operand: Expression; readonly span: Span }
  | {
      readonly _tag: "Binary"
      readonly operator: "+" | "-" | "*" | "/" | "^" | "<" | "<=" | ">" | ">=" | "=="
      readonly left: Expression
      readonly right: Expression
      readonly span: Span
    }
  /** `0.1 -> 0.01 over 200 updates` as a weight. */
  | {
      readonly _tag: "Scheduled"
      readonly schedule: Extract<Value, { readonly _tag: "Schedule" }>
      readonly span: Span
    }
  /** `learned by hypergradient(lr)` as a weight. */
  | { readonly _tag: "Learned"; readonly by: Extract<Value, { readonly _tag: "Call" }>; readonly span: Span }

/** One change of the file that makes a variant of it. */
export type Change =
  | { readonly kind: "with"; readonly path: Path; readonly value: Value; readonly span: Span }
  | { readonly kind: "without"; readonly path: Path; readonly span: Span }

// ---- declarations --------------------------------------------------------------------------

export interface Use {
  readonly _tag: "Use"
  /** Exactly one of the two is there: a path (`std.ppo`), or a quoted module with a local name (`use "./x.ts" as y`). */
  readonly library: Path | undefined
  readonly module: { readonly path: string; readonly span: Span; readonly as: Name } | undefined
  readonly span: Span
}

export interface Environment {
  readonly _tag: "Environment"
  readonly name: Name
  readonly kind: Name
  readonly entries: ReadonlyArray<Entry>
  readonly shifts: ReadonlyArray<Shift>
  readonly span: Span
}

export interface Shift {
  readonly name: Name
  readonly entries: ReadonlyArray<Entry>
  readonly span: Span
}

/** What an agent says: `16 codes`, or a set of symbols. */
export type Says =
  | { readonly _tag: "Codes"; readonly quantity: Quantity; readonly span: Span }
  | { readonly _tag: "Symbols"; readonly symbols: ReadonlyArray<Name>; readonly span: Span }

export interface Agent {
  readonly _tag: "Agent"
  readonly name: Name
  /** `map.navigator` */
  readonly plays: Path
  /** `sees egocentric(3 by 3), heading, human.message` */
  readonly sees: ReadonlyArray<Value>
  readonly says: Says | undefined
  /** `policy gru(128)`, `prior uniform`, `protocol table { … }`, `noise { … }`; a `Call` with a block has the block as an argument named `with`. */
  readonly entries: ReadonlyArray<Entry>
  readonly span: Span
}

/** `protocol codes for ai { gumbel_softmax(16), temperature 1.0 -> 0.3 by 0.95 per update }`; bare calls stand in `methods`. */
export interface Protocol {
  readonly _tag: "Protocol"
  readonly name: Name
  readonly agent: Path
  readonly methods: ReadonlyArray<Value>
  readonly entries: ReadonlyArray<Entry>
  readonly span: Span
}

/** `mapper bridge from human to ai { mlp(128) }` */
export interface Mapper {
  readonly _tag: "Mapper"
  readonly name: Name
  readonly from: Path
  readonly to: Path
  readonly methods: ReadonlyArray<Value>
  readonly entries: ReadonlyArray<Entry>
  readonly span: Span
}

/** `instructor coach for human { sees full, history(8)  gives { none, hint }  policy mlp(64) }` */
export interface Instructor {
  readonly _tag: "Instructor"
  readonly name: Name
  readonly agent: Path
  readonly sees: ReadonlyArray<Value>
  readonly gives: ReadonlyArray<Name>
  readonly entries: ReadonlyArray<Entry>
  readonly span: Span
}

export interface Term {
  readonly _tag: "Term"
  readonly name: Name
  readonly expression: Expression
  readonly span: Span
}

/** `define soft_hinge(x: scalar, at: scalar) = …` */
export interface Define {
  readonly _tag: "Define"
  readonly name: Name
  readonly parameters: ReadonlyArray<{ readonly name: Name; readonly kind: Name; readonly span: Span }>
  readonly expression: Expression
  readonly span: Span
}

/** `budget ai_drift: kl(ai.policy || ai.prior) <= 0.05 nats by dual(0.01)` */
export interface Budget {
  readonly _tag: "Budget"
  readonly name: Name
  readonly quantity: Expression
  readonly bound: Quantity
  readonly by: Extract<Value, { readonly _tag: "Call" }>
  readonly span: Span
}

/** `objective bica = ppo(ai) + … within ai_drift, human_drift freezing codes silencing codes` */
export interface Objective {
  readonly _tag: "Objective"
  readonly name: Name
  readonly expression: Expression
  readonly within: ReadonlyArray<Path>
  readonly freezing: ReadonlyArray<Path>
  /** Whose messages are never sent. */
  readonly silencing: ReadonlyArray<Path>
  readonly span: Span
}

export type Statement =
  /** `imitate map.planner(errs 30 %) by human until loss < 0.9 nats or 300 updates { … }` */
  | {
      readonly _tag: "Imitate"
      readonly teacher: Value
      readonly pupil: Path
      readonly until: { readonly metric: Name; readonly bound: Quantity } | undefined
      readonly limit: Quantity | undefined
      readonly entries: ReadonlyArray<Entry>
      readonly span: Span
    }
  /** `fit shapes.encoder for 9000 updates { … }` */
  | {
      readonly _tag: "Fit"
      readonly model: Path
      readonly updates: Quantity
      readonly entries: ReadonlyArray<Entry>
      readonly span: Span
    }
  /** `repeat 400 times { … }` */
  | { readonly _tag: "Repeat"; readonly count: Quantity; readonly body: ReadonlyArray<Statement>; readonly span: Span }
  /** `rollout 256 environments on dense for 16 steps { discount 0.99 }` */
  | {
      readonly _tag: "Rollout"
      readonly environments: Quantity
      readonly on: Path | undefined
      readonly steps: Quantity | undefined
      readonly entries: ReadonlyArray<Entry>
      readonly span: Span
    }
  /** `update human, ai jointly { … }`; without `jointly`, one after the other (Algorithm 1). */
  | {
      readonly _tag: "Update"
      readonly targets: ReadonlyArray<Path>
      readonly jointly: boolean
      readonly entries: ReadonlyArray<Entry>
      readonly span: Span
    }
  /** `ascend budgets` or `ascend ai_drift` */
  | { readonly _tag: "Ascend"; readonly budgets: ReadonlyArray<Path>; readonly all: boolean; readonly span: Span }
  /** `checkpoint every 20` (updates) */
  | { readonly _tag: "Checkpoint"; readonly every: Quantity; readonly span: Span }
  /** `play 1000 episodes on map, dense by map.random { choose greedy }` */
  | {
      readonly _tag: "Play"
      readonly episodes: Quantity
      readonly on: ReadonlyArray<Path>
      readonly by: ReadonlyArray<Path>
      readonly entries: ReadonlyArray<Entry>
      readonly span: Span
    }
  /** `measure success, bas { baseline one_way  suite dense, large }` */
  | {
      readonly _tag: "Measure"
      readonly metrics: ReadonlyArray<Path>
      readonly references: ReadonlyArray<{
        readonly name: Name
        readonly paths: ReadonlyArray<Path>
        readonly span: Span
      }>
      readonly span: Span
    }

/** `stage train(objective o) after prior { … }` */
export interface Stage {
  readonly _tag: "Stage"
  readonly name: Name
  readonly parameter: { readonly kind: Name; readonly name: Name; readonly span: Span } | undefined
  /** `stage settle for given`: what it trains for, whatever a study compares. */
  readonly objective: Path | undefined
  readonly after: ReadonlyArray<Path>
  readonly body: ReadonlyArray<Statement>
  readonly span: Span
}

/** One line of `vary codes.size 8, 16, 32`. */
export interface Vary {
  readonly path: Path
  readonly values: ReadonlyArray<Value>
  readonly span: Span
}

export interface Study {
  readonly _tag: "Study"
  readonly name: Name
  /** `from table2.bica` */
  readonly from: Path | undefined
  readonly seeds: ReadonlyArray<Quantity>
  readonly compare: ReadonlyArray<Path>
  readonly vary: ReadonlyArray<Vary>
  readonly without: ReadonlyArray<Path>
  readonly span: Span
}

/** `difference 5 %`: what the power of a claim is computed from. */
export interface Assumption {
  readonly name: Name
  readonly quantity: Quantity
  readonly span: Span
}

/** `claim robust: success(bica on dense) >= 97 % with 95 % confidence by bootstrap assuming spread 2 %` */
export interface Claim {
  readonly _tag: "Claim"
  readonly name: Name
  readonly statement: Expression
  readonly test:
    | { readonly _tag: "Confidence"; readonly level: Quantity; readonly by: Name | undefined }
    | { readonly _tag: "Significance"; readonly level: Quantity; readonly by: Name | undefined }
    | undefined
  readonly assuming: ReadonlyArray<Assumption>
  readonly span: Span
}

export type Declaration =
  | Use
  | Environment
  | Agent
  | Protocol
  | Mapper
  | Instructor
  | Term
  | Define
  | Budget
  | Objective
  | Stage
  | Study
  | Claim

/** A whole file. */
export interface File {
  readonly declarations: ReadonlyArray<Declaration>
  readonly span: Span
}
