/**
 * Writes docs/language.md from the grammar, the declarations and the limits of the compiler, and the pages of docs/primitives:
 * `npm run docs`. Examples are cut from files that are checked.
 */
import type { ISerializedGast } from "chevrotain"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Modules from "../src/declaration/Modules.ts"
import type { Option, Parameter } from "../src/declaration/Parameter.ts"
import { operators, primitives, quantities } from "../src/declaration/Primitives.ts"
import { titles } from "../src/dsl/check/Codes.ts"
import { syntaxCodes } from "../src/dsl/diagnostic/SyntaxCodes.ts"
import type * as Ast from "../src/dsl/syntax/Ast.ts"
import { maximumNesting } from "../src/dsl/syntax/Brackets.ts"
import { Grammar } from "../src/dsl/syntax/Grammar.ts"
import { maximumDiagnostics, maximumLength, maximumTokens, parse } from "../src/dsl/syntax/Parse.ts"
import { maximumExpressionDepth } from "../src/dsl/syntax/ToAst.ts"
import { declarationWords, statementWords, studyWords, unitWords } from "../src/dsl/syntax/Tokens.ts"
import { sourceText, valueText } from "../src/declaration/Written.ts"
import { typeText } from "../src/lsp/Wording.ts"
import { placeWords, words } from "../src/lsp/Words.ts"
import type { EnvironmentDeclaration } from "../src/declaration/Environment.ts"
import { MapTalk } from "../src/runtime/environment/maptalk/Declaration.ts"
import { shipped } from "../src/runtime/environment/Shipped.ts"
import { pages } from "./primitives/write.ts"

const root = join(import.meta.dirname, "..")

type Lines = ReadonlyArray<string>

// ---- the grammar -----------------------------------------------------------------------------------------------

/** A part of a rule as Chevrotain writes grammars out. */
interface Part extends ISerializedGast {
  readonly name?: string
  readonly label?: string
  readonly terminalLabel?: string
  readonly pattern?: string
}

const rules: ReadonlyArray<Part> = new Grammar().getSerializedGastProductions()

const tokenNames: Readonly<Record<string, string>> = { Word: "NAME", Numeral: "NUMBER", Quoted: "QUOTED" }

const partsOf = (part: Part): ReadonlyArray<Part> => part.definition ?? []

/** A part as it stands in a rule: `'word'`, `rule`, `[ optional ]`, `{ any number }`, `( one | other )`. */
const written = (part: Part): string => {
  switch (part.type) {
    case "Terminal": {
      const name = part.name ?? ""
      const plain = tokenNames[name]
      if (plain !== undefined) return part.terminalLabel === undefined ? plain : `${plain}`
      const sign = (part.label ?? name).replace(/^`|`$/g, "")
      return `'${sign}'`
    }
    case "NonTerminal":
      return part.name ?? ""
    case "Option":
      return `[ ${sequence(partsOf(part))} ]`
    case "Repetition":
      return `{ ${sequence(partsOf(part))} }`
    case "Alternation": {
      const branches = partsOf(part).map((branch) => sequence(partsOf(branch)))
      return branches.length === 1 ? (branches[0] ?? "") : `( ${branches.join(" | ")} )`
    }
    default:
      return sequence(partsOf(part))
  }
}

const sequence = (parts: ReadonlyArray<Part>): string => parts.map(written).join(" ")

/** A rule on one line, or with its alternatives or its halves below each other where it is long. */
const ruleText = (rule: Part): string => {
  const [only, ...others] = partsOf(rule)
  const head = `${rule.name ?? ""} =`
  if (only?.type === "Alternation" && others.length === 0 && partsOf(only).length > 2)
    return [head, ...partsOf(only).map((one, i) => `    ${i === 0 ? " " : "|"} ${sequence(partsOf(one))}`)].join("\n")
  const whole = `${head} ${sequence(partsOf(rule))}`
  if (whole.length <= 110) return whole
  return [head, ...partsOf(rule).map((part) => `    ${written(part)}`)].join("\n")
}

const grammarOf = (...names: ReadonlyArray<string>): Lines => [
  "```ebnf",
  ...rules.filter(({ name }) => names.includes(name ?? "")).map(ruleText),
  "```"
]

// ---- tables ----------------------------------------------------------------------------------------------------

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ")
const table = (head: Lines, rows: ReadonlyArray<Lines>): Lines => [
  `| ${head.join(" | ")} |`,
  `|${head.map(() => " --- |").join("")}`,
  ...rows.map((row) => `| ${row.map(cell).join(" | ")} |`)
]

const row = (name: string, { default: value, doc, source, type }: Parameter): Lines => [
  `\`${name}\``,
  doc,
  typeText(type),
  value === undefined ? "must be given" : `\`${valueText(type, value)}\``,
  source === undefined ? "" : sourceText(source)
]

/** A parameter, and below it those of its block and of its choices. */
const rowsOf = (parameter: Parameter, prefix = ""): ReadonlyArray<Lines> => {
  const name = `${prefix}${parameter.name}`
  const inner =
    parameter.type.kind === "block"
      ? parameter.type.parameters.flatMap((one) => rowsOf(one, `${name}.`))
      : parameter.type.kind === "choice"
        ? parameter.type.options.flatMap((option) => optionRows(option, name))
        : []
  return [row(name, parameter), ...inner]
}
/** A word of a choice with what stands in its brackets: `prior: compass(scale)`. */
const optionRows = (option: Option, of: string): ReadonlyArray<Lines> => {
  const inside = option.parameters.map((one) => one.name).join(", ")
  return [
    [`\`${of}: ${option.name}${inside === "" ? "" : `(${inside})`}\``, option.doc, "", "", ""],
    ...option.parameters.flatMap((one) => rowsOf(one, `${option.name}: `))
  ]
}

const settings = (parameters: ReadonlyArray<Parameter>): Lines => [
  "",
  ...table(
    ["setting", "what it is", "takes", "default", "where the default is from"],
    parameters.flatMap((one) => rowsOf(one))
  ),
  ""
]

// ---- examples --------------------------------------------------------------------------------------------------

/** Files that the tests check; examples are cut from them. */
const sources = [
  "pipelines/bica.bica",
  "pipelines/imitate.bica",
  "pipelines/navigator.bica",
  "test/golden/good/terms.bica",
  "test/golden/good/weights.bica"
].map((path) => {
  const text = readFileSync(join(root, path), "utf8")
  return { text, declarations: parse(text).file.declarations }
})

const cut = (text: string, { end, start }: { readonly end: number; readonly start: number }): string => {
  const before = text.slice(text.lastIndexOf("\n", start - 1) + 1, start)
  const indent = /^\s*$/.test(before) ? before : ""
  return text.slice(start, end).replaceAll(`\n${indent}`, "\n")
}

/** The first declaration of a kind, of the first file that has one. */
const declared = (tag: Ast.Declaration["_tag"]): string => {
  for (const { declarations, text } of sources) {
    const one = declarations.find(({ _tag }) => _tag === tag)
    if (one !== undefined) return cut(text, one.span)
  }
  throw new Error(`No file shows a ${tag}`)
}

const within = (statement: Ast.Statement): ReadonlyArray<Ast.Statement> =>
  statement._tag === "Repeat" ? [statement, ...statement.body.flatMap(within)] : [statement]

const stated = (tag: Ast.Statement["_tag"]): string | undefined => {
  for (const { declarations, text } of sources) {
    const one = declarations
      .flatMap((each) => (each._tag === "Stage" ? each.body.flatMap(within) : []))
      .find(({ _tag }) => _tag === tag)
    if (one !== undefined) return cut(text, one.span)
  }
  return undefined
}

const example = (text: string): Lines => ["```bica", text, "```"]

// ---- sections --------------------------------------------------------------------------------------------------

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

const [navigator, guide] = MapTalk.roles
const speaking = guide === undefined ? [] : Modules.agent(guide)

interface Section {
  readonly word: (typeof declarationWords)[number]
  readonly tag: Ast.Declaration["_tag"]
  readonly rules: Lines
  readonly more?: Lines
}

/** An environment that bica brings: its parameters, roles, models, oracles and metrics. */
const environmentLines = (one: EnvironmentDeclaration): Lines => [
  "",
  `### ${one.name}`,
  "",
  one.doc,
  ...settings(one.parameters),
  ...one.roles.flatMap((role) => [
    `The **${role.name}** ${role.kind === "acts" ? "chooses" : "intends"} ${role.choices.map((one) => `\`${one}\``).join(", ")}. ${role.doc} It may see:`,
    "",
    ...table(
      ["observation", "what it is", "numbers", "reveals"],
      role.observations.map(({ doc, name, reveals, size }) => [`\`${name}\``, doc, `${size}`, reveals.join(", ")])
    ),
    ""
  ]),
  ...(one.models ?? []).flatMap((model) => [
    `The model \`${model.name}\`: ${model.doc} A stage fits it, \`fit shapes.${model.name} for 9000 updates\`, and may give:`,
    ...settings(model.parameters)
  ]),
  one.roles.length === 0
    ? "Nobody but its own players plays in it; each is a condition to compare."
    : "Oracles play in the place of the team, as yardsticks.",
  "",
  ...table(
    [one.roles.length === 0 ? "player" : "oracle", "what it does"],
    one.oracles.map(({ doc, name }) => [`\`${name}\``, doc])
  ),
  "",
  ...table(
    ["metric", "what is measured", "formula", "of", "unit", "better", "against", "source"],
    one.metrics.map(({ better, doc, formula, kind, name, needs, source, unit }) => [
      `\`${name}\``,
      doc,
      formula ?? "",
      kind,
      unit,
      better === "none" ? "" : better,
      needs === undefined ? "" : `\`${needs}\``,
      source === undefined ? "" : sourceText(source)
    ])
  ),
  "",
  one.roles.length === 0
    ? "What a value is seen between: the values that the definition allows, the player that does worst, and the one that does best."
    : "What a team's value is seen between: the values that the definition allows, the oracle that does worst (or has least, where no end is better), and the one that does best. They are measured as a team is, on the same maps; their latents are the symbols that their scripts act on, one-hot, with no network between. No oracle has a `bs`: what its messages could be changed to by 0.02 nats is nothing, since they are certain or already even. None sends codes or has an instructor. None is the ceiling of `ccm`: strangers have the diversity, and only who understand each other the synergy.",
  "",
  ...table(
    ["metric", "values", "floor", "ceiling"],
    one.metrics.map(({ ceiling, floor, name, range }) => [
      `\`${name}\``,
      range ?? "",
      floor === undefined ? "" : `\`${floor}\``,
      ceiling === undefined ? "" : `\`${ceiling}\``
    ])
  )
]

const sections: ReadonlyArray<Section> = [
  {
    word: "use",
    tag: "Use",
    rules: ["use"],
    more: [
      "",
      ...table(
        ["library", "what it is", "functions"],
        Modules.libraries.map(({ doc, functions, name }) => [
          `\`${name}\``,
          doc,
          functions.map((one) => `\`${one}\``).join(", ")
        ])
      ),
      ""
    ]
  },
  {
    word: "environment",
    tag: "Environment",
    rules: ["environment", "shift", "block", "entry"],
    more: ["", ...shipped.flatMap(environmentLines), ""]
  },
  {
    word: "agent",
    tag: "Agent",
    rules: ["agent", "sees", "says", "symbols"],
    more: [
      `\nAn agent that speaks may be given all of these, one that acts no \`protocol\` and no \`noise\`. An agent says symbols by name, or a number of codes (${typeText(Modules.codes.type)}) whose meaning a \`protocol\` learns.`,
      ...settings(speaking.length > 0 ? speaking : navigator === undefined ? [] : Modules.agent(navigator))
    ]
  },
  {
    word: "protocol",
    tag: "Protocol",
    rules: ["protocol", "methods", "method"],
    more: settings([Modules.generators, ...Modules.protocol])
  },
  { word: "mapper", tag: "Mapper", rules: ["mapper"], more: settings([Modules.mappings]) },
  {
    word: "instructor",
    tag: "Instructor",
    rules: ["instructor", "gives"],
    more: [
      `\nAn instructor sees \`full\`, the whole state with the memory of the agent that it advises, and where it says so \`history(n)\`, n being a ${typeText(Modules.pastSteps.type)}. ${Modules.history.doc}`,
      ...settings(Modules.instructor)
    ]
  },
  {
    word: "term",
    tag: "Term",
    rules: ["term"],
    more: ["\nWhat a term may be computed from is said [below](#expressions)."]
  },
  {
    word: "define",
    tag: "Define",
    rules: ["define", "parameter"],
    more: [
      "",
      ...table(
        ["kind of a parameter", "what may be given"],
        ["scalar", "tensor", "categorical", "agent"].map((kind) => [`\`${kind}\``, placeWords[kind] ?? ""])
      ),
      ""
    ]
  },
  {
    word: "budget",
    tag: "Budget",
    rules: ["budget"],
    more: settings([{ name: "by", doc: "How the budget is held.", type: { kind: "choice", options: Modules.duals } }])
  },
  {
    word: "objective",
    tag: "Objective",
    rules: ["objective"],
    more: [
      "",
      ...table(
        ["clause", "what it states"],
        ["within", "freezing", "silencing"].map((word) => [`\`${words[word]?.form ?? word}\``, words[word]?.doc ?? ""])
      ),
      "",
      "A weight is a number, a schedule, or learned:",
      ...settings([
        { name: "learned by", doc: "How the weight is learned.", type: { kind: "choice", options: Modules.weights } }
      ]),
      "`ppo` takes, after the agent:",
      ...settings(Modules.ppo)
    ]
  },
  {
    word: "stage",
    tag: "Stage",
    rules: ["stage", "statements", "statement"],
    more: [
      "\nA stage consists of statements; see [below](#statements).",
      "",
      "`stage train(objective o)` trains for what the study compares, once for each objective and seed; `stage settle for alone` for an objective",
      "that the file names, once for each seed. A training goes on from the [imitation](training.md#imitation) or the",
      "[training](training.md#going-on-from-a-training) that it comes `after`: with its weights and its critic, and with a fresh optimiser. A stage that plays",
      "measures the team of the stage that it comes `after`."
    ]
  },
  {
    word: "study",
    tag: "Study",
    rules: ["study", "studyClause"],
    more: [
      "",
      ...table(
        ["line", "what it states"],
        studyWords.map((word) => [`\`${words[word]?.form ?? word}\``, words[word]?.doc ?? ""])
      ),
      ""
    ]
  },
  {
    word: "claim",
    tag: "Claim",
    rules: ["claim"],
    more: [
      "",
      ...table(
        ["test", "what is computed", "for a confidence", "for a p", "source"],
        Modules.claimTests.map(({ doc, interval, name, p, source }) => [
          `\`${name}\``,
          doc,
          interval ? "yes" : "",
          p ? "yes" : "",
          sourceText(source)
        ])
      ),
      ...settings([Modules.confidence, Modules.significance])
    ]
  }
]

const statementSettings: Readonly<Record<string, ReadonlyArray<Parameter>>> = {
  imitate: [...(guide === undefined ? [] : [Modules.teacher(guide)]), Modules.imitateUpdates, ...Modules.imitate(300)],
  fit: [Modules.fitUpdates],
  repeat: [Modules.repeatTimes],
  rollout: [Modules.rolloutEnvironments, Modules.rolloutSteps, ...Modules.rollout],
  update: Modules.update(300),
  checkpoint: [Modules.checkpointEvery],
  play: [Modules.playEpisodes, ...Modules.play]
}
const tagOf: Readonly<Record<(typeof statementWords)[number], Ast.Statement["_tag"]>> = {
  imitate: "Imitate",
  fit: "Fit",
  repeat: "Repeat",
  rollout: "Rollout",
  update: "Update",
  ascend: "Ascend",
  checkpoint: "Checkpoint",
  play: "Play",
  measure: "Measure"
}

const declarationSection = ({ more = [], rules: names, tag, word }: Section): Lines => [
  `## ${capital(word)}`,
  "",
  words[word]?.doc ?? "",
  "",
  ...example(declared(tag)),
  ...more,
  ...(more.at(-1) === "" ? [] : [""]),
  ...grammarOf(...names),
  ""
]

const statementSection = (word: (typeof statementWords)[number]): Lines => {
  const shown = stated(tagOf[word])
  const given = statementSettings[word]
  return [
    `### ${capital(word)}`,
    "",
    words[word]?.doc ?? "",
    "",
    ...(shown === undefined ? [] : [...example(shown), ""]),
    ...(given === undefined ? [] : settings(given).slice(1)),
    ...(word === "measure"
      ? [
          ...table(
            ["against", "what it names", "example"],
            Object.entries(Modules.references).map(([name, { doc, example: written }]) => [
              `\`${name}\``,
              doc,
              `\`${written}\``
            ])
          ),
          ""
        ]
      : []),
    ...grammarOf(word),
    ""
  ]
}

/** 1,048,576 */
const grouped = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ",")

const expressions = (): Lines => {
  const shared = ["inner", "conditional", "expression", "sum", "product", "signed", "power", "exponent", "primary"]
  return [
    "## Expressions",
    "",
    "Terms, budgets, objectives and claims hold expressions. Operators bind as usual: `^` before `*` and `/`, these before `+` and `-`,",
    "comparisons last. `p || q`, `a given b` and `x on y` stand inside the brackets of a call. Every quantity has a kind (one number, a",
    "value per step, a distribution), named axes and a unit; adding steps to nats or 64 numbers to 128 is an error.",
    "",
    "A line for each function; the name leads to its page, with the formula, kinds and axes, unit, gradient and source.",
    "",
    ...table(
      ["function", "what it is", "library"],
      primitives.map(({ doc, form, library, name }) => [
        `[\`${form}\`](primitives/${name}.md)`,
        doc,
        library === undefined ? "" : `\`${library}\``
      ])
    ),
    "",
    `Operators: ${operators.map(({ form }) => `\`${form}\``).join(", ")} ([their rules](primitives/operators.md)).`,
    "",
    ...table(
      ["of", "quantity", "what it is"],
      quantities.map(({ doc, name, of }) => [of, `\`${name}\``, doc])
    ),
    "",
    ...grammarOf(...shared, "negativeSchedule", "literal", "learned", "application", "argument", "axis"),
    ""
  ]
}

const pageLink = (code: string): string => `[${code}](errors/${code}.md)`

/** The reference of the language as it stands in docs/language.md. */
export const language = (): string => {
  const shown = new Set<string>()
  const body = [
    ...sections.flatMap(declarationSection),
    "## Statements",
    "",
    "The lines of a stage. A stage that trains has a `repeat` with a `rollout` and an `update`, or an `imitate`; one that measures has a `play` and a `measure`.",
    "",
    ...statementWords.flatMap(statementSection),
    ...expressions()
  ]
  for (const line of body) {
    const name = /^([a-zA-Z]+) =/.exec(line)?.[1]
    if (name !== undefined) shown.add(name)
  }
  const rest = rules.flatMap(({ name = "" }) => (shown.has(name) ? [] : [name]))
  return [
    "# The language",
    "",
    "<!-- Written by `npm run docs` from the grammar and the declarations of the language; change those. -->",
    "",
    "A file consists of declarations in any order; layout means nothing, and `//` begins a comment that ends with its line. `bica fmt` lays",
    "files out, `bica explain FILE` prints one with every default written out, `bica check FILE` says what is wrong with it.",
    "",
    ...table(
      ["declaration", "what it states"],
      declarationWords.map((word) => [`[\`${word}\`](#${word})`, words[word]?.doc ?? ""])
    ),
    "",
    "**Names** consist of letters, digits and underscores and do not begin with a digit. Words of the language are no reserved words: an",
    "agent may be called `prior` and a metric `steps`.",
    "",
    "**Numbers** have digits before and after the point (`0.5`, `4e-3`) and may have a unit:",
    `${[...unitWords].map((unit) => `\`${unit}\``).join(", ")} or \`%\`. A fraction is a bare number from 0 to 1 or has a \`%\`.`,
    "",
    "**Values** are numbers, ranges `0.2 .. 0.3`, extents `8 by 8`, schedules `0.1 -> 0.01 over 200 updates` and `1 -> 0.3 by 0.95 per update`,",
    "names, calls `gru(64)` and blocks `{ step -1, goal +50 }`. Commas between the lines of a block are optional where nothing else could be meant.",
    "",
    "In the rules of the grammar `'word'` stands as it is, `[ … ]` may be left out, `{ … }` may stand any number of times, `|` parts choices.",
    "",
    ...body,
    "## The rest of the grammar",
    "",
    ...grammarOf(...rest),
    "",
    "## Limits",
    "",
    "Parsing, checking and planning always end, whatever the file.",
    "",
    ...table(
      ["what", "at most"],
      [
        ["characters of a file", grouped(maximumLength)],
        ["words, numbers and signs of a file", grouped(maximumTokens)],
        ["nested brackets", `${maximumNesting}`],
        ["operators and calls of an expression, one within the other", `${maximumExpressionDepth}`],
        ["syntax errors shown at once", `${maximumDiagnostics}`]
      ]
    ),
    "",
    "In this version a file has one environment, and of protocols, mappers and instructors one each; exactly one role of an environment acts; a power is a whole number from 2 to 8; an agent that speaks says symbols and one that acts says codes; a stage that fits a model is not varied. What is asked beyond that has a code of the nine thousands, or BICA5025, which says what to write instead.",
    "",
    "## Codes",
    "",
    "`bica explain CODE` prints the page of a code.",
    "",
    ...table(
      ["code", "title"],
      [
        ...Object.entries(syntaxCodes).map(([code, { title }]) => [pageLink(code), title]),
        ...Object.entries(titles).map(([code, title]) => [pageLink(code), title])
      ]
    ),
    ""
  ].join("\n")
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(join(root, "docs", "language.md"), language())
  for (const [name, text] of pages()) writeFileSync(join(root, "docs", "primitives", name), text)
}
