/**
 * What may be written at a place: words from the grammar, names from the file, parameters and choices from the schemas of the
 * language and of its environments. Reads tokens, not the tree, of the declaration that is being written.
 */
import type { CompletionItem } from "vscode-languageserver/node"
import { CompletionItemKind } from "vscode-languageserver/node"
import type { EnvironmentDeclaration, RoleDeclaration } from "../../declaration/Environment.ts"
import * as Modules from "../../declaration/Modules.ts"
import type { Option, Parameter } from "../../declaration/Parameter.ts"
import { functions, parameterKinds } from "../../dsl/check/Expressions.ts"
import type { Ast, Span } from "../../dsl/index.ts"
import { endOfTokens } from "../../dsl/syntax/Brackets.ts"
import { declarationBegins, declarationWords, typeOf } from "../../dsl/syntax/Tokens.ts"
import type { Expected, Frame, Token } from "../Expectation.ts"
import { expectedAfter } from "../Expectation.ts"
import type { Declared, DeclaredKind, Settable } from "../NameIndex.ts"
import { quantitiesOf } from "../NameIndex.ts"
import type { Snapshot } from "../Snapshot.ts"
import { firstAfter, isFirstOnLine, rangeOf } from "../Snapshot.ts"
import type { WordKind } from "../Words.ts"
import { contextWords, functionDocs, placeWords, quantityDocs, words } from "../Words.ts"
import { valueText } from "../../declaration/Written.ts"
import { parameterDoc, typeText } from "../Wording.ts"

/** Something that may be written. A text with dots is a path, of which a part may stand there already. */
interface Candidate {
  readonly text: string
  readonly kind: CompletionItemKind
  readonly detail?: string | undefined
  readonly doc?: string | undefined
}

/** Parameters that may be given in a block, or as arguments. */
interface Schema {
  readonly owner: string
  readonly parameters: ReadonlyArray<Parameter>
  /** Offset of the bracket that opens it; what is given already stands behind it. */
  readonly opens: number | undefined
}

const nothing: ReadonlyArray<Candidate> = []

/** Words that mean something at a kind of place alone. */
const wordItems = (kind: WordKind): ReadonlyArray<Candidate> =>
  Object.entries(contextWords[kind]).map(([text, doc]) => ({
    text,
    kind: CompletionItemKind.EnumMember,
    detail: kind,
    doc
  }))

const declarationKeywords: ReadonlySet<string> = new Set(declarationWords)

/** Number of the token with which the declaration around the end of `tokens` begins. */
const declarationStart = (snapshot: Snapshot, tokens: ReadonlyArray<Token>): number => {
  const asRead = (token: Token | undefined) => {
    const type = token === undefined ? undefined : typeOf(token.type)
    return type === undefined ? endOfTokens : { ...endOfTokens, tokenType: type, image: token?.text ?? "" }
  }
  let start = 0
  let depth = 0
  for (const [i, token] of tokens.entries()) {
    if (declarationKeywords.has(token.text)) {
      const certain = declarationBegins((offset) => asRead(tokens[i + offset]))
      const first = isFirstOnLine(snapshot, i)
      if ((certain && (first || depth === 0)) || (first && depth === 0)) {
        start = i
        depth = 0
        continue
      }
    }
    if (token.type === "LeftBrace" || token.type === "LeftParen") depth++
    if (token.type === "RightBrace" || token.type === "RightParen") depth = Math.max(0, depth - 1)
  }
  return start
}

const enclosing = (frame: Frame | undefined, ...rules: ReadonlyArray<string>): Frame | undefined => {
  for (let one = frame; one !== undefined; one = one.parent) if (rules.includes(one.rule)) return one
  return undefined
}

const parameterItem = (parameter: Parameter, owner: string): Candidate => ({
  text: parameter.name,
  kind: CompletionItemKind.Property,
  detail: typeText(parameter.type).replaceAll("`", ""),
  doc: parameterDoc(parameter, owner)
})

const optionItem = (option: Option): Candidate => ({
  text: option.name,
  kind: CompletionItemKind.EnumMember,
  detail:
    option.parameters.length === 0
      ? undefined
      : `${option.name}(${option.parameters.map((one) => one.name).join(", ")})`,
  doc: option.doc
})

/** What may be written at an offset, the likeliest first. Nothing inside of comments, numbers and quotations. */
export const completions = (snapshot: Snapshot, offset: number): Array<CompletionItem> => {
  const { comments, index } = snapshot
  if (comments.some(({ end, start }) => start < offset && offset <= end)) return []
  // the last token that begins before the cursor: a bracket that begins at it is not what is being written
  const here = snapshot.tokens[firstAfter(snapshot.tokens, offset - 1) - 1]
  const touched = here !== undefined && offset <= here.end ? here : undefined
  const isName = touched !== undefined && (touched.type === "Word" || touched.type.startsWith("keyword "))
  if (touched !== undefined && !isName && /Numeral|Quoted|BlockComment/.test(touched.type)) return []
  const partial = isName ? touched : undefined
  const limit = partial?.start ?? offset
  const before = snapshot.tokens.filter(({ end }) => end <= limit)
  const first = declarationStart(snapshot, before)
  const tokens = before.slice(first)
  const last = before.at(-1)
  const onNewLine = last === undefined || /[\n\r]/.test(snapshot.text.slice(last.end, limit))
  const expected = expectedAfter(tokens, (i) => (i === tokens.length ? onNewLine : isFirstOnLine(snapshot, first + i)))

  // ---- what the tokens so far say ----------------------------------------------------------------

  const textAt = (i: number): string => tokens[i]?.text ?? ""
  /** The words and dots from one token to before another. */
  const pathFrom = (from: number, to: number): string => {
    let text = ""
    for (let i = from; i < to && tokens[i] !== undefined; i++) {
      const token = tokens[i]
      const isPart = token?.type === "Dot" || token?.type === "Word" || token?.type.startsWith("keyword ") === true
      if (!isPart || (i > from && token.type !== "Dot" && textAt(i - 1) !== ".")) break
      text += token.text
    }
    return text
  }
  /** Words that a list holds already, from one token on. */
  const listed = (from: number): ReadonlySet<string> => {
    const found = new Set<string>()
    for (let i = from; i < tokens.length; i++)
      if (i === from || textAt(i - 1) === ",") found.add(pathFrom(i, tokens.length))
    return found
  }
  const place = [...index.environments.values()][0]
  const environmentNamed = (name: string): EnvironmentDeclaration | undefined =>
    snapshot.environments.find((one) => one.name === name)
  /** The role of the agent that is being written: `agent NAME plays ENVIRONMENT . ROLE`. */
  const roleOf = (agent: Frame): RoleDeclaration | undefined =>
    index.environments
      .get(textAt(agent.start + 3))
      ?.declaration?.roles.find((one) => one.name === textAt(agent.start + 5))

  // ---- schemas -----------------------------------------------------------------------------------

  const opening = (from: number, sign: string): number | undefined =>
    tokens.slice(from).find(({ text }) => text === sign)?.start

  /** The parameters that an entry of a block may give. */
  const schemaOf = (entry: Frame): Schema | undefined => {
    const around = entry.parent
    if (around === undefined) return undefined
    switch (around.rule) {
      case "environment": {
        const declaration = environmentNamed(textAt(around.start + 3))
        return declaration === undefined
          ? undefined
          : {
              owner: declaration.name,
              parameters: declaration.parameters,
              opens: opening(around.start, "{")
            }
      }
      case "agent": {
        const role = roleOf(around)
        return role === undefined
          ? undefined
          : { owner: textAt(around.start + 1), parameters: Modules.agent(role), opens: opening(around.start, "{") }
      }
      case "block":
        return schemaOfBlock(around)
      case "instructor":
        return { owner: textAt(around.start + 1), parameters: Modules.instructor, opens: opening(around.start, "{") }
      case "methods": {
        const parameters = around.parent?.rule === "protocol" ? Modules.protocol : []
        return { owner: textAt((around.parent?.start ?? 0) + 1), parameters, opens: tokens[around.start]?.start }
      }
      default:
        return undefined
    }
  }
  const schemaOfBlock = (block: Frame): Schema | undefined => {
    const opens = tokens[block.start]?.start
    const owner = block.parent
    switch (owner?.rule) {
      case "value": {
        const parameter = parameterOf(owner)
        return parameter?.type.kind === "block"
          ? { owner: parameter.name, parameters: parameter.type.parameters, opens }
          : undefined
      }
      case "call": {
        const option = optionOf(owner)
        return option === undefined ? undefined : { owner: option.name, parameters: option.parameters, opens }
      }
      case "shift": {
        const environment = enclosing(owner, "environment")
        const declaration = environment === undefined ? undefined : environmentNamed(textAt(environment.start + 3))
        return { owner: declaration?.name ?? "", parameters: declaration?.parameters ?? [], opens }
      }
      case "rollout":
        return { owner: "rollout", parameters: Modules.rollout, opens }
      case "update":
        return { owner: "update", parameters: Modules.update(timesAround(owner)), opens }
      case "play":
        return { owner: "play", parameters: Modules.play, opens }
      case "imitate":
        return { owner: "imitate", parameters: Modules.imitate(1), opens }
      case "fit":
        return { owner: "fit", parameters: models().flatMap(({ model }) => model.parameters), opens }
      default:
        return undefined
    }
  }
  const timesAround = (statement: Frame): number => {
    const repeat = enclosing(statement, "repeat")
    const times = repeat === undefined ? Number.NaN : Number(textAt(repeat.start + 1))
    return Number.isFinite(times) ? times : 1
  }
  const noiseOf = (name: string): Parameter | undefined => {
    const role = index.agents.get(name)?.role
    return role === undefined ? undefined : Modules.agent(role).find((one) => one.name === "noise")
  }
  /** The parameter whose value stands at a frame. */
  const parameterOf = (value: Frame): Parameter | undefined => {
    const owner = value.parent
    switch (owner?.rule) {
      case "entry": {
        const [who = "", what] = pathFrom(owner.start, value.start).split(".")
        if (what === "noise" && enclosing(owner, "shift") !== undefined) return noiseOf(who)
        return schemaOf(owner)?.parameters.find((one) => one.name === who && what === undefined)
      }
      case "valueArgument": {
        const call = owner.parent
        const parameters = call === undefined ? [] : (optionOf(call)?.parameters ?? [])
        return call === undefined ? undefined : argumentOf(parameters, call, owner, value.start)
      }
      case "argument": {
        const application = owner.parent
        return application === undefined || pathFrom(application.start, tokens.length) !== "ppo"
          ? undefined
          : Modules.ppo.find((one) => one.name === textAt(owner.start))
      }
      case "studyClause":
      case "change": {
        const parts = pathFrom(owner.start + 1, value.start).split(".")
        const [last] = parts.slice(-1)
        const found = settableAt(parts.slice(0, -1)).find(({ parameter }) => parameter.name === last)
        return found === undefined || found.takes !== undefined ? undefined : found.parameter
      }
      default:
        return undefined
    }
  }
  /** The settings below a path of `vary` or `with`. */
  const settableAt = ([name = "", ...others]: ReadonlyArray<string>): ReadonlyArray<Settable> =>
    others.reduce((at, part) => at.find(({ parameter }) => parameter.name === part)?.below ?? [], index.settable(name))
  /** The parameter of an argument: by its name, or by its number in the brackets. */
  const argumentOf = (
    parameters: ReadonlyArray<Parameter>,
    call: Frame,
    argument: Frame,
    valueStart: number
  ): Parameter | undefined => {
    if (valueStart > argument.start) return parameters.find((one) => one.name === textAt(argument.start))
    return parameters[positionIn(call, argument.start)]
  }
  /** How many commas stand between the bracket of a call and a token, not counting those in brackets of their own. */
  const positionIn = (call: Frame, to: number): number => {
    let depth = 0
    let count = 0
    for (let i = call.start; i < to; i++) {
      const text = textAt(i)
      if (text === "(" || text === "{") depth++
      if (text === ")" || text === "}") depth--
      if (text === "," && depth === 1) count++
    }
    return count
  }
  const optionsAt = (call: Frame): ReadonlyArray<Option> => {
    const owner = call.parent
    if (owner?.rule === "budget") return Modules.duals
    if (owner?.rule === "learned") return Modules.weights
    if (owner?.rule === "method") {
      const { type } = enclosing(owner, "protocol") === undefined ? Modules.mappings : Modules.generators
      const options = type.kind === "choice" ? type.options : []
      const methods = owner.parent === undefined ? undefined : tokens[owner.parent.start]?.start
      const given = call.start < tokens.length ? new Set<string>() : wordsIn(methods)
      return options.some(({ name }) => given.has(name)) ? [] : options
    }
    if (owner?.rule !== "value") return []
    if (owner.parent?.rule === "sees") return enclosing(owner, "instructor") === undefined ? [] : [Modules.history]
    const type = parameterOf(owner)?.type
    return type?.kind === "choice" ? type.options : []
  }
  /** The option that a call names, once its name is whole. */
  const optionOf = (call: Frame): Option | undefined => {
    const name = pathFrom(call.start, tokens.length)
    return optionsAt(call).find((one) => one.name === name)
  }
  /** Words directly inside the brackets that open at an offset, besides the one that is being written. */
  const wordsIn = (opens: number | undefined): ReadonlySet<string> => {
    const found = new Set<string>()
    if (opens === undefined) return found
    let depth = 0
    for (const token of snapshot.tokens) {
      if (token.start < opens) continue
      if (token.text === "{" || token.text === "(") depth++
      if (token.text === "}" || token.text === ")") depth--
      if (depth === 0) break
      if (depth === 1 && token !== partial) found.add(token.text)
    }
    return found
  }

  // ---- names of the file -------------------------------------------------------------------------

  const declared = (...of: ReadonlyArray<DeclaredKind>): ReadonlyArray<Candidate> =>
    index.declared
      .filter(({ at, kind }) => of.includes(kind) && at.start !== tokens[1]?.start)
      .map(({ kind, name }) => ({ text: name, kind: itemKinds[kind], detail: kind }))
  const players = (): ReadonlyArray<Candidate> => declared("agent", "protocol", "mapper", "instructor")
  const conditions = (): ReadonlyArray<Candidate> => [
    ...declared("environment", "shift"),
    ...[...index.environments].flatMap(([name, one]) =>
      [...one.shifts.keys()].map((shift) => ({
        text: `${name}.${shift}`,
        kind: CompletionItemKind.Module,
        detail: "shift"
      }))
    )
  ]
  const stagesThat = (hold: (stage: Ast.Stage) => boolean): ReadonlyArray<Candidate> => {
    const found = snapshot.analysis.file.declarations.flatMap((one) =>
      one._tag === "Stage" && hold(one) ? [one.name.text] : []
    )
    return declared("stage").filter(({ text }) => found.includes(text))
  }
  /** Stages that run once for a seed and give their name to the team that they leave. */
  const teams = (): ReadonlyArray<Candidate> =>
    stagesThat(({ body, objective }) => objective !== undefined || body.some(({ _tag }) => _tag === "Imitate"))
  const oracles = (): ReadonlyArray<Candidate> =>
    [...index.environments].flatMap(([name, one]) =>
      (one.declaration?.oracles ?? []).map((oracle) => ({
        text: `${name}.${oracle.name}`,
        kind: CompletionItemKind.Function,
        detail: "oracle",
        doc: oracle.doc
      }))
    )
  /** Rules that an agent may be drawn to. */
  const rules = (): ReadonlyArray<Candidate> =>
    (place?.declaration?.roles ?? []).flatMap((role) =>
      role.rules.map((one) => ({
        text: one.name,
        kind: CompletionItemKind.Function,
        detail: `rule of the ${role.name}`,
        doc: one.doc
      }))
    )
  const metrics = (): ReadonlyArray<Candidate> =>
    (place?.declaration?.metrics ?? []).map((one) => ({
      text: one.name,
      kind: CompletionItemKind.Function,
      detail: one.unit,
      doc: one.doc
    }))
  const quantityItem = (owner: Declared, name: string): Candidate => ({
    text: `${owner.name}.${name}`,
    kind: CompletionItemKind.Property,
    detail: `of the ${owner.kind}`,
    doc: quantityDocs[`${owner.kind} ${name}`]
  })
  /** What agents and what is learned between them have; what environments have, which is asked for less often, comes last. */
  const asked = (): ReadonlyArray<Candidate> =>
    [
      ...index.declared.filter(({ kind }) => kind !== "environment"),
      ...index.declared.filter(({ kind }) => kind === "environment")
    ].flatMap((one) => quantitiesOf(one.kind).asked.map((name) => quantityItem(one, name)))
  /** Messages of other agents, and the advice of the instructors that an agent has. */
  const heard = (besides: string): ReadonlyArray<Candidate> =>
    index.declared.flatMap((one) =>
      one.name === besides || (one.kind === "agent" && index.agents.get(one.name)?.speaks !== true)
        ? []
        : quantitiesOf(one.kind).seen.map((name) => quantityItem(one, name))
    )

  /** Terms of modules. */
  const borrowedTerms = (): ReadonlyArray<Candidate> =>
    [...index.modules].flatMap(([module, given]) =>
      (given?.terms ?? []).map(({ doc, name, parameters }) => ({
        text: `${module}.${name}`,
        kind: CompletionItemKind.Function,
        detail: `${name}(${parameters.map((one) => `${one.name}: ${one.kind}`).join(", ")})`,
        doc
      }))
    )

  // ---- what a word may be at a place -------------------------------------------------------------

  const operands = (application: Frame): ReadonlyArray<Candidate> => {
    const argument = enclosing(application, "argument")
    const call = argument?.parent
    if (enclosing(application, "claim") !== undefined) {
      const overSeeds = call !== undefined && pathFrom(call.start, tokens.length) === "iqm"
      if (argument !== undefined) return overSeeds ? metrics() : [...declared("objective"), ...teams(), ...oracles()]
      return [...metrics(), ...wordItems("statistic")]
    }
    if (argument !== undefined && call !== undefined && pathFrom(call.start, tokens.length) === "ppo")
      return positionIn(call, argument.start) === 0 ? declared("agent", "instructor") : nothing
    const define = enclosing(application, "define")
    const own: Array<Candidate> = []
    for (let i = define?.start ?? tokens.length; i < tokens.length && textAt(i) !== ")"; i++)
      if (textAt(i + 1) === ":") own.push({ text: textAt(i), kind: CompletionItemKind.Variable, detail: textAt(i + 2) })
    return [
      ...own,
      ...declared("term", "function", "mapper"),
      ...borrowedTerms(),
      ...asked(),
      ...functions.map((name) => ({
        text: name,
        kind: CompletionItemKind.Function,
        detail: functionDocs[name]?.form,
        doc: functionDocs[name]?.doc
      }))
    ]
  }
  const seen = (value: Frame): ReadonlyArray<Candidate> => {
    const owner = enclosing(value, "agent", "instructor")
    const role =
      owner?.rule === "agent"
        ? roleOf(owner)
        : owner === undefined
          ? undefined
          : index.agents.get(textAt(owner.start + 3))?.role
    const all: ReadonlyArray<Candidate> = [
      ...(role?.observations ?? []).map((one) => ({
        text: one.name,
        kind: CompletionItemKind.EnumMember,
        detail: "observation",
        doc: one.doc
      })),
      ...(owner?.rule === "agent" ? heard(textAt(owner.start + 1)) : []),
      ...(owner?.rule === "instructor" ? [optionItem(Modules.history)] : [])
    ]
    const clause = enclosing(value, "sees")
    return clause === undefined ? all : without(all, listed(clause.start + 1))
  }
  const without = (all: ReadonlyArray<Candidate>, given: ReadonlySet<string>): ReadonlyArray<Candidate> =>
    all.filter(({ text }) => !given.has(text))

  const inList = (paths: Frame): ReadonlyArray<Candidate> => {
    const owner = paths.parent
    switch (owner?.rule) {
      case "objective":
        return paths.label === "within" ? declared("budget") : players()
      case "stage":
        return declared("stage")
      case "update":
        return players()
      case "ascend":
        return [
          { text: "budgets", kind: CompletionItemKind.Keyword, doc: placeWords["budgets"] },
          ...declared("budget")
        ]
      case "play":
        return paths.label === "by" ? oracles() : conditions()
      case "measure":
        return metrics()
      case "reference":
        return textAt(owner.start) === "suite" ? conditions() : declared("objective")
      case "studyClause":
        return textAt(owner.start) === "compare" ? declared("objective") : leftOut()
      default:
        return nothing
    }
  }

  /** What a study or a claim may do without. */
  const leftOut = (): ReadonlyArray<Candidate> => declared("term", "budget", "protocol", "mapper", "instructor")
  /** What may be varied, where a path begins, or of what its first parts name: one part at a time. */
  const varied = (prefix: string): ReadonlyArray<Candidate> =>
    prefix === ""
      ? [...players(), ...declared("term", "budget", "stage", "environment")]
      : settableAt(prefix.split(".").slice(0, -1)).map(({ parameter, takes }) => {
          const item = parameterItem(parameter, prefix.slice(0, -1))
          return { ...item, text: `${prefix}${parameter.name}`, detail: takes ?? item.detail }
        })

  /** Whether a word is the second argument of `paired`. */
  const namesView = (from: number): boolean => {
    let depth = 0
    let second = false
    for (let i = from - 1; i > 0; i--) {
      const one = textAt(i)
      if (one === ")") depth++
      else if (one === "," && depth === 0) second = true
      else if (one === "(" && depth-- === 0) return second && textAt(i - 1) === "paired"
    }
    return false
  }
  /** What could be fitted. */
  const models = () =>
    [...index.environments].flatMap(([place, { declaration }]) =>
      (declaration?.models ?? []).map((model) => ({ place, model }))
    )
  const path = (frame: Frame): ReadonlyArray<Candidate> => {
    const owner = frame.parent
    switch (owner?.rule) {
      case "paths":
        return without(inList(owner), listed(owner.start))
      case "entry": {
        const schema = schemaOf(owner)
        const given = wordsIn(schema?.opens)
        const own = (schema?.parameters ?? [])
          .filter(({ name }) => !given.has(name))
          .map((one) => parameterItem(one, schema?.owner ?? ""))
        if (owner.parent?.parent?.rule !== "shift") return own
        const noises = [...index.agents.keys()].flatMap((name): ReadonlyArray<Candidate> => {
          const noise = noiseOf(name)
          return noise === undefined ? [] : [{ ...parameterItem(noise, name), text: `${name}.noise` }]
        })
        return [...own, ...noises]
      }
      case "call": {
        const around = owner.parent
        if (around?.rule === "value" && around.parent?.rule === "sees") return seen(around)
        if (around?.rule === "imitate") return rules()
        return optionsAt(owner).map(optionItem)
      }
      case "application":
        return namesView(owner.start) ? wordItems("view") : operands(owner)
      case "conditional":
        return frame.label === "axis"
          ? wordItems("axis")
          : frame.label === "stage"
            ? stagesThat(({ body }) => body.some(({ _tag }) => _tag === "Repeat"))
            : conditions()
      case "stage":
        return declared("objective")
      case "rollout":
        return conditions()
      case "agent":
        return [...index.environments].flatMap(([name, one]) =>
          (one.declaration?.roles ?? []).map((role) => ({
            text: `${name}.${role.name}`,
            kind: CompletionItemKind.Interface,
            detail: "role",
            doc: role.doc
          }))
        )
      case "use":
        return without(
          Modules.libraries.map((one) => ({
            text: one.name,
            kind: CompletionItemKind.Module,
            detail: "library",
            doc: one.doc
          })),
          index.libraries
        )
      case "protocol":
      case "mapper":
      case "instructor":
      case "imitate":
        return declared("agent")
      case "change":
        return textAt(owner.start) === "without" ? leftOut() : varied(typed(frame))
      case "fit":
        return models().map(({ model, place }) => ({
          text: `${place}.${model.name}`,
          kind: CompletionItemKind.Reference,
          detail: "model",
          doc: model.doc
        }))
      case "studyClause":
        return textAt(owner.start) === "from" ? declared("study") : varied(typed(frame))
      default:
        return nothing
    }
  }

  const unit = (quantity: Frame): ReadonlyArray<Candidate> => {
    const unitItem = (text: string): ReadonlyArray<Candidate> =>
      text === "none" || text === "reward"
        ? []
        : [{ text: text === "fraction" ? "%" : text, kind: CompletionItemKind.Unit }]
    const owner = quantity.parent
    if (onNewLine) return nothing
    switch (owner?.rule) {
      case "rollout":
        return unitItem(quantity.label === "steps" ? "steps" : "environments")
      case "play":
        return unitItem("episodes")
      case "checkpoint":
        return unitItem("updates")
      case "budget":
        return unitItem("nats")
      case "says":
        return unitItem("codes")
      case "claim":
        return quantity.label === "confidence" ? unitItem("%") : []
      case "pace":
        return textAt(owner.start) === "over" ? unitItem("updates") : []
      case "fit":
        return unitItem("updates")
      case "imitate":
        return unitItem(quantity.label === "limit" ? "updates" : "nats")
      case "numeric": {
        const type = owner.parent === undefined ? undefined : parameterOf(owner.parent)?.type
        return type !== undefined && "unit" in type ? unitItem(type.unit) : []
      }
      default:
        return nothing
    }
  }

  /** Values that a number could be: the default of its parameter. */
  const number = (quantity: Frame): ReadonlyArray<Candidate> => {
    const value = quantity.rule === "quantity" ? quantity.parent?.parent : undefined
    if (value?.rule !== "value" || quantity.start !== value.start) return nothing
    const parameter = parameterOf(value)
    if (parameter?.default === undefined || parameter.type.kind === "choice" || parameter.type.kind === "block")
      return nothing
    return [
      {
        text: valueText(parameter.type, parameter.default),
        kind: CompletionItemKind.Value,
        detail: `default of ${parameter.name}`,
        doc: parameterDoc(parameter, parameter.name)
      }
    ]
  }

  const candidatesOf = ({ frame, label, type }: Expected): ReadonlyArray<Candidate> => {
    if (type === "Numeral") return number(frame)
    if (type === "Percent") return unit(frame).filter(({ text }) => text === "%")
    if (type !== "Word") return nothing
    switch (label) {
      case "unit":
        return unit(frame).filter(({ text }) => text !== "%")
      case "part":
        return path(frame)
      case "word":
        if (frame.label === "kind" && frame.parent?.rule === "environment") {
          return snapshot.environments.map((one) => ({
            text: one.name,
            kind: CompletionItemKind.Class,
            detail: "environment",
            doc: one.doc
          }))
        }
        if (frame.label === "by" && frame.parent?.rule === "claim") return wordItems("test")
        if (frame.label === "name" && frame.parent?.rule === "assumption")
          return without(wordItems("assumption"), new Set(tokens.map(({ text }) => text)))
        if (frame.label === "name" && frame.parent?.rule === "reference")
          return without(wordItems("reference"), wordsIn(tokens[frame.parent.parent?.start ?? -1]?.start))
        if (frame.label === "kind")
          return parameterKinds.map((one) => ({ text: one, kind: CompletionItemKind.Keyword, doc: placeWords[one] }))
        return frame.label === "parameterKind"
          ? [{ text: "objective", kind: CompletionItemKind.Keyword, doc: placeWords["objective"] }]
          : nothing
      case "name": {
        const call = frame.parent
        if (call === undefined) return nothing
        const [callee, given] = [pathFrom(call.start, tokens.length), wordsIn(opening(call.start, "("))]
        const parameters =
          call.rule === "application"
            ? callee === "ppo" && positionIn(call, frame.start) > 0
              ? Modules.ppo
              : []
            : (optionOf(call)?.parameters ?? [])
        return parameters.filter(({ name }) => !given.has(name)).map((one) => parameterItem(one, callee))
      }
      case "symbol": {
        if (frame.parent?.rule === "value") return nothing
        const says = enclosing(frame, "agent")
        const role = says === undefined ? undefined : roleOf(says)
        const given = wordsIn(tokens[frame.start]?.start)
        return (role?.choices ?? [])
          .filter((one) => !given.has(one))
          .map((one) => ({
            text: one,
            kind: CompletionItemKind.EnumMember,
            detail: `intent of the ${role?.name ?? ""}`
          }))
      }
      case "per":
        return [{ text: "update", kind: CompletionItemKind.Unit }]
      default:
        return nothing
    }
  }

  /** Words of the grammar; a clause that may stand once is not offered a second time. */
  const keyword = ({ frame, type }: Expected): ReadonlyArray<Candidate> => {
    if (!type.startsWith("keyword ")) return nothing
    const text = type.slice("keyword ".length)
    const owner = frame.rule === "sees" || frame.rule === "says" || frame.rule === "gives" ? frame.parent : undefined
    if (owner !== undefined && wordsIn(opening(owner.start, "{")).has(text)) return nothing
    // `8 by 8` is for extents alone.
    const value = frame.rule === "numeric" ? frame.parent : undefined
    const taken = value === undefined ? undefined : parameterOf(value)?.type
    if (text === "by" && taken !== undefined && taken.kind !== "extent") return nothing
    return [{ text, kind: CompletionItemKind.Keyword, detail: words[text]?.form, doc: words[text]?.doc }]
  }

  // ---- items -------------------------------------------------------------------------------------

  /** Parts of a path that stand before the cursor, with their last dot. */
  const typed = (frame: Frame): string => (frame.rule === "path" ? pathFrom(frame.start, tokens.length) : "")
  const span: Span = partial === undefined ? { start: offset, end: offset } : { start: partial.start, end: partial.end }
  const range = rangeOf(snapshot, span)
  const items = new Map<string, CompletionItem>()
  const add = (candidate: Candidate, prefix: string, group: number): void => {
    if (!candidate.text.startsWith(prefix)) return
    const text = candidate.text.slice(prefix.length)
    if (text === "" || items.has(text)) return
    items.set(text, {
      label: text,
      kind: candidate.kind,
      ...(candidate.detail === undefined ? {} : { detail: candidate.detail }),
      ...(candidate.doc === undefined ? {} : { documentation: { kind: "markdown", value: candidate.doc } }),
      sortText: `${group}${String(items.size).padStart(4, "0")}`,
      textEdit: { range, newText: text }
    })
  }
  for (const one of expected) for (const candidate of candidatesOf(one)) add(candidate, typed(one.frame), 0)
  for (const one of expected) for (const candidate of keyword(one)) add(candidate, "", 1)
  return [...items.values()]
}

const itemKinds: Readonly<Record<DeclaredKind, CompletionItemKind>> = {
  environment: CompletionItemKind.Module,
  shift: CompletionItemKind.Module,
  agent: CompletionItemKind.Class,
  protocol: CompletionItemKind.Interface,
  mapper: CompletionItemKind.Interface,
  instructor: CompletionItemKind.Interface,
  term: CompletionItemKind.Variable,
  function: CompletionItemKind.Function,
  budget: CompletionItemKind.Constant,
  objective: CompletionItemKind.Variable,
  stage: CompletionItemKind.Method,
  study: CompletionItemKind.Variable,
  claim: CompletionItemKind.Variable,
  parameter: CompletionItemKind.Variable,
  "objective of the study": CompletionItemKind.Variable,
  module: CompletionItemKind.Module
}
