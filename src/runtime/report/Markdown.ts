/** The report as Markdown: everything that can be said without a picture. */
import { overSeeds } from "./Curve.ts"
import type { BesidePaper, Claim, Condition, Metric, Report, SubjectValues } from "./Model.ts"
import {
  betweenShown,
  endIs,
  endOf,
  ends,
  metricsOf,
  partsShown,
  sidesOf,
  statisticsOf,
  subjectsWith
} from "./Model.ts"
import { speakersIn } from "./PlayRecord.ts"
import { interval, marginShown, moment, plural, shown, significant } from "./Quantity.ts"
import {
  basis,
  conditionSentence,
  departureSentence,
  learningSentence,
  lockSentence,
  repeatCommands,
  summary
} from "./Wording.ts"

/** Text from a file as Markdown that shows it as it is: no markup, no HTML, no table cell ended early. */
export const escape = (text: string): string =>
  text
    .replace(/[\\`*{}[\]#|~]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, (mark) => `\\${mark}`)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/\r?\n/g, " ")

/** Text in a code span, whatever backticks are in it; a bar would end a table's cell. */
const code = (text: string): string => {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = "`".repeat(longest + 1)
  const pad = longest > 0 ? " " : ""
  return `${fence}${pad}${text.replace(/\r?\n/g, " ").replaceAll("|", "\\|")}${pad}${fence}`
}

const row = (cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => [
  row(head),
  row(head.map((_, k) => (k === 0 ? "---" : "---:"))),
  ...rows.map(row),
  ""
]

const spaced = (...parts: ReadonlyArray<string>): string => parts.filter((part) => part !== "").join(" ")

const conditionTable = (condition: Condition, report: Report): ReadonlyArray<string> => {
  const cell = (subject: SubjectValues, metric: Metric) => {
    const value = subject.values.find((each) => each.metric === metric.name)
    if (value === undefined) return ""
    const parts = partsShown(value)
    return spaced(
      shown(value.estimate.mean, metric.unit),
      interval(value.estimate, metric.unit),
      parts === "" ? "" : `(${parts})`
    )
  }
  const counted = metricsOf(report, condition, "episode")
  const counting = subjectsWith(condition, counted)
  const together = metricsOf(report, condition, "team")
  const teams = subjectsWith(condition, together)
  const bounded = ends.filter((end) => together.some((metric) => endOf(condition, metric, end) !== undefined))
  return [
    ...(counting.length === 0
      ? []
      : [
          `**${escape(conditionSentence(condition))}.** ${basis(condition, counted)}`,
          "",
          ...table(
            ["", ...counted.map(({ name }) => escape(name))],
            counting.map((subject) => [
              `${escape(subject.name)}${subject.oracle ? " (oracle)" : ""}`,
              ...counted.map((metric) => spaced(cell(subject, metric), endIs(condition, metric, subject) ?? ""))
            ])
          )
        ]),
    ...(teams.length === 0
      ? []
      : [
          `**${escape(condition.on)}**, all steps of all episodes together.`,
          "",
          ...table(
            [
              "",
              ...teams.filter(({ oracle }) => !oracle).map(({ name }) => escape(name)),
              ...bounded,
              ...teams.filter(({ oracle }) => oracle).map(({ name }) => `${escape(name)} (oracle)`)
            ],
            together.map((metric) => [
              escape(metric.name),
              ...teams.filter(({ oracle }) => !oracle).map((subject) => cell(subject, metric)),
              ...bounded.map((end) => {
                const oracle = endOf(condition, metric, end)
                return oracle === undefined ? "" : `${cell(oracle, metric)} ${escape(oracle.name)}`
              }),
              ...teams.filter(({ oracle }) => oracle).map((subject) => cell(subject, metric))
            ])
          )
        ])
  ]
}

const claimLines = (claim: Claim): ReadonlyArray<string> => {
  const { margin, unit } = claim
  const sides = sidesOf(claim)
  const found = [
    ...(margin.mean === null
      ? []
      : [`margin ${spaced(marginShown(margin.mean, unit), interval(margin, unit))} over ${plural(margin.n, "seed")}`]),
    ...(sides === undefined ? [] : [`left ${shown(sides.left, unit)}, right ${shown(sides.right, unit)}`]),
    ...statisticsOf(claim).map(([name, value]) => `${escape(name)} ${escape(value)}`)
  ]
  return [
    `- **${escape(claim.verdict)}**: ${claim.text === undefined ? escape(claim.claim) : code(claim.text)}`,
    ...(found.length === 0 ? [] : [`  ${found.join("; ")}`])
  ]
}

const paperTable = (beside: BesidePaper): ReadonlyArray<string> => [
  `**Table ${beside.number} of the paper: ${escape(beside.title)}.** ${escape(departureSentence(beside))}`.trim(),
  "",
  ...table(
    ["", ...beside.columns.map((name) => `${escape(name)}, measured`), "paper, mutual", "paper, one-way"],
    beside.rows.map(({ measured, row: { mutual, oneWay, title, unit }, unit: own }) => {
      const paper = ({ mean, spread }: { readonly mean: number; readonly spread?: number }) =>
        `${mean.toFixed(1)}${spread === undefined ? "" : ` ± ${spread.toFixed(1)}`}${unit === "percent" ? " %" : ""}`
      return [
        title,
        ...measured.map(({ estimate }) => spaced(shown(estimate.mean, own), interval(estimate, own))),
        paper(mutual),
        paper(oneWay)
      ]
    })
  ),
  ...beside.note.map((sentence) => `- ${escape(sentence)}`),
  ""
]

const section = (title: string, lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.length === 0 ? [] : [`## ${title}`, "", ...lines, ...(lines.at(-1) === "" ? [] : [""])]

/** The report of a run as Markdown. */
export const toMarkdown = (report: Report): string => {
  const { run } = report
  const { environment } = run
  const commands = repeatCommands(report)
  const facts: ReadonlyArray<readonly [string, string]> = [
    ["file", code(run.file)],
    ...(run.commit === null
      ? []
      : [["commit", `${code(run.commit.id)}${run.commit.clean ? "" : ", the file changed since"}`] as const]),
    ["run", code(run.name)],
    ...(run.begun === null ? [] : [["begun", escape(moment(run.begun))] as const]),
    ["bica", `${escape(run.bica)}, arithmetic ${run.numerics}`],
    ["engine", escape(environment.numericClass)],
    ["machine", escape(`${environment.platform}, Node ${environment.node}`)],
    ["seeds", run.seeds.join(", ")],
    ...(run.objectives.length === 0 ? [] : [["objectives", escape(run.objectives.join(", "))] as const]),
    ["stages", `${run.stages.ended} of ${run.stages.all} ended`],
    ["lock", escape(lockSentence(run.lock))]
  ]
  const learning = report.learning.flatMap(({ panels, ...of }) => [
    `**${escape(of.stage)}**: ${escape(learningSentence(of))} ` +
      "Mean of the last point over seeds, in brackets the lowest and the highest seed.",
    "",
    ...table(
      ["quantity", ...(panels[0]?.series ?? []).map(({ name }) => escape(name)), "bound"],
      panels.map(({ bounds, quantity, series, unit }) => [
        escape(quantity),
        ...(panels[0]?.series ?? []).map(({ name }) => {
          const last = series.find((each) => each.name === name)?.points.at(-1)
          const value = (x: number) => shown(x, unit === "fraction" ? unit : "")
          return last === undefined
            ? ""
            : last.low === last.high
              ? value(last.mean)
              : `${value(last.mean)} [${value(last.low)}, ${value(last.high)}]`
        }),
        [...new Set(bounds.map(({ bound }) => significant(bound)))].join(", ")
      ])
    )
  ])
  const protocols = report.protocols.flatMap(({ by, record, seed }) => {
    const { contexts } = record
    const speakers = speakersIn(record)
    return speakers.flatMap(({ intents, role, symbols, tables }) => {
      const most = (values: ReadonlyArray<number>) => {
        const at = values.reduce((best, value, k) => (value > (values[best] ?? Number.NEGATIVE_INFINITY) ? k : best), 0)
        return values.length === 0 ? "" : `${escape(symbols[at] ?? "?")} ${shown(values[at] ?? null, "fraction")}`
      }
      return [
        `**${escape(by)}**, seed ${seed}: the likeliest token${speakers.length === 1 ? "" : ` of the ${escape(role)}`} for each intent.`,
        "",
        ...table(
          ["context", "intent", ...tables.map(({ when }) => escape(when))],
          contexts.flatMap((context, c) =>
            intents.map((intent, i) => [
              escape(context),
              escape(intent),
              ...tables.map(({ rows }) => most(rows[c * intents.length + i] ?? []))
            ])
          )
        )
      ]
    })
  })
  const sweeps = report.sweeps.flatMap(({ budget, objective, on, points, unit }) => [
    `**${escape(budget)}** of ${escape(objective)}, measured on ${escape(on)}.`,
    "",
    ...table(
      ["bound", "held at the end of training", "success", "steps"],
      points.map(({ bound, held, measured }) => {
        const [heldOver] = overSeeds(held.map(({ value }) => [value]))
        const value = (metric: string, of: string) => {
          const found = measured.find((each) => each.metric === metric)
          return found === undefined ? "" : spaced(shown(found.estimate.mean, of), interval(found.estimate, of))
        }
        return [
          spaced(significant(bound), unit),
          heldOver === undefined
            ? ""
            : `${significant(heldOver.mean)} [${significant(heldOver.low)}, ${significant(heldOver.high)}]`,
          value("success", "fraction"),
          value("steps", "steps")
        ]
      })
    )
  ])
  const lines = [
    `# ${escape(run.pipeline)}`,
    "",
    ...(run.about === "" ? [] : [...run.about.split("\n").map(escape), ""]),
    summary(report),
    "",
    ...section("What was run", [
      ...facts.map(([name, value]) => `- ${name}: ${value}`),
      "",
      "```sh",
      commands.run,
      commands.verify,
      "```"
    ]),
    ...section("Claims", report.claims.flatMap(claimLines)),
    ...section("Measured", [
      ...report.conditions.flatMap((condition) => conditionTable(condition, report)),
      ...report.metrics
        .filter(({ doc }) => doc !== "")
        .map(
          (metric) =>
            `- ${escape(metric.name)}: ${spaced(
              escape(metric.doc),
              metric.better === "none" ? "" : `Better: ${metric.better}.`,
              escape(betweenShown(metric))
            )}`
        )
    ]),
    ...section(
      "Variants",
      report.variants.flatMap((condition) => conditionTable(condition, report))
    ),
    ...section("Beside the paper", report.paper.flatMap(paperTable)),
    ...section("Learning", learning),
    ...section("The protocol", protocols),
    ...section("Budgets and what they cost", sweeps),
    ...section("Provenance", [
      `${plural(report.provenance.artifacts.length, "artifact")}; digest over all of them:`,
      "",
      "```text",
      `${report.provenance.total}  total`,
      ...report.provenance.artifacts.map(({ name, sha256 }) => `${sha256}  ${name}`),
      "```"
    ])
  ]
  return `${lines.join("\n").trimEnd()}\n`
}
