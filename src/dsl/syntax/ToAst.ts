/**
 * Concrete syntax to syntax tree. Items that hold a token which the parser made up to go on (a missing name or number) are left out.
 */
import type { CstElement, CstNode, IToken } from "chevrotain"
import type { Diagnostic, Span } from "../diagnostic/Diagnostic.ts"
import { syntaxDiagnostic } from "../diagnostic/SyntaxCodes.ts"
import type * as Ast from "./Ast.ts"
import { endOf, Numeral, Word } from "./Tokens.ts"

/** Deepest expression, counted in operators and calls; a longer one is reported, since later passes walk it recursively. */
export const maximumExpressionDepth = 500

type Call = Extract<Ast.Value, { readonly _tag: "Call" }>
type Schedule = Extract<Ast.Value, { readonly _tag: "Schedule" }>

const isNode = (element: CstElement): element is CstNode => "children" in element
const startOf = (element: CstElement): number =>
  isNode(element) ? (element.location?.startOffset ?? 0) : element.startOffset

const areNodes = (list: ReadonlyArray<CstElement>): list is ReadonlyArray<CstNode> => {
  const [first] = list
  return first !== undefined && isNode(first)
}
const areTokens = (list: ReadonlyArray<CstElement>): list is ReadonlyArray<IToken> => !areNodes(list)

// what stands under a name is all of one kind, as the grammar has it
const nodes = (node: CstNode, key: string): ReadonlyArray<CstNode> => {
  const list = node.children[key]
  return list !== undefined && areNodes(list) ? list : []
}
const tokens = (node: CstNode, key: string): ReadonlyArray<IToken> => {
  const list = node.children[key]
  return list !== undefined && areTokens(list) ? list : []
}
const has = (node: CstNode, key: string): boolean => (node.children[key]?.length ?? 0) > 0

/** A part that the grammar guarantees. */
const guaranteed = <A>(value: A | undefined, node: CstNode, key: string): A => {
  if (value === undefined) throw new Error(`The grammar rule ${node.name} was read without its ${key}`)
  return value
}
const one = (node: CstNode, key: string): CstNode => guaranteed(nodes(node, key)[0], node, key)
const token = (node: CstNode, key: string): IToken => guaranteed(tokens(node, key)[0], node, key)

const spanOf = (node: CstNode): Span => {
  const start = node.location?.startOffset ?? 0
  return { start, end: Math.max(start, (node.location?.endOffset ?? start - 1) + 1) }
}
const joined = (a: Span, b: Span): Span => ({ start: a.start, end: b.end })

/** All parts of a node in the order of the text. */
export const inOrder = (node: CstNode): ReadonlyArray<CstElement> =>
  Object.values(node.children)
    .flat()
    .sort((a, b) => startOf(a) - startOf(b))

const items: ReadonlySet<string> = new Set([
  "declaration",
  "entry",
  "method",
  "shift",
  "sees",
  "says",
  "gives",
  "statement",
  "studyClause"
])

/** Whether an item lacks a name or a number of its own, not counting items inside it, which are left out on their own. */
const lacking = (node: CstNode): boolean => {
  for (const element of Object.values(node.children).flat()) {
    if (isNode(element)) {
      if (!items.has(element.name) && lacking(element)) return true
    } else if (element.isInsertedInRecovery === true && (element.tokenType === Word || element.tokenType === Numeral)) {
      return true
    }
  }
  return false
}

/** What the conversion finds wrong by itself. */
export class Conversion {
  readonly diagnostics: Array<Diagnostic> = []
  readonly #mended: boolean
  readonly #depths = new Map<Ast.Expression, number>()

  /** `mended`: whether the tokens hold some that the parser made up. */
  constructor(mended: boolean) {
    this.#mended = mended
  }

  #whole(list: ReadonlyArray<CstNode>): ReadonlyArray<CstNode> {
    return this.#mended ? list.filter((node) => !lacking(node)) : list
  }

  #nameOf(part: IToken): Ast.Name {
    return { text: part.image, span: { start: part.startOffset, end: endOf(part) } }
  }

  #name(node: CstNode, key = "name"): Ast.Name {
    return this.#nameOf(token(one(node, key), "word"))
  }

  /** `MapTalk`, or of a module `doors.Doors`. */
  #memberName(node: CstNode): Ast.Name {
    const kind = this.#name(node, "kind")
    const [member] = nodes(node, "member")
    if (member === undefined || lacking(member)) return kind
    const { span, text } = this.#nameOf(token(member, "word"))
    return { text: `${kind.text}.${text}`, span: { start: kind.span.start, end: span.end } }
  }

  #path(node: CstNode): Ast.Path {
    return { parts: tokens(node, "part").map((part) => this.#nameOf(part)), span: spanOf(node) }
  }

  #paths(node: CstNode): ReadonlyArray<Ast.Path> {
    return nodes(node, "path").map((path) => this.#path(path))
  }

  #number(numeral: IToken, sign: IToken | undefined, unit: IToken | undefined): Ast.Quantity {
    const text = (sign?.image ?? "") + numeral.image
    const last = unit ?? numeral
    const span = { start: (sign ?? numeral).startOffset, end: endOf(last) }
    const value = Number(text)
    if (!Number.isFinite(value)) this.diagnostics.push(syntaxDiagnostic.tooLargeNumber(span, text))
    return { value, text, unit: unit === undefined ? undefined : this.#nameOf(unit), span }
  }

  #quantity(node: CstNode): Ast.Quantity {
    return this.#number(
      token(node, "Numeral"),
      tokens(node, "Minus")[0] ?? tokens(node, "Plus")[0],
      tokens(node, "unit")[0]
    )
  }

  #pace(node: CstNode): Schedule["pace"] {
    const quantity = this.#quantity(one(node, "amount"))
    const per = tokens(node, "per")[0]
    if (per === undefined) return { kind: "over", quantity }
    return {
      kind: "by",
      quantity: { ...quantity, unit: this.#nameOf(per), span: { start: quantity.span.start, end: endOf(per) } }
    }
  }

  // ---- values and blocks -----------------------------------------------------------------------

  #value(node: CstNode): Ast.Value {
    if (has(node, "numeric")) return this.#numeric(one(node, "numeric"))
    if (has(node, "block")) return { _tag: "Block", entries: this.#entries(one(node, "block")), span: spanOf(node) }
    if (has(node, "symbols")) return { _tag: "Names", names: this.#symbols(one(node, "symbols")), span: spanOf(node) }
    const call = one(node, "call")
    return has(call, "LeftParen") || has(call, "block")
      ? this.#call(call)
      : { _tag: "Reference", path: this.#path(one(call, "path")), span: spanOf(call) }
  }

  #numeric(node: CstNode): Ast.Value {
    const span = spanOf(node)
    const [first, second] = nodes(node, "quantity").map((quantity) => this.#quantity(quantity))
    const quantity = guaranteed(first, node, "quantity")
    if (second === undefined) return { _tag: "Number", quantity, span }
    if (has(node, "DoubleDot")) return { _tag: "Range", low: quantity, high: second, span }
    if (has(node, "pace"))
      return { _tag: "Schedule", from: quantity, to: second, pace: this.#pace(one(node, "pace")), span }
    return { _tag: "Extent", width: quantity, height: second, span }
  }

  #call(node: CstNode): Call {
    const given = nodes(node, "valueArgument").map((argument): Ast.Argument => {
      const name = tokens(argument, "name")[0]
      return {
        name: name === undefined ? undefined : this.#nameOf(name),
        value: this.#value(one(argument, "value")),
        span: spanOf(argument)
      }
    })
    const block = nodes(node, "block")[0]
    if (block !== undefined) {
      const span = spanOf(block)
      const brace = token(block, "LeftBrace")
      given.push({
        name: { text: "with", span: { start: brace.startOffset, end: brace.startOffset } },
        value: { _tag: "Block", entries: this.#entries(block), span },
        span
      })
    }
    return { _tag: "Call", callee: this.#path(one(node, "path")), arguments: given, span: spanOf(node) }
  }

  #entries(node: CstNode): ReadonlyArray<Ast.Entry> {
    return this.#whole(nodes(node, "entry")).map((entry) => ({
      key: this.#path(one(entry, "path")),
      value: this.#value(one(entry, "value")),
      span: spanOf(entry)
    }))
  }

  #optionalBlock(node: CstNode): ReadonlyArray<Ast.Entry> {
    return has(node, "block") ? this.#entries(one(node, "block")) : []
  }

  #symbols(node: CstNode): ReadonlyArray<Ast.Name> {
    return tokens(node, "symbol").map((symbol) => this.#nameOf(symbol))
  }

  /** The single clause of its kind; a second one is reported and left out. */
  #single(list: ReadonlyArray<CstNode>, what: string): CstNode | undefined {
    const [first, ...others] = this.#whole(list)
    if (first !== undefined) {
      for (const other of others)
        this.diagnostics.push(syntaxDiagnostic.statedTwice(spanOf(other), spanOf(first), what))
    }
    return first
  }

  // ---- expressions -----------------------------------------------------------------------------

  /** Notes the depth of a node over its operands, and reports the one at which the limit is passed. */
  #grown<E extends Ast.Expression>(expression: E, ...operands: ReadonlyArray<Ast.Expression>): E {
    let depth = 0
    for (const operand of operands) depth = Math.max(depth, this.#depths.get(operand) ?? 0)
    this.#depths.set(expression, depth + 1)
    if (depth === maximumExpressionDepth) {
      this.diagnostics.push(syntaxDiagnostic.longExpression(expression.span, maximumExpressionDepth))
    }
    return expression
  }

  #inner(node: CstNode): Ast.Expression {
    const [left, right] = nodes(node, "conditional").map((part) => this.#conditional(part))
    const first = guaranteed(left, node, "conditional")
    if (right === undefined) return first
    return this.#grown({ _tag: "Divergence", left: first, right, span: spanOf(node) }, first, right)
  }

  #conditional(node: CstNode): Ast.Expression {
    const [operand, right] = nodes(node, "expression").map((part) => this.#expression(part))
    const first = guaranteed(operand, node, "expression")
    if (right !== undefined) return this.#grown({ _tag: "Given", left: first, right, span: spanOf(node) }, first, right)
    if (has(node, "axis")) {
      return this.#grown(
        { _tag: "Over", operand: first, axis: this.#path(one(node, "axis")), span: spanOf(node) },
        first
      )
    }
    let left = first
    if (has(node, "change")) {
      const change = this.#change(one(node, "change"))
      left = this.#grown({ _tag: "Changed", left, change, span: joined(left.span, change.span) }, left)
    }
    if (has(node, "stage")) {
      const stage = this.#path(one(node, "stage"))
      left = this.#grown({ _tag: "After", left, stage, span: joined(left.span, stage.span) }, left)
    }
    if (has(node, "path"))
      left = this.#grown({ _tag: "On", left, right: this.#path(one(node, "path")), span: spanOf(node) }, left)
    return left
  }

  #change(node: CstNode): Ast.Change {
    const path = this.#path(one(node, "path"))
    const span = spanOf(node)
    return has(node, "value")
      ? { kind: "with", path, value: this.#value(one(node, "value")), span }
      : { kind: "without", path, span }
  }

  #binary(node: CstNode, operands: ReadonlyArray<Ast.Expression>): Ast.Expression {
    const operators = tokens(node, "operator")
    let left = guaranteed(operands[0], node, "operand")
    for (let i = 1; i < operands.length; i++) {
      const right = guaranteed(operands[i], node, "operand")
      const operator = guaranteed(operators[i - 1], node, "operator").image as Extract<
        Ast.Expression,
        { _tag: "Binary" }
      >["operator"]
      left = this.#grown({ _tag: "Binary", operator, left, right, span: joined(left.span, right.span) }, left, right)
    }
    return left
  }

  #expression(node: CstNode): Ast.Expression {
    return this.#binary(
      node,
      nodes(node, "sum").map((part) => this.#sum(part))
    )
  }

  #sum(node: CstNode): Ast.Expression {
    return this.#binary(
      node,
      nodes(node, "product").map((product) =>
        this.#binary(
          product,
          nodes(product, "signed").map((part) => this.#signed(part))
        )
      )
    )
  }

  #negated(signs: ReadonlyArray<IToken>, operand: Ast.Expression): Ast.Expression {
    let result = operand
    for (const sign of signs.toReversed()) {
      result = this.#grown(
        { _tag: "Negate", operand: result, span: { start: sign.startOffset, end: result.span.end } },
        result
      )
    }
    return result
  }

  #signed(node: CstNode): Ast.Expression {
    return this.#negated(tokens(node, "Minus"), this.#power(one(node, "power")))
  }

  /** `a ^ b ^ c` is `a ^ (b ^ c)`, and `-a ^ b` is `-(a ^ b)`. */
  #power(node: CstNode): Ast.Expression {
    const base = this.#primary(one(node, "primary"))
    const exponents = nodes(node, "exponent")
    let right: Ast.Expression | undefined
    for (const exponent of exponents.toReversed()) {
      const operand = this.#primary(one(exponent, "primary"))
      const raised: Ast.Expression =
        right === undefined
          ? operand
          : this.#grown(
              { _tag: "Binary", operator: "^", left: operand, right, span: joined(operand.span, right.span) },
              operand,
              right
            )
      right = this.#negated(tokens(exponent, "Minus"), raised)
    }
    if (right === undefined) return base
    return this.#grown(
      { _tag: "Binary", operator: "^", left: base, right, span: joined(base.span, right.span) },
      base,
      right
    )
  }

  #primary(node: CstNode): Ast.Expression {
    if (has(node, "literal")) return this.#literal(one(node, "literal"), undefined)
    if (has(node, "negativeSchedule")) {
      const negative = one(node, "negativeSchedule")
      return this.#literal(one(negative, "literal"), token(negative, "Minus"))
    }
    if (has(node, "inner")) return this.#inner(one(node, "inner"))
    if (has(node, "learned")) {
      const learned = one(node, "learned")
      return { _tag: "Learned", by: this.#call(one(learned, "call")), span: spanOf(learned) }
    }
    return this.#application(one(node, "application"))
  }

  #literal(node: CstNode, sign: IToken | undefined): Ast.Expression {
    const quantity = this.#number(token(node, "Numeral"), sign, tokens(node, "unit")[0])
    if (!has(node, "Arrow")) return { _tag: "Literal", quantity, span: quantity.span }
    const span = { start: quantity.span.start, end: spanOf(node).end }
    const schedule: Schedule = {
      _tag: "Schedule",
      from: quantity,
      to: this.#quantity(one(node, "amount")),
      pace: this.#pace(one(node, "pace")),
      span
    }
    return { _tag: "Scheduled", schedule, span }
  }

  #application(node: CstNode): Ast.Expression {
    const callee = this.#path(one(node, "path"))
    if (!has(node, "LeftParen")) return { _tag: "Variable", path: callee, span: spanOf(node) }
    const positional: Array<Ast.Expression> = []
    const named: Array<Ast.Argument> = []
    for (const argument of nodes(node, "argument")) {
      if (has(argument, "value")) {
        named.push({
          name: this.#nameOf(token(argument, "name")),
          value: this.#value(one(argument, "value")),
          span: spanOf(argument)
        })
      } else {
        positional.push(this.#inner(one(argument, "inner")))
      }
    }
    return this.#grown({ _tag: "Apply", callee, arguments: positional, named, span: spanOf(node) }, ...positional)
  }

  // ---- declarations ----------------------------------------------------------------------------

  /** The tree of a declaration, or undefined when it lacks a part of its own. */
  declaration(node: CstNode): Ast.Declaration | undefined {
    if (this.#mended && lacking(node)) return undefined
    const before = this.diagnostics.length
    const [body] = Object.values(node.children).flat()
    const declaration = body === undefined || !isNode(body) ? undefined : this.#declared(body)
    // An expression over the limit must not reach passes that walk it recursively.
    return this.diagnostics.slice(before).some((diagnostic) => diagnostic.code === "BICA1005") ? undefined : declaration
  }

  #declared(node: CstNode): Ast.Declaration | undefined {
    const span = spanOf(node)
    switch (node.name) {
      case "use": {
        if (has(node, "path")) return { _tag: "Use", library: this.#path(one(node, "path")), module: undefined, span }
        const quoted = token(node, "Quoted")
        return {
          _tag: "Use",
          library: undefined,
          module: {
            path: quoted.image.slice(1).replace(/"$/, ""),
            span: { start: quoted.startOffset, end: endOf(quoted) },
            as: this.#name(node)
          },
          span
        }
      }
      case "environment":
        return {
          _tag: "Environment",
          name: this.#name(node),
          kind: this.#memberName(node),
          entries: this.#entries(node),
          shifts: this.#whole(nodes(node, "shift")).map((shift) => ({
            name: this.#name(shift),
            entries: this.#entries(one(shift, "block")),
            span: spanOf(shift)
          })),
          span
        }
      case "agent":
        return {
          _tag: "Agent",
          name: this.#name(node),
          plays: this.#path(one(node, "path")),
          sees: this.#sees(node),
          says: this.#says(node),
          entries: this.#entries(node),
          span
        }
      case "protocol":
        return {
          _tag: "Protocol",
          name: this.#name(node),
          agent: this.#path(one(node, "path")),
          methods: this.#methods(one(node, "methods")),
          entries: this.#entries(one(node, "methods")),
          span
        }
      case "mapper": {
        const [from, to] = nodes(node, "path").map((path) => this.#path(path))
        return {
          _tag: "Mapper",
          name: this.#name(node),
          from: guaranteed(from, node, "path"),
          to: guaranteed(to, node, "path"),
          methods: this.#methods(one(node, "methods")),
          entries: this.#entries(one(node, "methods")),
          span
        }
      }
      case "instructor": {
        const gives = this.#single(nodes(node, "gives"), "gives")
        return {
          _tag: "Instructor",
          name: this.#name(node),
          agent: this.#path(one(node, "path")),
          sees: this.#sees(node),
          gives: gives === undefined ? [] : this.#symbols(one(gives, "symbols")),
          entries: this.#entries(node),
          span
        }
      }
      case "term":
        return { _tag: "Term", name: this.#name(node), expression: this.#expression(one(node, "expression")), span }
      case "define":
        return {
          _tag: "Define",
          name: this.#name(node),
          parameters: nodes(node, "parameter").map((parameter) => ({
            name: this.#name(parameter),
            kind: this.#name(parameter, "kind"),
            span: spanOf(parameter)
          })),
          expression: this.#expression(one(node, "expression")),
          span
        }
      case "budget":
        return {
          _tag: "Budget",
          name: this.#name(node),
          quantity: this.#sum(one(node, "sum")),
          bound: this.#quantity(one(node, "amount")),
          by: this.#call(one(node, "call")),
          span
        }
      case "objective":
        return {
          _tag: "Objective",
          name: this.#name(node),
          expression: this.#expression(one(node, "expression")),
          within: this.#list(nodes(node, "within"), "within"),
          freezing: this.#list(nodes(node, "freezing"), "freezing"),
          silencing: this.#list(nodes(node, "silencing"), "silencing"),
          span
        }
      case "stage": {
        const kind = has(node, "parameterKind") ? this.#name(node, "parameterKind") : undefined
        const name = has(node, "parameterName") ? this.#name(node, "parameterName") : undefined
        return {
          _tag: "Stage",
          name: this.#name(node),
          parameter:
            kind === undefined || name === undefined ? undefined : { kind, name, span: joined(kind.span, name.span) },
          objective: nodes(node, "objective").map((path) => this.#path(path))[0],
          after: nodes(node, "paths").flatMap((paths) => this.#paths(paths)),
          body: this.#statements(one(node, "statements")),
          span
        }
      }
      case "study":
        return this.#study(node)
      case "claim":
        return this.#claim(node)
      default:
        return undefined
    }
  }

  #list(list: ReadonlyArray<CstNode>, what: string): ReadonlyArray<Ast.Path> {
    const only = this.#single(list, what)
    return only === undefined ? [] : this.#paths(only)
  }

  #sees(node: CstNode): ReadonlyArray<Ast.Value> {
    const clause = this.#single(nodes(node, "sees"), "sees")
    return clause === undefined ? [] : nodes(clause, "value").map((value) => this.#value(value))
  }

  #says(node: CstNode): Ast.Says | undefined {
    const clause = this.#single(nodes(node, "says"), "says")
    if (clause === undefined) return undefined
    const span = spanOf(clause)
    return has(clause, "amount")
      ? { _tag: "Codes", quantity: this.#quantity(one(clause, "amount")), span }
      : { _tag: "Symbols", symbols: this.#symbols(one(clause, "symbols")), span }
  }

  #methods(node: CstNode): ReadonlyArray<Ast.Value> {
    return this.#whole(nodes(node, "method")).map((method) => {
      const call = one(method, "call")
      return has(call, "LeftParen")
        ? this.#call(call)
        : { _tag: "Reference", path: this.#path(one(call, "path")), span: spanOf(call) }
    })
  }

  #statements(node: CstNode): ReadonlyArray<Ast.Statement> {
    return this.#whole(nodes(node, "statement")).flatMap((statement) => {
      const body = Object.values(statement.children).flat().find(isNode)
      const read = body === undefined ? undefined : this.#statement(body)
      return read === undefined ? [] : [read]
    })
  }

  #statement(node: CstNode): Ast.Statement | undefined {
    const span = spanOf(node)
    switch (node.name) {
      case "imitate": {
        const call = one(node, "call")
        const metric = tokens(node, "metric")[0]
        const limit = nodes(node, "limit")[0]
        return {
          _tag: "Imitate",
          teacher:
            has(call, "LeftParen") || has(call, "block")
              ? this.#call(call)
              : { _tag: "Reference", path: this.#path(one(call, "path")), span: spanOf(call) },
          pupil: this.#path(one(node, "path")),
          until:
            metric === undefined
              ? undefined
              : { metric: this.#nameOf(metric), bound: this.#quantity(one(node, "bound")) },
          limit: limit === undefined ? undefined : this.#quantity(limit),
          entries: this.#optionalBlock(node),
          span
        }
      }
      case "fit":
        return {
          _tag: "Fit",
          model: this.#path(one(node, "path")),
          updates: this.#quantity(one(node, "limit")),
          entries: this.#optionalBlock(node),
          span
        }
      case "repeat":
        return {
          _tag: "Repeat",
          count: this.#number(token(node, "Numeral"), undefined, tokens(node, "keyword times")[0]),
          body: this.#statements(one(node, "statements")),
          span
        }
      case "rollout": {
        const steps = nodes(node, "steps")[0]
        return {
          _tag: "Rollout",
          environments: this.#quantity(one(node, "environments")),
          on: nodes(node, "path").map((path) => this.#path(path))[0],
          steps: steps === undefined ? undefined : this.#quantity(steps),
          entries: this.#optionalBlock(node),
          span
        }
      }
      case "update":
        return {
          _tag: "Update",
          targets: this.#paths(one(node, "paths")),
          jointly: has(node, "keyword jointly"),
          entries: this.#optionalBlock(node),
          span
        }
      case "ascend": {
        const budgets = this.#paths(one(node, "paths"))
        const all = budgets.length === 1 && budgets[0]?.parts.length === 1 && budgets[0].parts[0]?.text === "budgets"
        return { _tag: "Ascend", budgets: all ? [] : budgets, all, span }
      }
      case "checkpoint":
        return { _tag: "Checkpoint", every: this.#quantity(one(node, "amount")), span }
      case "play": {
        const by = nodes(node, "by")[0]
        return {
          _tag: "Play",
          episodes: this.#quantity(one(node, "amount")),
          on: this.#paths(one(node, "on")),
          by: by === undefined ? [] : this.#paths(by),
          entries: this.#optionalBlock(node),
          span
        }
      }
      case "measure":
        return {
          _tag: "Measure",
          metrics: this.#paths(one(node, "paths")),
          references: this.#whole(nodes(node, "references").flatMap((block) => nodes(block, "reference"))).map(
            (reference) => ({
              name: this.#name(reference, "name"),
              paths: this.#paths(one(reference, "paths")),
              span: spanOf(reference)
            })
          ),
          span
        }
      default:
        return undefined
    }
  }

  #study(node: CstNode): Ast.Study {
    const clauses = this.#whole(nodes(node, "studyClause"))
    const of = (key: string) => clauses.filter((clause) => has(clause, `keyword ${key}`))
    const from = this.#single(of("from"), "from")
    const seeds = this.#single(of("seeds"), "seeds")
    const compare = this.#single(of("compare"), "compare")
    return {
      _tag: "Study",
      name: this.#name(node),
      from: from === undefined ? undefined : this.#path(one(from, "path")),
      seeds: seeds === undefined ? [] : nodes(seeds, "amount").map((amount) => this.#quantity(amount)),
      compare: compare === undefined ? [] : this.#paths(one(compare, "paths")),
      vary: of("vary").map((clause) => ({
        path: this.#path(one(clause, "path")),
        values: nodes(clause, "value").map((value) => this.#value(value)),
        span: spanOf(clause)
      })),
      without: of("without").flatMap((clause) => this.#paths(one(clause, "paths"))),
      span: spanOf(node)
    }
  }

  #claim(node: CstNode): Ast.Claim {
    const statement = this.#expression(one(node, "expression"))
    if (statement._tag !== "Binary" || !["<", "<=", ">", ">=", "=="].includes(statement.operator)) {
      this.diagnostics.push(syntaxDiagnostic.claimWithoutComparison(statement.span))
    }
    const significance = nodes(node, "significance")[0]
    const confidence = nodes(node, "confidence")[0]
    const by = has(node, "by") ? this.#name(node, "by") : undefined
    return {
      _tag: "Claim",
      name: this.#name(node),
      statement,
      test:
        significance !== undefined
          ? { _tag: "Significance", level: this.#quantity(significance), by }
          : confidence !== undefined
            ? { _tag: "Confidence", level: this.#quantity(confidence), by }
            : undefined,
      assuming: nodes(node, "assumption").map((assumption) => ({
        name: this.#name(assumption),
        quantity: this.#quantity(one(assumption, "amount")),
        span: spanOf(assumption)
      })),
      span: spanOf(node)
    }
  }
}
