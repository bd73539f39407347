/**
 * Syntactically valid programs over all constructs, as sequences of tokens, and ways of laying them out.
 */
import fc from "fast-check"

type Tokens = ReadonlyArray<string>
type Source = fc.Arbitrary<Tokens>

// Names include words of the language, since those are names wherever a name stands.
const plainName = fc.constantFrom("ai", "human", "map", "codes", "bridge", "x", "last_action", "J", "_a1", "q9")
const keywordName = fc.constantFrom(
  "prior",
  "policy",
  "steps",
  "test",
  "train",
  "update",
  "stage",
  "term",
  "from",
  "by",
  "p",
  "given",
  "shift"
)
const name = fc.oneof({ weight: 4, arbitrary: plainName }, { weight: 1, arbitrary: keywordName })
const numeral = fc.constantFrom("0", "1", "0.05", "4e-3", "128", "2.50", "15213", "1E+2")
const unit = fc.constantFrom("%", "steps", "updates", "nats", "episodes", "environments", "tokens")

const seq = (...parts: ReadonlyArray<Source>): Source => fc.tuple(...parts).map((list) => list.flat())
const lit = (text: string): Source => fc.constant(text.split(" "))
const of = (text: fc.Arbitrary<string>): Source => text.map((each) => [each])
const maybe = (source: Source): Source => fc.oneof(fc.constant<Tokens>([]), source)
const list = (source: Source, separator: Tokens, minimum = 1): Source =>
  fc
    .array(source, { minLength: minimum, maxLength: 3 })
    .map((all) => all.flatMap((each, i) => (i === 0 ? each : [...separator, ...each])))
const many = (source: Source, maximum = 3): Source => fc.array(source, { maxLength: maximum }).map((all) => all.flat())

const path = list(of(plainName), ["."])
const anyPath = fc.oneof({ weight: 3, arbitrary: path }, { weight: 1, arbitrary: of(name) })
const paths = list(path, [","])
const amount = seq(maybe(of(fc.constantFrom("-", "+"))), of(numeral), maybe(of(unit)))
const pace = fc.oneof(seq(lit("over"), amount), seq(lit("by"), of(numeral), lit("per update")))
const schedule = seq(amount, lit("->"), amount, pace)

const letters = fc.letrec<{
  value: Tokens
  call: Tokens
  block: Tokens
  expression: Tokens
  inner: Tokens
  primary: Tokens
}>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthIdentifier: "value" },
    amount,
    seq(amount, lit(".."), amount),
    seq(of(numeral), lit("by"), of(numeral)),
    schedule,
    path,
    tie("call"),
    tie("block")
  ),
  call: seq(
    path,
    fc.oneof(
      { maxDepth: 3, depthIdentifier: "value" },
      lit("( )"),
      seq(lit("("), list(fc.oneof(tie("value"), seq(of(plainName), amount)), [","]), lit(")")),
      seq(lit("("), tie("value"), lit(")"), tie("block")),
      tie("block")
    )
  ),
  block: seq(lit("{"), many(seq(anyPath, tie("value"), lit(","))), lit("}")),
  primary: fc.oneof(
    { maxDepth: 4, depthIdentifier: "expression" },
    path,
    seq(of(numeral), maybe(of(unit))),
    schedule.filter((tokens) => tokens[0] !== "+" && tokens[0] !== "-"),
    seq(
      lit("( -"),
      schedule.filter((tokens) => tokens[0] !== "+" && tokens[0] !== "-"),
      lit(")")
    ),
    seq(lit("("), tie("inner"), lit(")")),
    seq(
      path,
      lit("("),
      list(
        fc.oneof(
          tie("inner"),
          seq(
            of(plainName),
            amount.filter((tokens) => tokens[0] !== "-" && tokens[0] !== "+")
          )
        ),
        [","]
      ),
      lit(")")
    ),
    seq(lit("learned by"), path, lit("("), of(numeral), lit(")"))
  ),
  expression: fc.oneof(
    { maxDepth: 4, depthIdentifier: "expression" },
    tie("primary"),
    seq(tie("expression"), of(fc.constantFrom("+", "-", "*", "/", "^")), tie("primary")),
    seq(lit("-"), tie("primary"))
  ),
  inner: fc.oneof(
    { maxDepth: 4, depthIdentifier: "expression" },
    tie("expression"),
    seq(tie("expression"), lit("||"), tie("expression")),
    seq(tie("expression"), lit("given"), tie("expression")),
    seq(tie("expression"), lit("on"), path),
    seq(tie("expression"), lit("over"), path),
    seq(
      tie("expression"),
      fc.oneof(seq(lit("without"), path), seq(lit("with"), path, tie("value"))),
      maybe(seq(lit("on"), path))
    ),
    seq(tie("expression"), of(fc.constantFrom("<", "<=", ">", ">=", "==")), tie("expression"))
  )
}))
const { block, call, expression, value } = letters
const entry = seq(anyPath, value, lit(","))
const symbols = seq(lit("{"), list(of(fc.constantFrom("N", "E", "1", "42", "TURN_A")), [","], 0), lit("}"))
const sees = seq(lit("sees"), list(fc.oneof(path, seq(path, lit("("), value, lit(")"))), [","]))
const says = seq(lit("says"), fc.oneof(seq(of(numeral), lit("codes")), symbols))
const methods = seq(
  lit("{"),
  many(fc.oneof(seq(path, lit("("), value, lit(")"), maybe(lit(","))), seq(path, lit(",")), entry)),
  lit("}")
)
const statement: Source = fc.oneof(
  seq(
    lit("imitate"),
    fc.oneof(path, call),
    lit("by"),
    path,
    maybe(seq(lit("until loss <"), of(numeral), lit("nats or"), of(numeral), lit("updates"))),
    maybe(block)
  ),
  seq(
    lit("rollout"),
    of(numeral),
    lit("environments"),
    maybe(seq(lit("for"), of(numeral), lit("steps"))),
    maybe(block)
  ),
  seq(lit("update"), paths, maybe(lit("jointly")), maybe(block)),
  seq(lit("ascend"), fc.oneof(lit("budgets"), paths)),
  seq(lit("checkpoint every"), of(numeral)),
  seq(lit("play"), of(numeral), lit("episodes on"), paths, maybe(seq(lit("by"), paths)), maybe(block)),
  seq(
    lit("measure"),
    paths,
    maybe(
      seq(
        lit("{"),
        many(fc.oneof(seq(lit("baseline"), path), seq(lit("alone"), path), seq(lit("suite"), paths))),
        lit("}")
      )
    )
  )
)
const statements = seq(
  lit("{"),
  many(fc.oneof({ weight: 4, arbitrary: statement }, seq(lit("repeat 400 times {"), many(statement), lit("}")))),
  lit("}")
)
const studyClause: Source = fc.oneof(
  seq(lit("vary"), path, list(fc.oneof(amount, path, call), [","])),
  seq(lit("without"), paths)
)
const declaration: Source = fc.oneof(
  seq(lit("use"), path),
  lit('use "./loss.ts" as loss'),
  seq(
    lit("environment"),
    of(name),
    lit("="),
    of(name),
    maybe(seq(lit("{"), many(entry), many(seq(lit("shift"), of(name), block)), lit("}")))
  ),
  seq(lit("agent"), of(name), lit("plays"), path, lit("{"), maybe(sees), maybe(says), many(entry), lit("}")),
  seq(lit("protocol"), of(name), lit("for"), path, methods),
  seq(lit("mapper"), of(name), lit("from"), path, lit("to"), path, methods),
  seq(
    lit("instructor"),
    of(name),
    lit("for"),
    path,
    lit("{"),
    maybe(sees),
    seq(lit("gives"), symbols),
    many(entry),
    lit("}")
  ),
  seq(lit("term"), of(name), lit("="), expression),
  seq(lit("define"), of(name), lit("("), list(seq(of(name), lit(": scalar")), [","], 0), lit(") ="), expression),
  seq(
    lit("budget"),
    of(name),
    lit(":"),
    expression,
    lit("<="),
    of(numeral),
    lit("nats by"),
    path,
    maybe(seq(lit("("), value, lit(")")))
  ),
  seq(
    lit("objective"),
    of(name),
    lit("="),
    expression,
    maybe(seq(lit("within"), paths)),
    maybe(seq(lit("freezing"), paths)),
    maybe(seq(lit("silencing"), paths))
  ),
  seq(
    lit("stage"),
    of(name),
    maybe(seq(lit("( objective"), of(name), lit(")"))),
    maybe(seq(lit("after"), paths)),
    statements
  ),
  seq(
    lit("study"),
    of(name),
    lit("{"),
    maybe(seq(lit("from"), path)),
    maybe(seq(lit("seeds"), list(of(numeral), [","]))),
    maybe(seq(lit("compare"), paths)),
    many(studyClause),
    lit("}")
  ),
  seq(
    lit("claim"),
    of(name),
    lit(":"),
    expression,
    lit(">="),
    expression,
    maybe(
      seq(
        fc.oneof(lit("with p < 0.01"), lit("with 95 % confidence")),
        maybe(seq(lit("by"), of(fc.constantFrom("bootstrap", "paired_t", "welch", "sign_flip"))))
      )
    ),
    maybe(
      seq(lit("assuming"), list(seq(of(fc.constantFrom("difference", "spread")), of(numeral), maybe(of(unit))), [","]))
    )
  )
)

/** A valid program as tokens. */
export const program: fc.Arbitrary<Tokens> = fc
  .array(declaration, { minLength: 1, maxLength: 5 })
  .map((all) => all.flat())

const gap = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(" ", "  ", "\n", "\n  ", "\t") },
  { weight: 1, arbitrary: fc.constantFrom("\n\n", "\n\n\n  ", "\r\n") },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom(" ", "\n", "\n\n  "),
        fc.constantFrom("//", "// a b", '//{ " }', "// é 漢  "),
        fc.constantFrom("\n", "\r\n", "\n\n")
      )
      .map((parts) => parts.join(""))
  }
)

/** A valid program with a layout: blanks, line breaks and comments between any two tokens. */
export const laidOut: fc.Arbitrary<string> = program.chain((tokens) =>
  fc
    .array(gap, { minLength: tokens.length + 1, maxLength: tokens.length + 1 })
    .map((gaps) => tokens.map((token, i) => `${gaps[i] ?? ""}${token}`).join("") + (gaps[tokens.length] ?? ""))
)

/** As `laidOut`, on few lines and with blanks only, so that lines get long. */
export const onLongLines: fc.Arbitrary<string> = program.map((tokens) => tokens.join(" "))

/** Any tokens in any order. */
export const soup: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      name,
      numeral,
      unit,
      fc.constantFrom(
        "{",
        "}",
        "(",
        ")",
        ",",
        ".",
        "..",
        "->",
        "=",
        "==",
        ":",
        "||",
        "<",
        "<=",
        "+",
        "-",
        "*",
        "/",
        "^",
        '"a"',
        '"',
        "// c\n",
        "#",
        "\n"
      ),
      fc.constantFrom(
        "environment",
        "agent",
        "plays",
        "objective",
        "within",
        "stage",
        "repeat",
        "rollout",
        "update",
        "study",
        "seeds",
        "claim",
        "with",
        "budget",
        "learned"
      )
    ),
    { maxLength: 60 }
  )
  .map((tokens) => tokens.join(" "))
