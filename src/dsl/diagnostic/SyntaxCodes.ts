/**
 * Codes of the syntax (BICA1xxx), the title and explanation of each, and the findings that need no view of the grammar.
 */
import type { Diagnostic, Label, Span } from "./Diagnostic.ts"

/** What is known about a code: a short title and one paragraph for its page in the docs. */
export interface CodeEntry {
  readonly title: string
  readonly explanation: string
}

/** Codes with their entries; the tables of several passes are merged by spreading. */
export type CodeTable = Readonly<Record<string, CodeEntry>>

export const syntaxCodes = {
  BICA1001: {
    title: "The file states no experiment",
    explanation:
      "The file is empty or holds comments only. A file needs at least one declaration, such as an environment, two agents, an " +
      "objective and a stage."
  },
  BICA1002: {
    title: "The file is too long",
    explanation:
      "Files of more than 1,048,576 characters or 65,536 words, numbers and signs are not read. Experiments are short; a file of " +
      "that size is data, a log or a binary file that was named by mistake."
  },
  BICA1003: {
    title: "Nested too deeply",
    explanation:
      "Brackets may be nested 64 deep. Expressions that need more read better as several terms, each with a name."
  },
  BICA1004: {
    title: "Further errors are not shown",
    explanation:
      "At most twenty errors are shown, since later ones are often consequences of earlier ones. Mend the ones shown and check " +
      "the file again."
  },
  BICA1005: {
    title: "The expression is too long",
    explanation:
      "An expression may be 500 operators and calls deep. Split it into terms or definitions with names of their own."
  },
  BICA1006: {
    title: "This is not a bica file",
    explanation:
      "Much of the file consists of characters that the language does not use. It is probably a binary file, a file in " +
      "another encoding or a file in another language."
  },
  BICA1101: {
    title: "A character that means nothing here",
    explanation:
      "The language uses letters, digits, the signs + - * / ^ % = < > | . , : ( ) { } and quotes around file names. Names may " +
      "hold letters of the English alphabet, digits and underscores. Anything may stand in a comment."
  },
  BICA1102: {
    title: "A quotation that is not closed",
    explanation: "Quoted text ends with a double quote on the line on which it begins."
  },
  BICA1103: {
    title: "A number written in another way",
    explanation:
      "Numbers have digits before and after the point (`0.5`, not `.5` or `1.`) and no separators between digits (`10000`, not " +
      "`10_000`)."
  },
  BICA1104: {
    title: "A number that is too large",
    explanation: "Numbers are kept in double precision, whose largest value is about 1.8e308."
  },
  BICA1105: {
    title: "A comment of another language",
    explanation: "A comment begins with `//` and ends with its line. There are no comments that span lines."
  },
  BICA1201: {
    title: "A bracket that is not closed",
    explanation:
      "Every `{` needs its `}` and every `(` its `)`. Where one is missing is guessed from the indentation, which means nothing " +
      "otherwise."
  },
  BICA1202: {
    title: "A bracket too many",
    explanation:
      "A `}` or `)` stands where no block or call is open, or a `{` where a block is open already. Either it is one too many, " +
      "or the bracket that belongs to it is missing."
  },
  BICA1301: {
    title: "A misspelt word",
    explanation:
      "A word stands where one of a few words is expected, and it resembles one of them. Words of the language are written in " +
      "lower case."
  },
  BICA1302: {
    title: "A name is missing",
    explanation:
      "Declarations have names, and lists and references consist of names. A name begins with a letter or an underscore, and " +
      "consists of letters of the English alphabet, digits and underscores."
  },
  BICA1303: {
    title: "A value is missing",
    explanation: "A line in a block is a name followed by its value, and an operator stands between two quantities."
  },
  BICA1304: {
    title: "A sign is missing",
    explanation:
      "A declaration has its signs in fixed places: `=` before what a name means, `:` before what is demanded, brackets around a " +
      "block."
  },
  BICA1305: {
    title: "A word is missing",
    explanation:
      "Some declarations and statements are sentences with words that may not be left out, such as `plays` in `agent ai plays " +
      "map.navigator`."
  },
  BICA1306: {
    title: "Something that does not belong here",
    explanation:
      "What stands here fits neither what comes before it nor what may follow. Often a comma, an operator or a name before it is " +
      "missing."
  },
  BICA1307: {
    title: "Not a declaration",
    explanation:
      "Outside blocks a file consists of declarations: use, environment, agent, protocol, mapper, instructor, term, define, " +
      "budget, objective, stage, study and claim."
  },
  BICA1308: {
    title: "A claim that compares nothing",
    explanation:
      "A claim holds or fails, so it compares two values with `<`, `<=`, `>`, `>=` or `==`, as in `claim better: success(both) > " +
      "success(one_way)`."
  },
  BICA1309: {
    title: "Stated twice",
    explanation: "The clause may be stated once. Two of them would leave open which one counts."
  },
  BICA1310: {
    title: "Quoted text in the wrong place",
    explanation: "Quoted text stands only after `use`, where it names a file. Everything else has a plain name."
  },
  BICA1311: {
    title: "A comparison of distributions outside a call",
    explanation:
      "`p || q`, `a given b` and `x on y` state what a function is applied to. They stand inside the brackets of a call, as in " +
      "`kl(ai.policy || ai.prior)`."
  },
  BICA1312: {
    title: "Not a unit",
    explanation:
      "After a number its unit may stand, as in `80 steps`, `5 %` and `0.05 nats`. The word after this number is no unit of the " +
      "language. In a block, a unit of a module of your own is followed by a comma or by the end of the block."
  },
  BICA1313: {
    title: "More than one comparison",
    explanation: "A comparison stands between two values. State a range as two claims."
  }
} as const satisfies CodeTable

export type SyntaxCode = keyof typeof syntaxCodes

/** An error with the title of its code. */
export const syntaxError = (
  code: SyntaxCode,
  span: Span,
  cause: string,
  fix: string,
  more?: { readonly labels?: ReadonlyArray<Label>; readonly replacement?: string }
): Diagnostic => ({
  code,
  severity: "error",
  title: syntaxCodes[code].title,
  span,
  cause,
  fix,
  labels: more?.labels ?? [],
  ...(more?.replacement === undefined ? {} : { replacement: more.replacement })
})

/** Text of the file in a sentence: cut to what fits. */
export const quotedText = (text: string): string => {
  const points = Array.from(text)
  return `\`${points.length > 24 ? `${points.slice(0, 23).join("")}…` : text}\``
}

export const syntaxDiagnostic = {
  tooLargeNumber: (span: Span, text: string) =>
    syntaxError(
      "BICA1104",
      span,
      `${quotedText(text)} is larger than any number that can be calculated with.`,
      "Write a number below 1.8e308."
    ),
  longExpression: (span: Span, limit: number) =>
    syntaxError(
      "BICA1005",
      { start: span.start, end: Math.min(span.end, span.start + 1) },
      `This expression is more than ${limit} operators and calls deep.`,
      "Split it into several terms with names of their own."
    ),
  claimWithoutComparison: (span: Span) =>
    syntaxError(
      "BICA1308",
      span,
      "This claim compares nothing, so it can neither hold nor fail.",
      "Compare the value with another one, as in `success(both) > success(one_way)`."
    ),
  statedTwice: (span: Span, first: Span, what: string) =>
    syntaxError(
      "BICA1309",
      span,
      `\`${what}\` is stated a second time.`,
      "Join the two into one, or remove one of them.",
      {
        labels: [{ span: first, text: "stated first here" }]
      }
    )
}
