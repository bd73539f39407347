/** What is known of the word under the pointer, as markdown. */
import type { Hover } from "vscode-languageserver/node"
import type { Program, Span } from "../../dsl/index.ts"
import type { Declared, Given } from "../NameIndex.ts"
import { occurrenceAt } from "../NameIndex.ts"
import type { Snapshot } from "../Snapshot.ts"
import { rangeOf, tokenAt } from "../Snapshot.ts"
import { functionDocs, meaningAt, quantityDocs, words } from "../Words.ts"
import type { Explanation, WordKind } from "../Words.ts"
import { sourceText } from "../../declaration/Written.ts"
import { parameterDoc } from "../Wording.ts"

/** Lines of a declaration that a hover shows at most. */
const mostLines = 12

const code = (text: string): string => `\`\`\`bica\n${text}\n\`\`\``

const explained = ({ doc, form }: Explanation): string => `${code(form)}\n\n${doc}`

/** The text of a declaration, cut where it is long, its lines moved to the margin. */
const sourceOf = (snapshot: Snapshot, span: Span): string => {
  const { lines, text } = snapshot
  const indent = /^[ \t]*/.exec(lines.textOf(lines.lineAt(span.start)))?.[0] ?? ""
  const rows = text
    .slice(span.start, span.end)
    .split(/\r\n|\r|\n/)
    .map((row) => (row.startsWith(indent) ? row.slice(indent.length) : row))
  return rows.length <= mostLines ? rows.join("\n") : [...rows.slice(0, mostLines - 1), "…"].join("\n")
}

/** The comment that stands directly above a declaration, unless it is a ruled heading. */
const commentAbove = (snapshot: Snapshot, span: Span): string | undefined => {
  const { lines } = snapshot
  const rows: Array<string> = []
  for (let line = lines.lineAt(span.start) - 1; line >= 1; line--) {
    const row = lines.textOf(line).trim()
    if (!row.startsWith("//") || /^\/\/\s*-{3,}/.test(row)) break
    rows.unshift(row.replace(/^\/\/+\s?/, ""))
  }
  return rows.length === 0 ? undefined : rows.join("\n")
}

/** What of the world's state reaches what an agent reads: by its observations, and by what is said to it. */
const knownTo = (program: Program, name: string): ReadonlyArray<string> => {
  const known = new Set<string>()
  const asked = new Set<string>()
  const open = [name]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (asked.has(next)) continue
    asked.add(next)
    for (const seen of program.agents.find((agent) => agent.name === next)?.sees ?? []) {
      if (seen._tag === "Observation") for (const part of seen.observation.reveals) known.add(part)
      else if (seen._tag === "Message") open.push(seen.agent)
    }
  }
  return [...known].sort()
}

/** Who sees a quantity when episodes are played, and what it may tell. */
const visibility = (snapshot: Snapshot, owner: Declared, quantity: string): string | undefined => {
  const { program } = snapshot.analysis
  if (program === undefined || owner.kind !== "agent") return undefined
  const readers = program.agents.filter(({ sees }) =>
    sees.some((seen) => seen._tag === "Message" && seen.agent === owner.name)
  )
  const seen =
    quantity === "message" && readers.length > 0
      ? `${readers.map(({ name }) => `\`${name}\``).join(", ")}, as a message`
      : `\`${owner.name}\` alone`
  const known = knownTo(program, owner.name)
  return `\n\n- seen by: ${seen}${known.length === 0 ? "" : `\n- may depend on: ${known.map((one) => `\`${one}\``).join(", ")}`}`
}

/** What the checks found out about a declaration, in a line. */
const factsOf = (snapshot: Snapshot, subject: Declared): string | undefined => {
  const { analysis, index } = snapshot
  const program = analysis.program
  switch (subject.kind) {
    case "agent": {
      const role = index.agents.get(subject.name)?.role
      if (role === undefined) return undefined
      const verb = role.kind === "acts" ? "Chooses" : "Intends"
      return `Plays the ${role.name}: ${role.doc} ${verb} ${role.choices.map((one) => `\`${one}\``).join(", ")}.`
    }
    case "environment":
      return index.environments.get(subject.name)?.declaration?.doc
    case "module":
      return moduleText(snapshot, subject.name)
    case "term": {
      const term = program?.terms.find((one) => one.name === subject.name)?.expression
      if (term === undefined) return undefined
      const type = term.type.kind === "tensor" ? `tensor, ${term.type.width} per step` : term.type.kind
      const trains = term.trains.length === 0 ? "nothing" : term.trains.map((one) => `\`${one}\``).join(", ")
      return `${type}${term.unit === "any" ? "" : ` of ${term.unit}`}; trains ${trains}.`
    }
    case "budget": {
      const budget = program?.budgets.find((one) => one.name === subject.name)
      if (budget === undefined) return undefined
      return `The mean over the steps is held at or below ${budget.atMost}${budget.unit === "none" ? "" : ` ${budget.unit}`}.`
    }
    case "stage": {
      const stage = program?.stages.find((one) => one.name === subject.name)
      if (stage === undefined) return undefined
      const often = `Runs once for each seed${stage.forEach === "objective" ? " and objective" : ""} of the study.`
      const { from, team } = stage
      return [
        often,
        ...(from === undefined ? [] : [`Goes on from what \`${from}\` left.`]),
        ...(team === undefined ? [] : [`Its team is that which \`${team}\` left.`])
      ].join(" ")
    }
    case "study": {
      const study = program?.studies.find((one) => one.name === subject.name)
      if (study === undefined) return undefined
      const runs = study.seeds.length * Math.max(1, study.compare.length)
      return `${runs} runs: ${study.seeds.length} seeds x ${Math.max(1, study.compare.length)} objectives.`
    }
    default:
      return undefined
  }
}

const declaredText = (snapshot: Snapshot, subject: Declared): string => {
  const parts = [code(sourceOf(snapshot, subject.span))]
  const [comment, facts] = [commentAbove(snapshot, subject.span), factsOf(snapshot, subject)]
  if (facts !== undefined) parts.push(facts)
  if (comment !== undefined) parts.push(comment)
  return parts.join("\n\n")
}

const better = { higher: "Higher is better.", lower: "Lower is better.", none: "" } as const

const list = (names: ReadonlyArray<string>): string => names.map((one) => `\`${one}\``).join(", ")

/** What a word is called where it means something by its place. */
const wordKinds: Readonly<Record<WordKind, string>> = {
  view: "a view of `paired`",
  axis: "an axis",
  assumption: "an assumption of a claim",
  test: "a test of a claim",
  reference: "what metrics are measured against",
  statistic: "over seeds",
  unit: "a unit"
}

const wordText = ({ doc, kind, name }: { readonly doc: string; readonly kind?: WordKind; readonly name: string }) =>
  kind === undefined ? doc : `**${name}**, ${wordKinds[kind]}\n\n${doc}`

/** What a module of the user's own gives, and by which digest it is known. */
const moduleText = (snapshot: Snapshot, name: string): string => {
  const known = snapshot.index.modules.get(name)
  if (known === undefined)
    return "Code of one's own. What it gives is known where code is allowed (`--allow-code`) and the module can be used."
  const { digest, environments, metrics, terms } = known
  const given = [
    ["environments", environments],
    ["metrics", metrics],
    ["terms", terms]
  ] as const
  return [
    "Code of one's own, which gives",
    "",
    ...given.flatMap(([what, all]) =>
      all.map(({ doc, name: own }) => `- ${what.slice(0, -1)} \`${name}.${own}\`: ${doc}`)
    ),
    "",
    `sha256 ${digest.slice(0, 12)}`
  ].join("\n")
}

const givenText = (snapshot: Snapshot, subject: Given): string | undefined => {
  switch (subject._tag) {
    case "Environment": {
      const { doc, metrics, oracles, parameters, roles } = subject.declaration
      return [
        `**${subject.name}**`,
        "",
        doc,
        "",
        `- roles: ${list(roles.map((one) => one.name))}`,
        `- parameters: ${list(parameters.map((one) => one.name))}`,
        `- oracles: ${list(oracles.map((one) => one.name))}`,
        `- metrics: ${list(metrics.map((one) => one.name))}`
      ].join("\n")
    }
    case "Role":
      return [
        `**${subject.name}**, a role of ${subject.declaration.name}`,
        "",
        subject.role.doc,
        "",
        `- ${subject.role.kind === "acts" ? "acts" : "speaks"}: ${list(subject.role.choices)}`,
        `- may see: ${list(subject.role.observations.map((one) => one.name))}`
      ].join("\n")
    case "Observation": {
      const { doc, reveals, size } = subject.observation
      return [
        `**${subject.name}**, an observation of the ${subject.role.name}: ${size} number${size === 1 ? "" : "s"} per step`,
        "",
        doc,
        "",
        `- seen by: the ${subject.role.name}`,
        `- reveals: ${list(reveals)}`
      ].join("\n")
    }
    case "Oracle":
      return `**${subject.name}**, an oracle of ${subject.declaration.name}\n\n${subject.oracle.doc}`
    case "Metric": {
      const { better: which, doc, formula, source, unit } = subject.metric
      return [
        `**${subject.name}**, measured by ${subject.declaration.name} as a ${unit === "fraction" ? "fraction" : `number of ${unit}`}`,
        "",
        `${doc} ${better[which]}`.trim(),
        ...(formula === undefined && source === undefined ? [] : [""]),
        ...(formula === undefined ? [] : [`- formula: ${formula}`]),
        ...(source === undefined ? [] : [`- source: ${sourceText(source)}`])
      ].join("\n")
    }
    case "Parameter":
      return parameterDoc(subject.parameter, subject.owner)
    case "Option": {
      const { doc, name, parameters } = subject.option
      const form = parameters.length === 0 ? name : `${name}(${parameters.map((one) => one.name).join(", ")})`
      return [
        `**${form}**, a ${subject.parameter.name}`,
        "",
        doc,
        ...parameters.flatMap((one) => ["", parameterDoc(one, name)])
      ].join("\n")
    }
    case "Function": {
      const known = functionDocs[subject.name]
      return known === undefined ? code(`${subject.name}(…)`) : explained(known)
    }
    case "Term": {
      const { doc, gives, parameters, unit } = subject.term
      const form = `${subject.name}(${parameters.map(({ kind, name }) => `${name}: ${kind}`).join(", ")})`
      const what = gives === "scalar" ? "one number" : "a number per step"
      return `${code(form)}\n\n${doc}\n\n- gives: ${what}${unit === "none" ? "" : ` of ${unit}`}`
    }
    case "Library":
      return `**${subject.name}**\n\n${subject.library.doc}\n\n- functions: ${list(subject.library.functions)}`
    case "Quantity": {
      // what stands for an agent in a definition may stand for an instructor too
      const of = subject.owner.kind === "parameter" ? ["agent", "instructor"] : [subject.owner.kind]
      const doc = of.map((kind) => quantityDocs[`${kind} ${subject.name}`]).find((known) => known !== undefined)
      return `**${subject.name}** of \`${subject.owner.name}\`${doc === undefined ? "" : `\n\n${doc}`}${visibility(snapshot, subject.owner, subject.name) ?? ""}`
    }
    case "Symbol":
      return subject.given === undefined
        ? `**${subject.name}**, a symbol of \`${subject.owner}\``
        : subject.given === 0
          ? `**${subject.name}**: \`${subject.owner}\` keeps silent`
          : `**${subject.name}**, kind ${subject.given} of the advice of \`${subject.owner}\``
    case "Word":
      return wordText(subject)
  }
}

/** The module whose path stands at an offset. */
const moduleAround = (snapshot: Snapshot, offset: number): Declared | undefined =>
  snapshot.index.declared.find(({ kind, span }) => kind === "module" && span.start <= offset && offset < span.end)

/** The hover at an offset: of a name, of a value given to a parameter, or of a word of the language. */
export const hover = (snapshot: Snapshot, offset: number): Hover | undefined => {
  const made = (text: string | undefined, span: Span): Hover | undefined =>
    text === undefined ? undefined : { contents: { kind: "markdown", value: text }, range: rangeOf(snapshot, span) }
  const token = tokenAt(snapshot.tokens, offset)
  if (token === undefined || snapshot.comments.some(({ end, start }) => start < offset && offset <= end))
    return undefined
  const name = occurrenceAt(snapshot.index, offset)
  if (name !== undefined) {
    const { subject } = name
    if (subject === undefined) return undefined
    return made(subject._tag === "Declared" ? declaredText(snapshot, subject) : givenText(snapshot, subject), name.span)
  }
  const value = snapshot.index.values
    .filter(({ span }) => span.start <= token.start && token.end <= span.end)
    .toSorted((a, b) => a.span.end - a.span.start - (b.span.end - b.span.start))[0]
  if (value !== undefined) return made(parameterDoc(value.parameter, value.owner), value.span)
  const unit = snapshot.index.units.some(({ start }) => start === token.start)
    ? meaningAt("unit", token.text)
    : undefined
  if (unit !== undefined) return made(wordText({ name: token.text, kind: "unit", doc: unit }), token)
  const module = token.type === "Quoted" ? moduleAround(snapshot, token.start) : undefined
  if (module !== undefined) return made(declaredText(snapshot, module), token)
  const explanation = words[token.text]
  return token.type.startsWith("keyword ") && explanation !== undefined
    ? made(explained(explanation), token)
    : undefined
}
