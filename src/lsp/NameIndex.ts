/**
 * Every name of a file: what it stands for, where it is declared and where it is used. Built from the tree in one pass; a
 * tree with parts missing gives an index with parts missing.
 */
import type { CodeContents, CodeTerm } from "../declaration/Code.ts"
import type {
  EnvironmentDeclaration,
  MetricDeclaration,
  ObservationDeclaration,
  OracleDeclaration,
  RoleDeclaration
} from "../declaration/Environment.ts"
import * as Modules from "../declaration/Modules.ts"
import type { Library } from "../declaration/Modules.ts"
import type { Option, Parameter } from "../declaration/Parameter.ts"
import {
  environmentQuantities,
  functions,
  instructorQuantities,
  parameterKinds,
  protocolQuantities,
  quantities
} from "../dsl/check/Expressions.ts"
import { pathText } from "../dsl/check/Values.ts"
import type { Ast, Catalogue, Span } from "../dsl/index.ts"
import type { Token } from "./Expectation.ts"
import type { WordKind } from "./Words.ts"
import { meaningAt, placeWords, words } from "./Words.ts"

// ---- what a name stands for ------------------------------------------------------------------------------------

/** What the file declares. */
export type DeclaredKind =
  | "environment"
  | "shift"
  | "agent"
  | "protocol"
  | "mapper"
  | "instructor"
  | "term"
  | "function"
  | "budget"
  | "objective"
  | "stage"
  | "study"
  | "claim"
  | "parameter"
  | "objective of the study"
  | "module"

/** A name that the file declares. */
export interface Declared {
  readonly _tag: "Declared"
  /** Equal for equal subjects of one file. */
  readonly key: string
  readonly kind: DeclaredKind
  readonly name: string
  /** Where the name stands in its declaration. */
  readonly at: Span
  /** The whole declaration. */
  readonly span: Span
}

/** A name that the language or an environment gives. */
export type Given = { readonly key: string; readonly name: string } & (
  | { readonly _tag: "Environment"; readonly declaration: EnvironmentDeclaration }
  | { readonly _tag: "Role"; readonly role: RoleDeclaration; readonly declaration: EnvironmentDeclaration }
  | { readonly _tag: "Observation"; readonly observation: ObservationDeclaration; readonly role: RoleDeclaration }
  | { readonly _tag: "Oracle"; readonly oracle: OracleDeclaration; readonly declaration: EnvironmentDeclaration }
  | { readonly _tag: "Metric"; readonly metric: MetricDeclaration; readonly declaration: EnvironmentDeclaration }
  /** `owner` is what the parameter is given to, in the words of a sentence: `MapTalk`, `rollout`. */
  | { readonly _tag: "Parameter"; readonly parameter: Parameter; readonly owner: string }
  | { readonly _tag: "Option"; readonly option: Option; readonly parameter: Parameter }
  | { readonly _tag: "Function" }
  /** A term of a module. */
  | { readonly _tag: "Term"; readonly term: CodeTerm }
  | { readonly _tag: "Library"; readonly library: Library }
  /** `policy` of an agent, `code` of a protocol, `advice` of an instructor, `reward` of an environment. */
  | { readonly _tag: "Quantity"; readonly owner: Declared }
  /** What an agent says; with `given` what an instructor gives: 0 for silence, else the kind of advice from 1 on. */
  | { readonly _tag: "Symbol"; readonly owner: string; readonly given?: number }
  /** `budgets`, `scalar`, `silence` and the like, where they stand for something other than a word of the grammar. */
  | { readonly _tag: "Word"; readonly kind?: WordKind; readonly doc: string }
)

export type Subject = Declared | Given

/** A name in the text. */
export interface Occurrence {
  readonly text: string
  readonly span: Span
  /** Undefined where the name means nothing that is known. */
  readonly subject: Subject | undefined
  readonly declares: boolean
}

/** A number, a range or the like that is given to a parameter. */
export interface GivenValue {
  readonly span: Span
  readonly parameter: Parameter
  readonly owner: string
}

/** A place where parameters are left to their defaults. */
export interface Gap {
  /** Where the node that lacks them begins and ends. */
  readonly span: Span
  /**
   * How they could be written: as entries after `span.end` (inside a block), as a block of their own, as further arguments
   * before the bracket at the end of `span`, as arguments in brackets of their own, or as they stand in `clause`.
   */
  readonly form: "entries" | "block" | "arguments" | "call" | "clause"
  readonly parameters: ReadonlyArray<Parameter>
  /** The end of the last entry there is. */
  readonly last?: number | undefined
  /** Said before the value of a `clause`: ` for `. */
  readonly before?: string
  /** Said after it: ` confidence`. */
  readonly after?: string
}

/** An agent as far as it is known. */
export interface KnownAgent {
  readonly declared: Declared
  readonly role: RoleDeclaration | undefined
  readonly speaks: boolean
}

/** An environment as far as it is known. */
export interface KnownEnvironment {
  readonly declared: Declared
  readonly declaration: EnvironmentDeclaration | undefined
  readonly shifts: ReadonlyMap<string, Declared>
}

/** A setting that `vary` or `with` may name, and those below it. */
export interface Settable {
  readonly parameter: Parameter
  readonly below: ReadonlyArray<Settable>
  /** What it takes, where that is no value: a list of names, or nothing but what is below it. */
  readonly takes?: "a list of names" | "the settings below it"
}

export interface NameIndex {
  /** In the order of the file. */
  readonly declared: ReadonlyArray<Declared>
  /** In the order of the text, none overlapping another. */
  readonly occurrences: ReadonlyArray<Occurrence>
  readonly values: ReadonlyArray<GivenValue>
  /** Units, in no order. */
  readonly units: ReadonlyArray<Span>
  readonly gaps: ReadonlyArray<Gap>
  readonly environments: ReadonlyMap<string, KnownEnvironment>
  readonly agents: ReadonlyMap<string, KnownAgent>
  readonly libraries: ReadonlySet<string>
  /** What the file's modules give, by the names they have here; undefined where one may not be run or cannot be used. */
  readonly modules: ReadonlyMap<string, CodeContents | undefined>
  /** The settings of a declaration that may be varied by a path. */
  readonly settable: (name: string) => ReadonlyArray<Settable>
}

// ---- building --------------------------------------------------------------------------------------------------

type Named = Exclude<Ast.Declaration, Ast.Use>
type Locals = ReadonlyMap<string, Declared>
type Statement = Ast.Statement

const kinds = {
  Environment: "environment",
  Agent: "agent",
  Protocol: "protocol",
  Mapper: "mapper",
  Instructor: "instructor",
  Term: "term",
  Define: "function",
  Budget: "budget",
  Objective: "objective",
  Stage: "stage",
  Study: "study",
  Claim: "claim"
} as const satisfies Record<Named["_tag"], DeclaredKind>

const noLocals: Locals = new Map()

/** What learns the weight of a summand. */
const learnedBy: Parameter = {
  name: "weight",
  doc: "What learns the weight.",
  type: { kind: "choice", options: Modules.weights }
}

/** What may be asked of a declaration in expressions, and what others may see of it. */
export const quantitiesOf = (
  kind: DeclaredKind
): { readonly asked: ReadonlyArray<string>; readonly seen: ReadonlyArray<string> } => {
  switch (kind) {
    case "agent":
      return { asked: quantities, seen: ["message"] }
    case "protocol":
      return { asked: protocolQuantities, seen: [] }
    case "instructor":
      return { asked: instructorQuantities, seen: ["advice"] }
    case "environment":
      return { asked: environmentQuantities, seen: [] }
    default:
      return { asked: [], seen: [] }
  }
}

/** The path that a name with a dot in it is: `doors.Doors`. */
const pathOf = ({ span, text }: Ast.Name): Ast.Path => {
  const [first = "", ...others] = text.split(".")
  const member = others.join(".")
  return {
    parts: [
      { text: first, span: { start: span.start, end: span.start + first.length } },
      ...(member === "" ? [] : [{ text: member, span: { start: span.end - member.length, end: span.end } }])
    ],
    span
  }
}

/**
 * The index of a tree. `tokens` are those of the text, in order: what the parser gave up is read from them as far as names go, so
 * that a declaration does not vanish while it is being written. Total, and linear in the size of the text but for sorting.
 */
export const build = (file: Ast.File, catalogue: Catalogue, tokens: ReadonlyArray<Token>): NameIndex => {
  const declared: Array<Declared> = []
  const occurrences: Array<Occurrence> = []
  const values: Array<GivenValue> = []
  const units: Array<Span> = []
  const gaps: Array<Gap> = []

  // ---- declarations ----------------------------------------------------------------------------
  // Stages, studies and claims have names of their own; the first declaration of a name counts.
  const shared = new Map<string, Declared>()
  const stages = new Map<string, Declared>()
  const studies = new Map<string, Declared>()
  const claims = new Map<string, Declared>()
  const environments = new Map<string, KnownEnvironment>()
  const agents = new Map<string, KnownAgent>()
  const libraries = new Set<string>()
  const modules = new Map<string, CodeContents | undefined>()
  const own = new Map<unknown, Declared>()

  const declare = (kind: DeclaredKind, name: Ast.Name, span: Span, into?: Map<string, Declared>): Declared => {
    const one: Declared = {
      _tag: "Declared",
      key: `declared ${name.span.start}`,
      kind,
      name: name.text,
      at: name.span,
      span
    }
    declared.push(one)
    occurrences.push({ text: name.text, span: name.span, subject: one, declares: true })
    if (into !== undefined && !into.has(name.text)) into.set(name.text, one)
    return one
  }

  const scopeOf = (kind: DeclaredKind): Map<string, Declared> =>
    kind === "stage" ? stages : kind === "study" ? studies : kind === "claim" ? claims : shared
  const declareEnvironment = (made: Declared, kind: string, shifts: ReadonlyMap<string, Declared>): void => {
    const declaration = catalogue.environments.find((each) => each.name === kind)
    if (!environments.has(made.name)) environments.set(made.name, { declared: made, declaration, shifts })
  }
  const declareAgent = (made: Declared, place: string | undefined, role: string | undefined, speaks: boolean): void => {
    const roles = environments.get(place ?? "")?.declaration?.roles
    if (!agents.has(made.name))
      agents.set(made.name, { declared: made, role: roles?.find((each) => each.name === role), speaks })
  }

  const unread = unreadParts(file, tokens)
  for (const one of file.declarations) {
    if (one._tag === "Use") {
      if (one.module !== undefined) {
        declare("module", one.module.as, one.span, shared)
        const known = catalogue.code?.get(one.module.path)
        const given = known === undefined || "fault" in known ? undefined : known
        if (!modules.has(one.module.as.text)) modules.set(one.module.as.text, given)
      }
      if (one.library !== undefined) libraries.add(pathText(one.library))
      continue
    }
    const kind = kinds[one._tag]
    const made = declare(kind, one.name, one.span, scopeOf(kind))
    own.set(one, made)
    if (one._tag !== "Environment") continue
    const shifts = new Map<string, Declared>()
    for (const shift of one.shifts) declare("shift", shift.name, shift.span, shifts)
    declareEnvironment(made, one.kind.text, shifts)
  }
  for (const part of unread) {
    if (part.kind === undefined) continue
    const made = declare(part.kind, { text: part.name.text, span: part.name }, part.span, scopeOf(part.kind))
    own.set(part, made)
    if (part.kind !== "environment") continue
    const shifts = new Map<string, Declared>()
    for (const [i, token] of part.tokens.entries()) {
      const name = part.tokens[i + 1]
      if (token.type !== "keyword shift" || name === undefined || part.tokens[i + 2]?.text !== "{") continue
      declare("shift", { text: name.text, span: name }, { start: token.start, end: name.end }, shifts)
    }
    declareEnvironment(made, part.tokens[3]?.text ?? "", shifts)
  }
  for (const one of file.declarations) {
    const made = own.get(one)
    const [place, role] = one._tag === "Agent" ? one.plays.parts : []
    if (one._tag === "Agent" && made !== undefined) declareAgent(made, place?.text, role?.text, one.says !== undefined)
  }
  for (const part of unread) {
    const made = own.get(part)
    if (part.kind === "agent" && made !== undefined)
      declareAgent(
        made,
        part.tokens[3]?.text,
        part.tokens[5]?.text,
        part.tokens.some(({ text }) => text === "says")
      )
  }
  const place = [...environments.values()][0]

  // ---- references ------------------------------------------------------------------------------

  const refer = (name: Ast.Name | undefined, subject: Subject | undefined): void => {
    if (name !== undefined) occurrences.push({ text: name.text, span: name.span, subject, declares: false })
  }
  /** A path that stands for one thing as a whole: `std.ppo`. */
  const whole = (path: Ast.Path, subject: Subject | undefined): void => {
    if (path.parts.length === 1) refer(path.parts[0], subject)
    else occurrences.push({ text: pathText(path), span: path.span, subject, declares: false })
  }
  /** What a module gives, `doors.luck`: the module, and the rest of it. */
  const borrowed = (path: Ast.Path, subject: Subject | undefined): void => {
    const [first, ...others] = path.parts
    const module = first === undefined ? undefined : shared.get(first.text)
    if (module?.kind !== "module" || others.length === 0) {
      whole(path, subject)
      return
    }
    refer(first, module)
    for (const other of others) refer(other, subject)
  }
  const rest = (path: Ast.Path, from: number): void => {
    for (const part of path.parts.slice(from)) refer(part, undefined)
  }
  const word = (name: Ast.Name, known: ReadonlyArray<string>): void => {
    const doc = known.includes(name.text) ? placeWords[name.text] : undefined
    refer(name, doc === undefined ? undefined : { _tag: "Word", key: `word ${name.text}`, name: name.text, doc })
  }
  /** A word that means something at this kind of place alone. */
  const contextWord = (name: Ast.Name | undefined, kind: WordKind): void => {
    const doc = name === undefined ? undefined : meaningAt(kind, name.text)
    refer(
      name,
      name === undefined || doc === undefined
        ? undefined
        : { _tag: "Word", key: `${kind} ${name.text}`, name: name.text, kind, doc }
    )
  }

  /** `map.navigator`, `map.planner`, `map.dense`: the environment, then what it gives. */
  const ofEnvironment = (
    path: Ast.Path,
    second: (environment: KnownEnvironment, name: string) => Subject | undefined
  ): void => {
    const [first, other] = path.parts
    const environment = first === undefined ? undefined : environments.get(first.text)
    refer(first, environment?.declared)
    if (other !== undefined) refer(other, environment === undefined ? undefined : second(environment, other.text))
    rest(path, 2)
  }
  const role = (environment: KnownEnvironment, name: string): Subject | undefined => {
    const declaration = environment.declaration
    const found = declaration?.roles.find((one) => one.name === name)
    return declaration === undefined || found === undefined
      ? undefined
      : { _tag: "Role", key: `role ${declaration.name}.${name}`, name, role: found, declaration }
  }
  const oracle = (environment: KnownEnvironment, name: string): Subject | undefined => {
    const declaration = environment.declaration
    const found = declaration?.oracles.find((one) => one.name === name)
    return declaration === undefined || found === undefined
      ? undefined
      : { _tag: "Oracle", key: `oracle ${declaration.name}.${name}`, name, oracle: found, declaration }
  }
  const metric = (name: string): Subject | undefined => {
    const declaration = place?.declaration
    const found = declaration?.metrics.find((one) => one.name === name)
    return declaration === undefined || found === undefined
      ? undefined
      : { _tag: "Metric", key: `metric ${declaration.name}.${name}`, name, metric: found, declaration }
  }
  /** `map`, `dense` or `map.dense`. */
  const condition = (path: Ast.Path): void => {
    const [first] = path.parts
    const shift = first === undefined || path.parts.length > 1 ? undefined : place?.shifts.get(first.text)
    if (shift !== undefined && first?.text !== place?.declared.name) refer(first, shift)
    else ofEnvironment(path, (environment, name) => environment.shifts.get(name))
  }
  /** A declared name, and after it a quantity where it is an agent. */
  const ofFile = (path: Ast.Path): void => {
    const [first, second] = path.parts
    const subject = first === undefined ? undefined : shared.get(first.text)
    refer(first, subject)
    if (second !== undefined) {
      const { asked, seen } = quantitiesOf(subject?.kind ?? "term")
      refer(
        second,
        subject !== undefined && (asked.includes(second.text) || seen.includes(second.text))
          ? { _tag: "Quantity", key: `quantity ${subject.name}.${second.text}`, name: second.text, owner: subject }
          : undefined
      )
    }
    rest(path, 2)
  }
  const oneOf = (
    path: Ast.Path,
    among: ReadonlyMap<string, Declared>,
    accepted?: ReadonlyArray<DeclaredKind>
  ): void => {
    const [first] = path.parts
    const found = first === undefined ? undefined : among.get(first.text)
    refer(first, found === undefined || accepted?.includes(found.kind) === false ? undefined : found)
    rest(path, 1)
  }

  // ---- values and blocks -----------------------------------------------------------------------

  const unit = (quantity: Ast.Quantity): void => {
    if (quantity.unit !== undefined && quantity.unit.span.end > quantity.unit.span.start) units.push(quantity.unit.span)
  }
  const amount = (quantity: Ast.Quantity, parameter?: Parameter, owner?: string): void => {
    unit(quantity)
    if (parameter !== undefined) values.push({ span: quantity.span, parameter, owner: owner ?? parameter.name })
  }
  const parameterSubject = (parameter: Parameter, owner: string): Subject => ({
    _tag: "Parameter",
    key: `parameter ${owner}.${parameter.name}`,
    name: parameter.name,
    parameter,
    owner
  })
  const optional = (parameters: ReadonlyArray<Parameter>, given: ReadonlySet<string>): ReadonlyArray<Parameter> =>
    parameters.filter((one) => one.default !== undefined && !given.has(one.name))
  const gap = (
    form: Gap["form"],
    span: Span,
    parameters: ReadonlyArray<Parameter>,
    list: ReadonlyArray<Ast.Entry> = []
  ): void => {
    if (parameters.length > 0) gaps.push({ span, form, parameters, last: list.at(-1)?.span.end })
  }
  const givenIn = (list: ReadonlyArray<Ast.Entry>): ReadonlySet<string> =>
    new Set(list.map((entry) => pathText(entry.key)))

  const entries = (
    list: ReadonlyArray<Ast.Entry>,
    parameters: ReadonlyArray<Parameter>,
    owner: string,
    partial: boolean
  ): void => {
    for (const entry of list) {
      const parameter = parameters.find((one) => one.name === pathText(entry.key))
      if (parameter === undefined) rest(entry.key, 0)
      else whole(entry.key, parameterSubject(parameter, owner))
      value(entry.value, parameter, owner, partial)
    }
  }

  const value = (one: Ast.Value, parameter: Parameter | undefined, owner: string, partial = false): void => {
    const number = (...all: ReadonlyArray<Ast.Quantity>): void => {
      for (const quantity of all) unit(quantity)
      if (parameter !== undefined) values.push({ span: one.span, parameter, owner })
    }
    const type = parameter?.type
    switch (one._tag) {
      case "Number":
        return number(one.quantity)
      case "Range":
        return number(one.low, one.high)
      case "Extent":
        return number(one.width, one.height)
      case "Schedule":
        return number(one.from, one.to, one.pace.quantity)
      case "Block":
        entries(one.entries, type?.kind === "block" ? type.parameters : [], parameter?.name ?? owner, partial)
        if (type?.kind === "block" && !partial)
          gap("entries", inside(one.span), optional(type.parameters, givenIn(one.entries)), one.entries)
        return
      case "Reference":
      case "Call": {
        const path = one._tag === "Call" ? one.callee : one.path
        const options = type?.kind === "choice" ? type.options : []
        const option = options.find((each) => each.name === pathText(path))
        if (parameter === undefined || option === undefined) rest(path, 0)
        else {
          whole(path, {
            _tag: "Option",
            key: `option ${parameter.name}.${option.name}`,
            name: option.name,
            option,
            parameter
          })
        }
        call(one, option?.parameters ?? [], option?.name ?? pathText(path))
      }
    }
  }

  /** Arguments of a call whose callee has been seen to; a word without brackets is a call without arguments. */
  const call = (
    one: Extract<Ast.Value, { readonly _tag: "Call" | "Reference" }>,
    parameters: ReadonlyArray<Parameter>,
    owner: string
  ): void => {
    const given = new Set<string>()
    let position = 0
    let block: Span | undefined
    const list = one._tag === "Call" ? one.arguments : []
    for (const argument of list) {
      if (argument.name?.text === "with" && argument.value._tag === "Block") {
        block = argument.value.span
        for (const name of givenIn(argument.value.entries)) given.add(name)
        entries(argument.value.entries, parameters, owner, false)
        continue
      }
      const name = argument.name?.text
      const parameter = name === undefined ? parameters[position++] : parameters.find((each) => each.name === name)
      if (argument.name !== undefined)
        refer(argument.name, parameter === undefined ? undefined : parameterSubject(parameter, owner))
      if (parameter !== undefined) given.add(parameter.name)
      value(argument.value, parameter, owner)
    }
    const left = optional(parameters, given)
    if (block !== undefined) gap("entries", inside(block), left)
    else if (one._tag === "Reference" || one.span.end === one.callee.span.end) gap("call", one.span, left)
    else gap("arguments", one.span, left)
  }

  // ---- what varies -----------------------------------------------------------------------------

  interface Setting {
    readonly parameter: Parameter
    readonly owner: string
  }

  /** The parameters below a setting: `size` is what stands first in the brackets of a choice, a schedule has two ends. */
  const below = ({ name, type }: Parameter): ReadonlyArray<Parameter> => {
    switch (type.kind) {
      case "block":
        return type.parameters
      case "choice": {
        // a parameter that several options have is one
        const parameters = [
          ...new Map(type.options.flatMap((each) => each.parameters.map((one) => [one.name, one] as const))).values()
        ]
        const [first] = parameters
        return first === undefined ? [] : [...parameters, { ...first, name: "size" }]
      }
      case "schedule": {
        const end: Parameter["type"] = { ...type, kind: "number" }
        return [
          { name: "start", doc: `What \`${name}\` begins with.`, type: end },
          { name: "end", doc: `What \`${name}\` ends with.`, type: end }
        ]
      }
      default:
        return []
    }
  }
  const along = (
    parts: ReadonlyArray<Ast.Name>,
    parameters: ReadonlyArray<Parameter>,
    owner: string
  ): Setting | undefined => {
    const [first, ...others] = parts
    const parameter = parameters.find((each) => each.name === first?.text)
    if (parameter === undefined) {
      for (const part of parts) refer(part, undefined)
      return undefined
    }
    refer(first, parameterSubject(parameter, owner))
    return others.length === 0 ? { parameter, owner } : along(others, below(parameter), parameter.name)
  }
  const statements = (word: string): ReadonlyArray<Parameter> => {
    switch (word) {
      case "rollout":
        return Modules.rollout
      case "update":
        return Modules.update(1)
      case "play":
        return Modules.play
      default:
        return []
    }
  }
  const counts: ReadonlyMap<string, Parameter> = new Map([
    ["repeat", Modules.repeatTimes],
    ["rollout", Modules.rolloutEnvironments],
    ["play", Modules.playEpisodes]
  ])

  /** The settings of what is declared with parameters of its own. */
  const settingsOf = (
    syntax: Ast.Agent | Ast.Protocol | Ast.Mapper | Ast.Instructor | Ast.Budget
  ): ReadonlyArray<Parameter> => {
    switch (syntax._tag) {
      case "Agent": {
        const player = agents.get(syntax.name.text)?.role
        return [{ ...Modules.codes, name: "says" }, ...(player === undefined ? [] : Modules.agent(player))]
      }
      case "Protocol":
      case "Mapper": {
        const method = syntax._tag === "Protocol" ? Modules.generators : Modules.mappings
        const parameters = syntax._tag === "Protocol" ? Modules.protocol : []
        return [...parameters, ...below(method).filter(({ name }) => name === "size")]
      }
      case "Instructor":
        return [...Modules.instructor, { ...Modules.pastSteps, name: Modules.history.name }]
      case "Budget":
        return Modules.duals.flatMap((each) => each.parameters)
    }
  }

  // ---- what may be varied ------------------------------------------------------------------------

  /** A number that stands first in brackets is varied as `size`, whatever it is called. */
  const settled = (parameter: Parameter): Settable => {
    const all = below(parameter)
    const [first] = all
    const inner =
      parameter.type.kind !== "choice"
        ? all
        : all.filter((one) => (first?.type.kind === "number" ? one !== first : one.name !== "size"))
    return { parameter, below: inner.map(settled) }
  }
  /** Something that is set as a whole, or in parts alone. */
  const listed = (name: string, doc: string): Settable => ({
    parameter: { name, doc, type: { kind: "block", parameters: [] } },
    below: [],
    takes: "a list of names"
  })
  const grouped = (name: string, doc: string, parameters: ReadonlyArray<Parameter>): Settable => ({
    parameter: { name, doc, type: { kind: "block", parameters } },
    below: parameters.map(settled),
    takes: "the settings below it"
  })
  const statementsIn = (body: ReadonlyArray<Statement>): ReadonlyArray<Statement> =>
    body.flatMap((one) => [one, ...(one._tag === "Repeat" ? statementsIn(one.body) : [])])
  const inStage = (body: ReadonlyArray<Statement>): ReadonlyArray<Settable> =>
    statementsIn(body).flatMap((one): ReadonlyArray<Settable> => {
      const word = one._tag.toLowerCase()
      const count = one._tag === "Imitate" ? Modules.imitateUpdates : counts.get(word)
      if (one._tag === "Imitate" || count !== undefined) {
        if (count === undefined) return []
        // how a team plays is no setting of oracles
        const byOracles = one._tag === "Play" && one.by.length > 0
        const inner = one._tag === "Imitate" ? imitated(one) : byOracles ? [] : statements(word)
        return [{ parameter: { ...count, name: word }, below: inner.map(settled) }]
      }
      return one._tag === "Update" ? [grouped(word, words[word]?.doc ?? "", statements(word))] : []
    })
  const imitated = (imitation: Extract<Statement, { readonly _tag: "Imitate" }>): ReadonlyArray<Parameter> => {
    const rule = taught(imitation)
    return [...(rule === undefined ? [] : below(rule)), Modules.imitateBound, ...Modules.imitate(1)]
  }
  const settable = (name: string): ReadonlyArray<Settable> => {
    const found = shared.get(name) ?? stages.get(name)
    const syntax = file.declarations.find((one) => found !== undefined && own.get(one) === found)
    switch (syntax?._tag) {
      case "Environment": {
        const environment = environments.get(name)
        const parameters = environment?.declaration?.parameters ?? []
        return [
          ...parameters.map(settled),
          ...[...(environment?.shifts.keys() ?? [])].map((shift) =>
            grouped(shift, `What the shift \`${shift}\` of \`${name}\` changes.`, parameters)
          )
        ]
      }
      case "Agent": {
        const [says, ...others] = settingsOf(syntax).map(settled)
        const spoken =
          syntax.says?._tag === "Symbols"
            ? [listed("says", words["says"]?.doc ?? "")]
            : says === undefined
              ? []
              : [says]
        return [...(syntax.says === undefined ? [] : spoken), ...others]
      }
      case "Instructor":
        return [...settingsOf(syntax).map(settled), listed("gives", words["gives"]?.doc ?? "")]
      case "Protocol":
      case "Mapper":
      case "Budget":
        return settingsOf(syntax).map(settled)
      case "Stage":
        return inStage(syntax.body)
      default:
        return []
    }
  }

  /** The setting that a path of `vary` or `with` names, its parts noted one by one. */
  const setting = (path: Ast.Path): Setting | undefined => {
    const [first, ...others] = path.parts
    if (first === undefined) return undefined
    const [second, ...more] = others
    const found = shared.get(first.text) ?? stages.get(first.text)
    refer(first, found)
    if (found === undefined || second === undefined) {
      rest(path, 1)
      return undefined
    }
    const owner = found.name
    const syntax = file.declarations.find((one) => own.get(one) === found)
    switch (syntax?._tag) {
      case "Environment": {
        const environment = environments.get(owner)
        const parameters = environment?.declaration?.parameters ?? []
        const shift = environment?.shifts.get(second.text)
        if (shift === undefined) return along(others, parameters, environment?.declaration?.name ?? owner)
        refer(second, shift)
        return along(more, parameters, environment?.declaration?.name ?? owner)
      }
      case "Instructor":
        if (second.text === "gives") {
          const doc = words["gives"]?.doc ?? ""
          refer(second, { _tag: "Word", key: "word gives", name: "gives", doc })
          return undefined
        }
        return along(others, settingsOf(syntax), owner)
      case "Agent":
      case "Protocol":
      case "Mapper":
        return along(others, settingsOf(syntax), owner)
      case "Budget":
        return along(others, settingsOf(syntax), "dual")
      case "Stage": {
        const count = counts.get(second.text)
        const doc = words[second.text]?.doc
        const word = { _tag: "Word", key: `word ${second.text}`, name: second.text, doc: doc ?? "" } as const
        const imitation = syntax.body.find((each) => each._tag === "Imitate")
        const known = count !== undefined || second.text === "update" || second.text === "imitate"
        refer(second, doc !== undefined && known ? word : undefined)
        if (second.text === "imitate" && imitation !== undefined) {
          return more.length > 0
            ? along(more, imitated(imitation), "imitate")
            : { parameter: Modules.imitateUpdates, owner: "imitate" }
        }
        if (more.length > 0) return along(more, statements(second.text), second.text)
        return count === undefined ? undefined : { parameter: count, owner: second.text }
      }
      default:
        rest(path, 1)
        return undefined
    }
  }
  /** What is said or given, `{ none, hint }`, with what an instructor gives numbered. */
  const symbols = (names: ReadonlyArray<Ast.Name>, owner: string, given: boolean): void => {
    const kinds = names.filter(({ text }) => text !== Modules.silentAdvice)
    for (const each of names)
      refer(each, {
        _tag: "Symbol",
        key: `symbol ${owner}.${each.text}`,
        name: each.text,
        owner,
        ...(given ? { given: 1 + kinds.findIndex(({ text }) => text === each.text) } : {})
      })
  }
  const set = (path: Ast.Path, to: ReadonlyArray<Ast.Value>): void => {
    const varied = setting(path)
    const [owner, list] = path.parts
    for (const one of to)
      if (one._tag === "Names") symbols(one.names, owner?.text ?? "", list?.text === "gives")
      else value(one, varied?.parameter, varied?.owner ?? "", true)
  }
  const changed = (change: Ast.Change): void => {
    if (change.kind === "without") return oneOf(change.path, shared)
    set(change.path, [change.value])
  }

  // ---- expressions -----------------------------------------------------------------------------

  const expression = (root: Ast.Expression, locals: Locals): void => {
    const open: Array<Ast.Expression> = [root]
    for (let one = open.pop(); one !== undefined; one = open.pop()) {
      switch (one._tag) {
        case "Literal":
          unit(one.quantity)
          break
        case "Scheduled":
          for (const each of [one.schedule.from, one.schedule.to, one.schedule.pace.quantity]) unit(each)
          break
        case "Learned":
          value(one.by, learnedBy, "learned")
          break
        case "Variable": {
          const [first, second] = one.path.parts
          const local = locals.get(first?.text ?? "")
          if (local === undefined) {
            ofFile(one.path)
            break
          }
          refer(first, local)
          if (second !== undefined) {
            const asked = quantities.includes(second.text) || instructorQuantities.includes(second.text)
            const key = `quantity ${local.key}.${second.text}`
            refer(second, asked ? { _tag: "Quantity", key, name: second.text, owner: local } : undefined)
          }
          rest(one.path, 2)
          break
        }
        case "Apply":
          application(one)
          open.push(...operandsOf(one))
          break
        case "On":
          condition(one.right)
          open.push(one.left)
          break
        case "After":
          oneOf(one.stage, stages)
          open.push(one.left)
          break
        case "Changed":
          changed(one.change)
          open.push(one.left)
          break
        case "Over":
          contextWord(one.axis.parts[0], "axis")
          rest(one.axis, 1)
          open.push(one.operand)
          break
        case "Negate":
          open.push(one.operand)
          break
        case "Divergence":
        case "Given":
        case "Binary":
          open.push(one.left, one.right)
          break
      }
    }
  }

  /** The term that a module's name and one of its own stand for. */
  const ofModule = ({ parts: [module, other] }: Ast.Path): Subject | undefined => {
    const term = modules.get(module?.text ?? "")?.terms.find(({ name }) => name === other?.text)
    return term === undefined || module === undefined
      ? undefined
      : { _tag: "Term", key: `term ${module.text}.${term.name}`, name: `${module.text}.${term.name}`, term }
  }
  /** The arguments of a call that are expressions; the view of `paired` is noted here. */
  const operandsOf = (one: Extract<Ast.Expression, { readonly _tag: "Apply" }>): ReadonlyArray<Ast.Expression> => {
    const [, second] = one.arguments
    if (pathText(one.callee) !== "paired" || shared.get("paired") !== undefined) return one.arguments
    if (second?._tag !== "Variable" || second.path.parts.length > 1) return one.arguments
    contextWord(second.path.parts[0], "view")
    return one.arguments.filter((each) => each !== second)
  }

  const application = (one: Extract<Ast.Expression, { readonly _tag: "Apply" }>): void => {
    const name = pathText(one.callee)
    const [first] = one.callee.parts
    const mine = first === undefined ? undefined : shared.get(first.text)
    const callable = mine?.kind === "function" || mine?.kind === "mapper" || mine?.kind === "module"
    if (mine?.kind === "module") borrowed(one.callee, ofModule(one.callee))
    else if (mine !== undefined && callable) ofFile(one.callee)
    else whole(one.callee, functions.includes(name) ? { _tag: "Function", key: `function ${name}`, name } : undefined)
    const parameters = !callable && name === "ppo" ? Modules.ppo : []
    const given = new Set<string>()
    if (parameters.length > 0) {
      for (const [i, argument] of one.arguments.slice(1).entries()) {
        const parameter = parameters[i]
        if (parameter === undefined) continue
        given.add(parameter.name)
        values.push({ span: argument.span, parameter, owner: name })
      }
    }
    for (const argument of one.named) {
      const parameter = parameters.find((each) => each.name === argument.name?.text)
      if (argument.name !== undefined)
        refer(argument.name, parameter === undefined ? undefined : parameterSubject(parameter, name))
      if (parameter !== undefined) given.add(parameter.name)
      value(argument.value, parameter, name)
    }
    if (one.arguments.length > 0) gap("arguments", one.span, optional(parameters, given))
  }

  /** Metrics of objectives and oracles. */
  const claim = (root: Ast.Expression): void => {
    const open: Array<Ast.Expression> = [root]
    for (let one = open.pop(); one !== undefined; one = open.pop()) {
      switch (one._tag) {
        case "Literal":
          unit(one.quantity)
          break
        case "Apply": {
          if (pathText(one.callee) === "iqm") contextWord(one.callee.parts[0], "statistic")
          else borrowed(one.callee, metric(pathText(one.callee)))
          // `success(bica, sampled)`
          const [, manner] = one.arguments
          const chosen = Modules.play.find(({ name }) => name === "choose")
          open.push(...one.arguments.filter((each) => each !== manner))
          if (manner?._tag === "Variable")
            value({ _tag: "Reference", path: manner.path, span: manner.span }, chosen, "play")
          for (const argument of one.named) {
            refer(argument.name, undefined)
            value(argument.value, undefined, "")
          }
          break
        }
        case "Variable":
          // a team that was left once for a seed is called as the stage is
          if (
            one.path.parts.length === 1 &&
            shared.get(pathText(one.path)) === undefined &&
            stages.has(pathText(one.path))
          )
            oneOf(one.path, stages)
          else if (one.path.parts.length === 1) oneOf(one.path, shared, ["objective"])
          else ofEnvironment(one.path, oracle)
          break
        case "On":
          condition(one.right)
          open.push(one.left)
          break
        case "After":
          oneOf(one.stage, stages)
          open.push(one.left)
          break
        case "Changed":
          changed(one.change)
          open.push(one.left)
          break
        case "Over":
        case "Negate":
          open.push(one.operand)
          break
        case "Binary":
        case "Divergence":
        case "Given":
          open.push(one.left, one.right)
          break
        case "Scheduled":
        case "Learned":
          expression(one, noLocals)
          break
      }
    }
  }

  // ---- declarations, from the inside -----------------------------------------------------------

  /** `history(8)`, which an instructor sees; whether it was that. */
  const lookBack = (one: Ast.Value): boolean => {
    const path = one._tag === "Call" ? one.callee : one._tag === "Reference" ? one.path : undefined
    const { history } = Modules
    if (path === undefined || pathText(path) !== history.name) return false
    const parameter: Parameter = { name: "sees", doc: "", type: { kind: "choice", options: [history] } }
    value(one, parameter, "sees")
    return true
  }
  const sees = (list: ReadonlyArray<Ast.Value>, player: RoleDeclaration | undefined): void => {
    for (const one of list) {
      const path = one._tag === "Call" ? one.callee : one._tag === "Reference" ? one.path : undefined
      if (path === undefined) {
        value(one, undefined, "sees")
        continue
      }
      const [first] = path.parts
      const observation =
        path.parts.length > 1 ? undefined : player?.observations.find((each) => each.name === first?.text)
      if (player !== undefined && observation !== undefined) {
        refer(first, {
          _tag: "Observation",
          key: `observation ${player.name}.${observation.name}`,
          name: observation.name,
          observation,
          role: player
        })
        const { extent } = observation
        if (extent !== undefined) {
          const parameter: Parameter = {
            name: "extent",
            doc: `The view that ${observation.name} has.`,
            type: { kind: "extent", minimum: extent.width, maximum: extent.width },
            default: extent,
            source: { kind: "convention", text: "the view that the environment has" }
          }
          call(one._tag === "Call" ? one : { ...one, _tag: "Reference", path }, [parameter], observation.name)
        } else if (one._tag === "Call") call(one, [], observation.name)
        continue
      }
      ofFile(path)
      if (one._tag === "Call") call(one, [], pathText(path))
    }
  }

  /** The block of a protocol or a mapper: its method, and parameters. */
  const methods = (one: Ast.Protocol | Ast.Mapper, method: Parameter, parameters: ReadonlyArray<Parameter>): void => {
    for (const each of one.methods) value(each, method, one.name.text)
    settings(one, parameters, one.name.text)
  }

  const players: ReadonlyArray<DeclaredKind> = ["agent", "protocol", "mapper", "instructor"]

  /** The rules that the pupil of an imitation may be drawn to. */
  const taught = ({ pupil }: Extract<Statement, { readonly _tag: "Imitate" }>): Parameter | undefined => {
    const role = agents.get(pathText(pupil))?.role
    return role === undefined ? undefined : Modules.teacher(role)
  }

  /** The model that a statement fits, as its environment declares it. */
  const fitted = ({ model }: Extract<Statement, { readonly _tag: "Fit" }>) => {
    const [place, named] = model.parts
    const declaration = environments.get(place?.text ?? "")?.declaration
    return { model, name: declaration?.models?.find((one) => one.name === named?.text) }
  }

  const statement = (one: Statement, times: number): void => {
    switch (one._tag) {
      case "Imitate": {
        const rule = taught(one)
        const options = rule?.type.kind === "choice" ? rule.type.options : []
        const { limit, teacher, until } = one
        if (teacher._tag === "Call" || teacher._tag === "Reference") {
          // `planner`, or as a rule of the environment `map.planner`
          const { parts } = teacher._tag === "Call" ? teacher.callee : teacher.path
          const [place, named] = parts.length > 1 ? parts : [undefined, parts[0]]
          const option = options.find(({ name }) => name === named?.text)
          if (place !== undefined) refer(place, environments.get(place.text)?.declared)
          refer(
            named,
            rule === undefined || option === undefined
              ? undefined
              : { _tag: "Option", key: `option imitate.${option.name}`, name: option.name, option, parameter: rule }
          )
          for (const part of parts.slice(2)) refer(part, undefined)
          call(teacher, option?.parameters ?? [], option?.name ?? "")
        } else value(teacher, undefined, "imitate")
        oneOf(one.pupil, shared, players)
        if (until !== undefined) {
          const measured = until.metric.text === Modules.imitateBound.name
          refer(until.metric, measured ? parameterSubject(Modules.imitateBound, "imitate") : undefined)
          amount(until.bound, Modules.imitateBound, "imitate")
        }
        if (limit !== undefined) amount(limit, Modules.imitateUpdates, "imitate")
        return settings(one, Modules.imitate(limit?.value ?? 1), "imitate")
      }
      case "Fit": {
        const { model, name } = fitted(one)
        refer(model.parts[0], environments.get(model.parts[0]?.text ?? "")?.declared)
        for (const part of model.parts.slice(1))
          refer(
            part,
            name === undefined
              ? undefined
              : { _tag: "Word", key: `model ${name.name}`, name: name.name, doc: `Model. ${name.doc}` }
          )
        amount(one.updates, Modules.fitUpdates, "fit")
        return settings(one, name?.parameters ?? [], "fit")
      }
      case "Repeat":
        amount(one.count, Modules.repeatTimes)
        for (const inner of one.body) statement(inner, one.count.value)
        return
      case "Rollout":
        amount(one.environments, Modules.rolloutEnvironments)
        if (one.on !== undefined) condition(one.on)
        if (one.steps === undefined)
          gaps.push({
            span: one.on?.span ?? one.environments.span,
            form: "clause",
            parameters: [Modules.rolloutSteps],
            before: " for "
          })
        else amount(one.steps, Modules.rolloutSteps, "rollout")
        return settings(one, Modules.rollout, "rollout")
      case "Update":
        for (const path of one.targets) oneOf(path, shared, players)
        return settings(one, Modules.update(times), "update")
      case "Ascend":
        // the statement ends with the word
        if (one.all)
          word({ text: "budgets", span: { start: one.span.end - "budgets".length, end: one.span.end } }, ["budgets"])
        for (const path of one.budgets) oneOf(path, shared, ["budget"])
        return
      case "Checkpoint":
        return amount(one.every, Modules.checkpointEvery)
      case "Play":
        amount(one.episodes, Modules.playEpisodes)
        for (const path of one.on) condition(path)
        for (const path of one.by) ofEnvironment(path, oracle)
        return settings(one, one.by.length === 0 ? Modules.play : [], "play")
      case "Measure":
        for (const path of one.metrics) borrowed(path, metric(pathText(path)))
        for (const { name, paths } of one.references) {
          contextWord(name, "reference")
          for (const path of paths) {
            if (name.text === "suite") condition(path)
            else oneOf(path, shared, ["objective"])
          }
        }
    }
  }

  /** The block after the head of a statement. */
  const settings = (
    one: { readonly entries: ReadonlyArray<Ast.Entry>; readonly span: Span },
    parameters: ReadonlyArray<Parameter>,
    owner: string
  ): void => {
    entries(one.entries, parameters, owner, false)
    gap("block", one.span, optional(parameters, givenIn(one.entries)), one.entries)
  }

  const shift = (one: Ast.Shift, environment: EnvironmentDeclaration | undefined): void => {
    for (const entry of one.entries) {
      const [who, what] = entry.key.parts
      const agent = who === undefined || what === undefined ? undefined : agents.get(who.text)
      if (agent === undefined) {
        entries([entry], environment?.parameters ?? [], environment?.name ?? "", true)
        continue
      }
      const parameter =
        agent.role === undefined || entry.key.parts.length > 2 || what?.text !== "noise"
          ? undefined
          : Modules.agent(agent.role).find((each) => each.name === "noise")
      refer(who, agent.declared)
      refer(what, parameter === undefined ? undefined : parameterSubject(parameter, agent.declared.name))
      rest(entry.key, 2)
      value(entry.value, parameter, agent.declared.name, true)
    }
  }

  for (const one of file.declarations) {
    switch (one._tag) {
      case "Use": {
        if (one.library === undefined) break
        const name = pathText(one.library)
        const library = Modules.libraries.find((each) => each.name === name)
        whole(
          one.library,
          library === undefined ? undefined : { _tag: "Library", key: `library ${name}`, name, library }
        )
        break
      }
      case "Environment": {
        const declaration = catalogue.environments.find((each) => each.name === one.kind.text)
        borrowed(
          pathOf(one.kind),
          declaration === undefined
            ? undefined
            : { _tag: "Environment", key: `environment ${declaration.name}`, name: declaration.name, declaration }
        )
        const parameters = declaration?.parameters ?? []
        entries(one.entries, parameters, declaration?.name ?? one.kind.text, false)
        gap("block", one.span, optional(parameters, givenIn(one.entries)), one.entries)
        for (const each of one.shifts) shift(each, declaration)
        break
      }
      case "Agent": {
        ofEnvironment(one.plays, role)
        const known = agents.get(one.name.text)
        const player = known?.declared === own.get(one) ? known?.role : undefined
        sees(one.sees, player)
        if (one.says?._tag === "Codes") amount(one.says.quantity, Modules.codes, one.name.text)
        symbols(one.says?._tag === "Symbols" ? one.says.symbols : [], one.name.text, false)
        const parameters = player === undefined ? [] : Modules.agent(player)
        entries(one.entries, parameters, one.name.text, false)
        gap("block", one.span, optional(parameters, givenIn(one.entries)), one.entries)
        break
      }
      case "Protocol":
        oneOf(one.agent, shared, ["agent"])
        methods(one, Modules.generators, Modules.protocol)
        break
      case "Mapper":
        oneOf(one.from, shared, ["agent"])
        oneOf(one.to, shared, ["agent"])
        methods(one, Modules.mappings, [])
        break
      case "Instructor": {
        oneOf(one.agent, shared, ["agent"])
        const [name] = one.agent.parts
        const views = one.sees.filter((view) => !lookBack(view))
        sees(views, name === undefined ? undefined : agents.get(name.text)?.role)
        symbols(one.gives, one.name.text, true)
        settings(one, Modules.instructor, one.name.text)
        break
      }
      case "Term":
        expression(one.expression, noLocals)
        break
      case "Define": {
        const locals = new Map<string, Declared>()
        for (const parameter of one.parameters) {
          declare("parameter", parameter.name, parameter.span, locals)
          word(parameter.kind, parameterKinds)
        }
        expression(one.expression, locals)
        break
      }
      case "Budget": {
        expression(one.quantity, noLocals)
        unit(one.bound)
        const by: Parameter = {
          name: "by",
          doc: "How the budget is held.",
          type: { kind: "choice", options: Modules.duals }
        }
        value(one.by, by, one.name.text)
        break
      }
      case "Objective":
        expression(one.expression, noLocals)
        for (const path of one.within) oneOf(path, shared, ["budget"])
        for (const path of one.freezing) oneOf(path, shared, players)
        for (const path of one.silencing) oneOf(path, shared, players)
        break
      case "Stage": {
        if (one.parameter !== undefined) {
          word(one.parameter.kind, ["objective"])
          declare("objective of the study", one.parameter.name, one.parameter.span)
        }
        if (one.objective !== undefined) oneOf(one.objective, shared, ["objective"])
        for (const path of one.after) oneOf(path, stages)
        for (const each of one.body) statement(each, 1)
        const last = one.body.at(-1)
        if (
          last !== undefined &&
          one.body.some((each) => each._tag === "Repeat") &&
          !one.body.some((each) => each._tag === "Checkpoint")
        ) {
          gaps.push({
            span: last.span,
            form: "clause",
            parameters: [Modules.checkpointEvery],
            before: "  checkpoint every "
          })
        }
        break
      }
      case "Study": {
        if (one.from !== undefined) {
          const [first, second] = one.from.parts
          refer(first, first === undefined ? undefined : studies.get(first.text))
          refer(second, second === undefined ? undefined : shared.get(second.text))
          rest(one.from, 2)
        }
        for (const seed of one.seeds) unit(seed)
        for (const path of one.compare) oneOf(path, shared, ["objective"])
        for (const each of one.vary) set(each.path, each.values)
        for (const path of one.without) oneOf(path, shared)
        break
      }
      case "Claim":
        claim(one.statement)
        if (one.test === undefined)
          gaps.push({
            span: one.statement.span,
            form: "clause",
            parameters: [Modules.confidence],
            before: " with ",
            after: " confidence"
          })
        else {
          amount(one.test.level, one.test._tag === "Confidence" ? Modules.confidence : Modules.significance, "a claim")
          contextWord(one.test.by, "test")
        }
        for (const each of one.assuming) {
          contextWord(each.name, "assumption")
          unit(each.quantity)
        }
        break
    }
  }

  for (const part of unread) {
    for (const [i, token] of part.tokens.entries()) {
      if (token === part.name || part.tokens[i - 1]?.text === "." || token.type.startsWith("keyword ")) continue
      const known = shared.get(token.text)
      if (known !== undefined && known.at.start !== token.start) refer({ text: token.text, span: token }, known)
    }
  }

  // What the parser made up to go on takes no room in the text.
  const written = occurrences.filter(({ span }) => span.end > span.start)
  return {
    declared: declared.toSorted((a, b) => a.at.start - b.at.start),
    occurrences: written.toSorted((a, b) => a.span.start - b.span.start),
    values,
    units,
    gaps,
    environments,
    agents,
    libraries,
    modules,
    settable
  }
}

/** What stands between the brackets of a block. */
const inside = (span: Span): Span => ({ start: span.start, end: Math.max(span.start, span.end - 1) })

/** The name at an offset: the one that holds the character after it, else the one that ends there. */
export const occurrenceAt = (index: NameIndex, offset: number): Occurrence | undefined => {
  const { occurrences } = index
  let low = 0
  let high = occurrences.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((occurrences[middle]?.span.start ?? 0) <= offset) low = middle + 1
    else high = middle
  }
  const near = [occurrences[low - 1], occurrences[low - 2]].filter((one) => one !== undefined)
  return (
    near.find(({ span }) => span.start <= offset && offset < span.end) ?? near.find(({ span }) => span.end === offset)
  )
}

/** A part of the text that is in no declaration of the tree. */
type Unread = {
  readonly span: Span
  readonly tokens: ReadonlyArray<Token>
} & ({ readonly kind: DeclaredKind; readonly name: Token } | { readonly kind: undefined; readonly name: undefined })

const kindOf = (token: Token): DeclaredKind | undefined =>
  token.text === "define" ? "function" : Object.values(kinds).find((kind) => `keyword ${kind}` === token.type)

/** What the parser gave up, cut where a declaration seems to begin. */
const unreadParts = (file: Ast.File, tokens: ReadonlyArray<Token>): ReadonlyArray<Unread> => {
  const read = file.declarations.map(({ span }) => span).toSorted((a, b) => a.start - b.start)
  const parts: Array<Array<Token>> = []
  let next = 0
  let depth = 0
  let apart = true
  for (const token of tokens) {
    while (next < read.length && (read[next]?.end ?? 0) <= token.start) next++
    const around = read[next]
    if (around !== undefined && around.start <= token.start) {
      apart = true
      depth = 0
      continue
    }
    if (apart || (depth === 0 && kindOf(token) !== undefined)) parts.push([])
    apart = false
    parts.at(-1)?.push(token)
    if (token.text === "{" || token.text === "(") depth++
    if (token.text === "}" || token.text === ")") depth = Math.max(0, depth - 1)
  }
  return parts.flatMap((part): ReadonlyArray<Unread> => {
    const [first, name] = part
    const last = part.at(-1)
    if (first === undefined || last === undefined) return []
    const rest = { span: { start: first.start, end: last.end }, tokens: part }
    const kind = kindOf(first)
    const isName = name !== undefined && (name.type === "Word" || name.type.startsWith("keyword "))
    return [kind !== undefined && isName ? { ...rest, kind, name } : { ...rest, kind: undefined, name: undefined }]
  })
}
