/** The report as one page: HTML, style, figures and a few lines of script in one file that asks for nothing else. */
import { createHash } from "node:crypto"
import { curveFigure } from "../figure/Curves.ts"
import { dotFigure } from "../figure/Dots.ts"
import { heatFigure, shares } from "../figure/HeatMap.ts"
import type { HeatTable } from "../figure/HeatMap.ts"
import { sweepFigure, sweepPanels } from "../figure/SweepPlot.ts"
import { dashes, draw } from "../figure/Vega.ts"
import type { Specification } from "../figure/Vega.ts"
import type {
  BesidePaper,
  Claim,
  Condition,
  CurvePanel,
  Learning,
  Metric,
  ProtocolPicture,
  Report,
  SubjectValues
} from "../Model.ts"
import {
  betweenShown,
  endIs,
  endOf,
  ends,
  metricsOf,
  panelKinds,
  partsShown,
  sidesOf,
  statisticsOf,
  subjectsWith
} from "../Model.ts"
import { interval, listed, marginShown, moment, plural, shown, significant } from "../Quantity.ts"
import {
  basis,
  conditionSentence,
  departureSentence,
  learningSentence,
  playersOnly,
  lockSentence,
  panelHeadings,
  quantityWords,
  repeatCommands,
  summary
} from "../Wording.ts"
import { embedded, escape, isEmpty, markup, raw } from "./Markup.ts"
import type { Content, Markup } from "./Markup.ts"
import { isPictured, rolesIn, speakersIn } from "../PlayRecord.ts"
import { chooseEpisodes, episodeData, episodeFigure } from "./Replay.ts"
import { script } from "./Script.ts"
import { strip } from "./Strip.ts"
import { style } from "./Style.ts"

/** Draws figures and counts figures and tables in the order of the page. */
interface Press {
  readonly figure: () => number
  readonly table: () => number
  readonly plot: (specification: Specification, alt: string) => Promise<Markup>
}

const makePress = (): Press => {
  let figures = 0
  let tables = 0
  return {
    figure: () => ++figures,
    table: () => ++tables,
    plot: async (specification, alt) => raw(await draw(specification, escape(alt)))
  }
}

// ---- parts ---------------------------------------------------------------------------------------------------------

const facts = (rows: ReadonlyArray<readonly [name: string, value: Content]>): Markup =>
  markup`<dl class="facts">${rows.map(([name, value]) => markup`<dt>${name}</dt><dd>${value}</dd>\n`)}</dl>`

const table = (of: {
  readonly caption: Content
  readonly label: string
  readonly head: ReadonlyArray<Content>
  readonly rows: ReadonlyArray<{ readonly cells: ReadonlyArray<Content>; readonly className?: string }>
  readonly className?: string
}): Markup =>
  markup`<div class="scroll" tabindex="0" role="region" aria-label="${of.label}"><table${
    of.className === undefined ? "" : markup` class="${of.className}"`
  }>
<caption><span>${of.caption}</span></caption>
<thead><tr>${of.head.map((cell, k) => (isEmpty(cell) ? markup`<td></td>` : markup`<th scope="col"${k === 0 ? markup` class="left"` : ""}>${cell}</th>`))}</tr></thead>
<tbody>${of.rows.map(
    ({ cells, className }) =>
      markup`<tr${className === undefined ? "" : markup` class="${className}"`}>${cells.map((cell, k) =>
        k === 0 ? markup`<th scope="row">${cell}</th>` : markup`<td>${cell}</td>`
      )}</tr>\n`
  )}</tbody></table></div>`

const arrow = ({ better }: Metric): Markup | undefined =>
  better === "none"
    ? undefined
    : markup`&nbsp;<span class="arrow" title="${better} is better">${better === "higher" ? "↑" : "↓"}</span>`

const estimateCell = (
  estimate: { readonly mean: number | null; readonly low: number | null; readonly high: number | null } | undefined,
  unit: string
): Content => {
  if (estimate === undefined) return ""
  const bounds = interval(estimate, unit)
  return bounds === ""
    ? shown(estimate.mean, unit)
    : markup`${shown(estimate.mean, unit)}<span class="interval">${bounds}</span>`
}

const legend = (names: ReadonlyArray<string>): Markup =>
  markup`<ul class="legend" aria-label="Legend">${names.map((name, k) => {
    const dash = (dashes[k % dashes.length] ?? []).join(" ")
    const line = `<line x1="1" x2="27" y1="5" y2="5" stroke="var(--s${(k % 7) + 1})" stroke-width="2.2" stroke-dasharray="${dash}"/>`
    return markup`<li>${raw(`<svg width="28" height="10" aria-hidden="true">${line}</svg>`)}${name}</li>`
  })}</ul>`

// ---- sections ------------------------------------------------------------------------------------------------------

const whatWasRun = (report: Report): Markup => {
  const { run } = report
  const { environment } = run
  const commands = repeatCommands(report)
  const objectives = report.declarations.filter(({ head }) => head.startsWith("objective "))
  const budgets = report.declarations.filter(({ head }) => head.startsWith("budget "))
  const said = (head: string) => head.replace(/^\w+ /, "")
  const split = (head: string): readonly [string, string] => {
    const [, name = head, rest = ""] = /^(\S+)\s*([\s\S]*)$/.exec(said(head)) ?? []
    return [name, rest]
  }
  const listOf = (declarations: typeof objectives) =>
    facts(
      declarations.map(({ head }) => {
        const [name, rest] = split(head)
        return [name, markup`<code>${rest}</code>`] as const
      })
    )
  return markup`${report.worlds.map(({ doc, name, on }) => markup`<p class="text"><b>${on}</b> is ${name}. ${doc}</p>`)}
${facts([
  ["file", markup`<code>${run.file}</code>`],
  ...(run.commit === null
    ? []
    : [
        [
          "commit",
          markup`<code>${run.commit.id}</code>${run.commit.clean ? "" : "; the file had changes that were not committed"}`
        ] as const
      ]),
  ["run", markup`<code>${run.name}</code>`],
  ...(run.begun === null ? [] : [["begun", moment(run.begun)] as const]),
  ...(run.study === null ? [] : [["study", run.study] as const]),
  ["seeds", `${run.seeds.join(", ")}`],
  ...(run.objectives.length === 0 ? [] : [["objectives", listed(run.objectives)] as const]),
  ...(run.variants.length === 0 ? [] : [["variants", run.variants.join("; ")] as const]),
  [
    "stages",
    `${run.stages.ended} of ${run.stages.all} ended${run.missing.length === 0 ? "" : `; missing: ${run.missing.join(", ")}`}`
  ],
  ["engine", environment.numericClass],
  ["machine", `${environment.platform}, Node ${environment.node}`],
  ["bica", `${run.bica}, arithmetic ${run.numerics}`],
  ["lock", lockSentence(run.lock)],
  ["verify with", markup`<code>${commands.verify}</code>`]
])}
${objectives.length === 0 ? "" : markup`<h3>Objectives</h3><p class="note">What each team is trained for, in the file’s words with every default filled in.</p>${listOf(objectives)}`}
${budgets.length === 0 ? "" : markup`<h3>Budgets</h3>${listOf(budgets)}`}
<details><summary>Everything that the file says, defaults filled in</summary>${report.declarations.map(
    ({ head, lines }) =>
      lines.length === 0
        ? markup`<p class="text"><code>${head}</code></p>`
        : markup`<div class="scroll" tabindex="0" role="region" aria-label="${head}"><table class="words"><caption><span><code>${head}</code></span></caption><tbody>${lines.map(
            ([name, value]) => markup`<tr><td>${name}</td><td><code>${value}</code></td></tr>\n`
          )}</tbody></table></div>`
  )}</details>
${report.source === "" ? "" : markup`<details><summary>The file as it was run</summary><pre tabindex="0">${report.source}</pre></details>`}`
}

const verdictMarks: Readonly<Record<string, string>> = { holds: "✓", fails: "✕", undecided: "?" }

const claimItem = (claim: Claim): Markup => {
  const { margin, unit } = claim
  const sides = sidesOf(claim)
  const statistics = statisticsOf(claim)
  const seeds = claim.evidence.flatMap(({ left, right }) =>
    left === null || right === null ? [] : [margin.mean !== null && isTurned(claim) ? right - left : left - right]
  )
  const found: ReadonlyArray<Content> = [
    ...(margin.mean === null
      ? []
      : [
          markup`margin <b>${marginShown(margin.mean, unit)}</b> ${interval(margin, unit)} over ${plural(margin.n, "seed")}`
        ]),
    ...(sides === undefined
      ? []
      : [markup`left side ${shown(sides.left, unit)}, right side ${shown(sides.right, unit)}`]),
    ...statistics.map(([name, value]) => markup`${name} <b>${value}</b>`)
  ]
  return markup`<li><div class="verdict ${claim.verdict.split(" ")[0] ?? ""}"><span aria-hidden="true">${
    verdictMarks[claim.verdict] ?? "–"
  }</span> ${claim.verdict}</div>
<div><code class="claim-text">${claim.text ?? claim.claim}</code>
<p class="found">${strip({ ...margin, seeds })}${found.map((each, k) => markup`${k === 0 ? "" : "; "}${each}`)}</p></div></li>`
}

/** Whether the margin is right minus left: the claim says that the left side is smaller. */
const isTurned = ({ evidence, margin }: Claim): boolean => {
  const both = evidence.flatMap(({ left, right }) => (left === null || right === null ? [] : [left - right]))
  const mean = both.reduce((sum, x) => sum + x, 0) / both.length
  return margin.mean !== null && Math.abs(mean + margin.mean) < Math.abs(mean - margin.mean)
}

const claims = (report: Report): Content =>
  report.claims.length === 0
    ? undefined
    : markup`<p class="text">The file’s own statements, judged by what was measured. The margin is what remains of the left side minus the right in
the claimed direction, paired by seed; its interval, at the claim’s own level, must lie wholly beyond zero for a claim to hold, wholly on the other side for it to
fail.${
        report.claims.some(({ statistics }) => "adjusted" in statistics)
          ? " A claim that states a p holds when its p, corrected by Holm’s method over the claims of its study, is below it."
          : ""
      } The drawing shows the margin (diamond), its interval (bar), each seed (circles) and zero (dashes).</p>
<ol class="claims">${report.claims.map(claimItem)}</ol>`

const valueCell = (subject: SubjectValues, metric: Metric): Content => {
  const value = subject.values.find((each) => each.metric === metric.name)
  if (value === undefined) return ""
  const parts = partsShown(value)
  return markup`${estimateCell(value.estimate, metric.unit)}${parts === "" ? "" : markup`<span class="interval">${parts}</span>`}`
}

/** What was counted in each episode: a row for each subject. */
const episodeTable = (condition: Condition, report: Report, press: Press): Content => {
  const metrics = metricsOf(report, condition, "episode")
  const subjects = subjectsWith(condition, metrics)
  if (subjects.length === 0) return undefined
  const firstOracle = subjects.findIndex(({ oracle }) => oracle)
  return table({
    label: `Measured on ${condition.on}`,
    caption: markup`<b>Table ${press.table()}.</b> ${conditionSentence(condition)}. ${basis(condition, metrics)}`,
    head: ["", ...metrics.map((metric) => markup`${metric.name.replaceAll("_", " ")}${arrow(metric)}`)],
    rows: subjects.map((subject, k) => ({
      className: [subject.oracle ? "oracle" : "", k === firstOracle ? "first-oracle" : ""].join(" ").trim(),
      cells: [
        subject.oracle ? `${subject.name} (oracle)` : subject.name,
        ...metrics.map((metric) => {
          const end = endIs(condition, metric, subject)
          return markup`${valueCell(subject, metric)}${end === undefined ? "" : markup`<span class="interval">${end}</span>`}`
        })
      ]
    }))
  })
}

/** What was measured of all steps together: many measures of few subjects, so a row for each measure. */
const teamTable = (condition: Condition, report: Report, press: Press): Content => {
  const metrics = metricsOf(report, condition, "team")
  const subjects = subjectsWith(condition, metrics)
  if (subjects.length === 0) return undefined
  const teams = subjects.filter(({ oracle }) => !oracle)
  const oracles = subjects.filter(({ oracle }) => oracle)
  const bounded = ends.filter((end) => metrics.some((metric) => endOf(condition, metric, end) !== undefined))
  return table({
    label: `Measures of the teams on ${condition.on}`,
    caption: markup`<b>Table ${press.table()}.</b> How the two sides of a team are to each other, on ${condition.on}. A dash is a value that is not defined there.${
      bounded.length === 0
        ? ""
        : " Floor and ceiling are those oracles that do worst, or have least of it where no end is better, and best."
    }`,
    head: [
      "",
      ...teams.map(({ name }) => name),
      ...bounded.map((end) => markup`<b>${end}</b>`),
      ...oracles.map(({ name }) => markup`<i>${name} (oracle)</i>`)
    ],
    rows: metrics.map((metric) => ({
      cells: [
        markup`${metric.name.replaceAll("_", " ")}${unitSuffix(metric.unit)}${arrow(metric)}`,
        ...teams.map((subject) => valueCell(subject, metric)),
        ...bounded.map((end) => {
          const oracle = endOf(condition, metric, end)
          return oracle === undefined
            ? ""
            : markup`${valueCell(oracle, metric)}<span class="interval"><i>${oracle.name}</i></span>`
        }),
        ...oracles.map((subject) => valueCell(subject, metric))
      ]
    }))
  })
}

const unitSuffix = (unit: string): string =>
  unit === "" ? "" : unit === "fraction" ? " (%)" : unit === "nats" ? " (nats)" : ""

const dotPanels = async (
  conditions: ReadonlyArray<Condition>,
  metrics: ReadonlyArray<Metric>,
  teams: ReadonlyArray<string>,
  of: "teams" | "variants",
  press: Press
): Promise<ReadonlyArray<Markup>> => {
  const panels: Array<Markup> = []
  for (const metric of metrics) {
    const subjects = conditions.flatMap(({ on, subjects: all }) =>
      all.flatMap((subject) => {
        const value = subject.values.find((each) => each.metric === metric.name)
        return value === undefined || value.estimate.mean === null
          ? []
          : [`${subject.name} on ${on} ${shown(value.estimate.mean, metric.unit)}`]
      })
    )
    if (subjects.length === 0) continue
    const plot = await press.plot(dotFigure(metric, conditions, teams, of), `${metric.name}: ${subjects.join("; ")}`)
    panels.push(
      markup`<div class="panel"><p>${metric.name.replaceAll("_", " ")}${unitSuffix(metric.unit)}${arrow(metric)}</p>${plot}</div>`
    )
  }
  return panels
}

const dotsFigure = (panels: ReadonlyArray<Markup>, what: string, press: Press): Content =>
  panels.length === 0
    ? undefined
    : markup`<figure><figcaption><b>Figure ${press.figure()}.</b> ${what}, a row for each team or oracle (italic) in each condition: the mean (diamond), its 95 % interval
(bar) and, where there are several, each seed (circles).</figcaption><div class="panels">${panels}</div></figure>`

const measured = async (report: Report, press: Press): Promise<Content> => {
  if (report.conditions.length === 0) return undefined
  const drawn = (kind: Metric["kind"]) =>
    dotPanels(
      report.conditions,
      report.metrics.filter((metric) => metric.kind === kind),
      report.run.objectives,
      "teams",
      press
    )
  const panels = { episode: await drawn("episode"), team: await drawn("team") }
  const hasSampled = report.conditions.some(({ subjects }) =>
    subjects.some(({ choose, oracle }) => !oracle && choose === "sampled")
  )
  const documented = report.metrics.filter(({ doc }) => doc !== "")
  return markup`<p class="text">${
    playersOnly(report)
      ? "Every row is a player that the environment brings. "
      : hasSampled
        ? "A team’s choices are greedy (the likeliest) unless its row says sampled. "
        : "A team’s choices are greedy: the likeliest each time. "
  }${
    report.oracles.length === 0 || playersOnly(report)
      ? ""
      : "Oracles are hand-written policies: they are not in the comparison but show where its floor and its ceiling are. "
  }Arrows say which direction is better.</p>
${report.conditions.map((condition) => episodeTable(condition, report, press))}
${dotsFigure(panels.episode, "What was counted in each episode", press)}
${report.conditions.map((condition) => teamTable(condition, report, press))}
${dotsFigure(panels.team, "The measures of the teams", press)}
${
  documented.length === 0
    ? ""
    : markup`<h3>What the measures are</h3>${facts(
        documented.map(
          (metric) =>
            [
              metric.name.replaceAll("_", " "),
              markup`${metric.doc}${metric.formula === "" ? "" : markup` <span class="small">${metric.formula}.</span>`}${metric.source === "" ? "" : markup` <span class="small">(${metric.source})</span>`} <span class="small">${betweenShown(metric)}</span>`
            ] as const
        )
      )}`
}
${report.oracles.length === 0 ? "" : markup`<h3>What the oracles are</h3>${facts(report.oracles.map(({ doc, name }) => [name, doc] as const))}`}`
}

const variants = async (report: Report, press: Press): Promise<Content> => {
  if (report.variants.length === 0) return undefined
  const panels = await dotPanels(report.variants, report.metrics, report.run.objectives, "variants", press)
  return markup`<p class="text">The same experiment with one thing changed, beside the file’s own settings.</p>
${report.variants.map((condition) => [episodeTable(condition, report, press), teamTable(condition, report, press)])}
<figure><figcaption><b>Figure ${press.figure()}.</b> The variants: mean (diamond), 95 % interval (bar), each seed (circles).</figcaption><div class="panels">${panels}</div></figure>`
}

const paperTable = (of: BesidePaper, press: Press): Markup => {
  const reported = ({ mean, spread }: { readonly mean: number; readonly spread?: number }, unit: string) =>
    `${mean.toFixed(1)}${spread === undefined ? "" : ` ± ${spread.toFixed(1)}`}${unit === "percent" ? " %" : ""}`
  return markup`${table({
    label: `Beside Table ${of.number} of the paper`,
    caption: markup`<b>Table ${press.table()}.</b> Table ${of.number} of the paper, ${of.title}: measured by this run, and as reported. ${departureSentence(of)}`,
    head: [
      "",
      ...of.columns.map((name) => markup`${name}<br><span class="arrow">measured</span>`),
      markup`mutual<br><span class="arrow">paper</span>`,
      markup`one-way<br><span class="arrow">paper</span>`
    ],
    rows: of.rows.map(({ measured: values, row, unit }) => ({
      cells: [
        row.title,
        ...values.map(({ estimate }) => estimateCell(estimate, unit)),
        reported(row.mutual, row.unit),
        reported(row.oneWay, row.unit)
      ]
    }))
  })}${of.note.map((sentence) => markup`<p class="note">${sentence}</p>`)}`
}

const besidePaper = (report: Report, press: Press): Content =>
  report.paper.length === 0
    ? undefined
    : markup`<p class="text">Li &amp; Song 2025 report figures for the same environment. They stand here as context: nothing in this run aims at them, and no claim compares
with them.</p>${report.paper.map((each) => paperTable(each, press))}`

const bandSentence = ({ seeds, updates }: Learning): string => {
  const bin = Math.max(1, Math.ceil(updates / 80))
  return `${seeds.length > 1 ? "Lines are means over seeds, bands reach from the lowest to the highest seed." : "One seed."}${
    bin > 1 ? ` Each point is the mean of ${bin} updates.` : ""
  }`
}

const learning = async (report: Report, press: Press): Promise<Content> => {
  const parts: Array<Markup> = []
  for (const stage of report.learning) {
    const names = [...new Set(stage.panels.flatMap(({ series }) => series.map(({ name }) => name)))]
    const groups: Array<Markup> = []
    for (const kind of panelKinds) {
      const panels: Array<Markup> = []
      const small = kind === "schedule"
      for (const panel of stage.panels.filter((each) => each.kind === kind)) {
        const { says, title } = quantityWords(panel.quantity, panel.unit)
        const ends = panel.series.map(({ name, points }) => {
          const last = points.at(-1)
          return `${name} ends at ${last === undefined ? "?" : shown(last.mean, panel.unit === "fraction" ? "fraction" : "")}`
        })
        const bounds = [...new Set(panel.bounds.map(({ bound }) => significant(bound)))]
        const plot = await press.plot(
          curveFigure(panel, names, small ? 150 : 250, small ? 80 : kind === "loss" || kind === "watched" ? 110 : 140),
          `${title} during training: ${ends.join("; ")}${bounds.length === 0 ? "" : `; bound ${bounds.join(", ")}`}`
        )
        panels.push(
          markup`<div class="panel${small ? " small" : ""}"><p>${title}${says === "" ? "" : markup`<span>${says}</span>`}</p>${plot}</div>`
        )
      }
      if (panels.length === 0) continue
      groups.push(
        markup`<h3>${panelHeadings[kind]}</h3><figure><figcaption><b>Figure ${press.figure()}.</b> ${captionOf(kind)} ${bandSentence(stage)}</figcaption>${legend(names)}<div class="panels">${panels}</div></figure>`
      )
    }
    parts.push(markup`<p class="text">Stage <b>${stage.stage}</b>: ${learningSentence(stage)}</p>${groups}`)
  }
  return parts
}

const captionOf = (kind: CurvePanel["kind"]): string => {
  switch (kind) {
    case "outcome":
      return "The episodes of training, which are sampled and noisy: success, length and reward."
    case "budget":
      return "Each budgeted quantity against its bound (dashed rule)."
    case "multiplier":
      return "The weight of each budget in the loss; it grows while the quantity is beyond its bound."
    case "loss":
      return "The loss and what it is made of."
    case "watched":
      return "Quantities that tell whether training is sound."
    case "schedule":
      return "What changes by schedule."
  }
}

/** Groups of rows: for each context the intents. */
const protocolTable = (
  { contexts, intents, symbols }: Pick<ProtocolPicture["record"], "contexts" | "intents" | "symbols">,
  rows: ReadonlyArray<ReadonlyArray<number>>
): HeatTable => ({
  columns: symbols,
  groups: contexts.map((heading, c) => ({
    heading,
    rows: intents.map((label, i) => ({ label, shares: rows[c * intents.length + i] ?? [] }))
  }))
})

const mostSaid = ({ columns, groups }: HeatTable): string =>
  groups
    .flatMap(({ heading, rows }) =>
      rows.flatMap(({ label, shares: values }) => {
        const most = Math.max(...values.filter((value) => Number.isFinite(value)))
        if (!Number.isFinite(most)) return []
        return [
          `${heading === "" ? "" : `${heading}, `}${label}: ${columns[values.indexOf(most)] ?? "?"} ${shown(most, "fraction")}`
        ]
      })
    )
    .join("; ")

/** What the contexts of a protocol table are, where they are those of the runtime's own tables. */
const contextsSay = (contexts: ReadonlyArray<string>, acts: string): string =>
  contexts.includes("moved, sure")
    ? ` The contexts: whether the ${acts}’s last step collided, and whether it was sure, with an entropy of its choices of up to half a nat.`
    : ""

const protocols = async (report: Report, press: Press): Promise<Content> => {
  const parts: Array<Markup> = []
  for (const picture of report.protocols) {
    const { advice, by, record, seed, seeds } = picture
    const { acts } = rolesIn(record)
    const { contexts } = record
    for (const [place, speaker] of speakersIn(record).entries()) {
      const panels: Array<Markup> = []
      const heat = async (title: string, says: string, rows: HeatTable, labelWidth: number) => {
        panels.push(
          markup`<div class="panel wide"><p>${title}<span>${says}</span></p>${await press.plot(heatFigure(rows, labelWidth), `${title}. ${mostSaid(rows)}`)}</div>`
        )
      }
      const [before, after] = speaker.tables
      const unchanged = speaker.tables.length === 2 && JSON.stringify(before?.rows) === JSON.stringify(after?.rows)
      const tables = unchanged
        ? speaker.tables.slice(0, 1).map(({ rows }) => ({ rows, when: "before and after" }))
        : speaker.tables
      const { intents, symbols } = speaker
      const drawnOf = (rows: ReadonlyArray<ReadonlyArray<number>>) =>
        protocolTable({ contexts, intents, symbols }, rows)
      for (const { rows, when } of tables) {
        await heat(`${when} training`, "probability of each token, in %", drawnOf(rows), 60)
      }
      const [used] = speaker.used ?? []
      if (used !== undefined && used.counts.some((row) => row.some((count) => count > 0))) {
        await heat(
          `said on ${used.on}`,
          "share of each token, in %; empty where it never came to that",
          drawnOf(used.counts.map(shares)),
          60
        )
      }
      const meant = record.roles === undefined ? "direction" : "intent"
      parts.push(
        markup`${place === 0 ? markup`<h3>${by}</h3>` : ""}<figure><figcaption><b>Figure ${press.figure()}.</b> What the ${speaker.role} of ${by} says, seed ${seed}: for each context and each ${meant} that it means (rows), how likely each
token is (columns).${contextsSay(contexts, acts)}${unchanged ? " The table did not change in training." : ""}${
          seeds > 1
            ? ` Conventions differ between seeds, so no mean is shown; the other ${plural(seeds - 1, "seed")} ${seeds === 2 ? "is" : "are"} in the run’s protocol.json files.`
            : ""
        }</figcaption><div class="panels">${panels}</div></figure>`
      )
    }
    const inSituations = async (
      { counts, on, situations }: NonNullable<typeof record.codes>[number],
      nameOf: (k: number) => string,
      what: { readonly title: string; readonly each: string }
    ): Promise<Markup> => {
      const width = Math.max(0, ...counts.map((row) => row.length))
      const heatTable: HeatTable = {
        columns: Array.from({ length: width }, (_, k) => nameOf(k)),
        groups: [{ heading: "", rows: situations.map((label, k) => ({ label, shares: shares(counts[k] ?? []) })) }]
      }
      const widest = Math.max(...situations.map((name) => name.length))
      const plot = await press.plot(
        heatFigure(heatTable, Math.min(176, 12 + 5.4 * widest)),
        `${what.title} on ${on}. ${mostSaid(heatTable)}`
      )
      return markup`<div class="panel wide"><p>on ${on}<span>share of each ${what.each}, in %; empty where it never came to that</span></p>${plot}</div>`
    }
    const codePanels: Array<Markup> = []
    for (const one of (record.codes ?? []).slice(0, 1)) {
      if (!one.counts.some((row) => row.some((count) => count > 0))) continue
      codePanels.push(
        await inSituations(one, (k) => (k === 0 ? "silence" : `code ${k}`), {
          title: `Codes of the ${acts}`,
          each: "code"
        })
      )
    }
    const advicePanels: Array<Markup> = []
    for (const one of (record.advice ?? []).slice(0, 1)) {
      if (!one.counts.some((row) => row.slice(1).some((count) => count > 0))) continue
      advicePanels.push(
        await inSituations(one, (k) => advice[k] ?? `kind ${k}`, { title: "Advice of the instructor", each: "kind" })
      )
    }
    if (codePanels.length > 0) {
      parts.push(
        markup`<figure><figcaption><b>Figure ${press.figure()}.</b> What the ${acts} of ${by} says back, seed ${seed}: in which situation (rows) it says which code (columns).</figcaption><div class="panels">${codePanels}</div></figure>`
      )
    }
    if (advicePanels.length > 0) {
      parts.push(
        markup`<figure><figcaption><b>Figure ${press.figure()}.</b> What the instructor of ${by} gives, seed ${seed}: in which situation of the ${acts} (rows) it gives which advice (columns).</figcaption><div class="panels">${advicePanels}</div></figure>`
      )
    }
  }
  return parts
}

const replay = (report: Report): Content => {
  const meetings = chooseEpisodes(report.replays)
  if (meetings.length === 0) {
    if (report.replays.length === 0) return undefined
    const names = [...new Set(report.worlds.map(({ name }) => name))].join(", ")
    return markup`<p class="text">No episode is shown: ${names === "" ? "the environment" : names} draws no pictures of its states.</p>`
  }
  const all = meetings.flatMap(({ teams }) => teams)
  const seeds = [...new Set(report.replays.map(({ seed }) => seed))]
  const figures = (of: typeof meetings, numbered: boolean) =>
    markup`<div class="episodes">${of.flatMap(({ number, teams }) =>
      teams.map((each) => episodeFigure(each, all.indexOf(each), numbered ? `episode ${number}` : each.picture.by))
    )}</div>`
  // several teams stand beside each other on one map, one team's episodes beside each other
  const isOne = meetings.every(({ teams }) => teams.length === 1)
  const parts = isOne
    ? [...new Set(meetings.map(({ on }) => on))].map(
        (on) =>
          markup`<h3>${on}</h3>${figures(
            meetings.filter((each) => each.on === on),
            true
          )}`
      )
    : meetings.map((each) => markup`<h3>${each.on}, episode ${each.number}</h3>${figures([each], false)}`)
  const isDrawn = all.some(({ episode }) => isPictured(episode))
  const shows = isDrawn
    ? "The pictures are those that the environment draws of its states; on paper they show the end."
    : "The ring is the goal, the circle the start, filled cells are\nobstacles, crosses are collisions, the line is the way that was walked."
  const arrow = isDrawn ? "" : "; the arrow is the navigator and points where it faces"
  return markup`<p class="text">Episodes of ${isOne ? `the trained team ${all[0]?.picture.by ?? ""}` : "the trained teams"} (seed ${seeds.join(", ")})${
    isOne ? "" : isDrawn ? ", the same start for each" : ", the same map for each"
  }. ${shows}<span class="screen"> Play an episode or move the slider to see step by step what was said, heard
and done${arrow}.</span></p>
${parts}
${embedded("episodes", episodeData(all))}`
}

const sweeps = async (report: Report, press: Press): Promise<Content> => {
  const parts: Array<Markup> = []
  for (const sweep of report.sweeps) {
    const panels: Array<Markup> = []
    for (const panel of sweepPanels(sweep)) {
      const alt = panel.marks.map(({ bound, mean }) => `bound ${significant(bound)}: ${significant(mean)}`)
      const plot = await press.plot(sweepFigure(panel, sweep.unit, 250, 190), `${panel.title}. ${alt.join("; ")}`)
      panels.push(
        markup`<div class="panel"><p>${panel.title}${panel.unit === "" || panel.unit === panel.title ? "" : ` (${panel.unit})`}</p>${plot}</div>`
      )
    }
    parts.push(
      markup`<figure><figcaption><b>Figure ${press.figure()}.</b> Budget <b>${sweep.budget}</b> of ${sweep.objective} at ${plural(sweep.points.length, "bound")}. First panel: the quantity at the end of training (mean of the
last tenth of the updates), its range over seeds and each seed, with the line on which it equals its bound; a budget that is held and used up lies on the line. The others: what the bound costs, measured on ${sweep.on} with 95 % intervals.</figcaption><div class="panels">${panels}</div></figure>`
    )
  }
  return parts
}

const provenance = (report: Report): Markup => {
  const { artifacts, jobs, total } = report.provenance
  const commands = repeatCommands(report)
  const hashes = (rows: ReadonlyArray<readonly [string, string]>, head: readonly [string, string], caption: string) =>
    markup`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table class="left"><caption><span>${caption}</span></caption><thead><tr><th scope="col">${head[0]}</th><th scope="col">${head[1]}</th></tr></thead><tbody>${rows.map(
      ([name, hash]) => markup`<tr><td>${name}</td><td class="hash">${hash}</td></tr>\n`
    )}</tbody></table></div>`
  return markup`<p class="text">Every number above comes from the files of this run. To make them again, and to see whether what is committed still gives them:</p>
<pre tabindex="0">${commands.run}
${commands.verify}</pre>
<p class="text">Runs of one numeric class (<span class="mono">${report.run.environment.numericClass}</span>) give the same bytes; <code>bica digest</code> then prints this total over
${plural(artifacts.length, "artifact")}:</p>
<p class="hash">${total}</p>
<details><summary>Digest of every artifact</summary>${hashes(
    artifacts.map(({ name, sha256 }) => [name, sha256]),
    ["artifact", "sha256"],
    "Artifacts and their digests"
  )}</details>
<details><summary>Key of every stage</summary>${hashes(
    jobs.map(({ ended, key, label }) => [ended ? label : `${label} (not ended)`, key]),
    ["stage", "key"],
    "A stage’s key is made of its meaning, its seed, the keys of the stages before it and the class of its engine; equal key, equal result."
  )}</details>`
}

// ---- the page ------------------------------------------------------------------------------------------------------

const byline = (report: Report): string =>
  [
    report.run.begun === null ? "" : moment(report.run.begun),
    `bica ${report.run.bica}`,
    report.run.environment.version,
    report.run.commit === null ? "" : `commit ${report.run.commit.id.slice(0, 12)}`
  ]
    .filter((part) => part !== "")
    .join(" · ")

/** The page of a report. The same report gives the same bytes. */
export const toHtml = async (report: Report): Promise<string> => {
  const press = makePress()
  const sections: ReadonlyArray<readonly [id: string, title: string, content: Content]> = [
    ["run", "What was run", whatWasRun(report)],
    ["claims", "Claims", claims(report)],
    ["measured", "Measured", await measured(report, press)],
    ["variants", "Variants", await variants(report, press)],
    ["paper", "Beside the paper", besidePaper(report, press)],
    ["learning", "Learning", await learning(report, press)],
    ["protocol", "The protocol", await protocols(report, press)],
    ["replay", "Episodes", replay(report)],
    ["sweep", "Budgets and what they cost", await sweeps(report, press)],
    ["provenance", "Provenance", provenance(report)]
  ]
  const there = sections.filter(([, , content]) => !isEmpty(content))
  const hash = createHash("sha256").update(script).digest("base64")
  const { run } = report
  return `${
    markup`${raw("<!doctype html>")}
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${raw(hash)}'">
<meta name="generator" content="bica ${run.bica}">
<title>${run.pipeline}${run.finished ? "" : " (unfinished)"} · bica report</title>
<style>${raw(style)}</style>
</head>
<body>
<div class="layout">
<header>
<p class="kicker">Report of a run</p>
<h1>${run.pipeline}</h1>
${run.about === "" ? "" : markup`<p class="about">${run.about}</p>`}
<p class="byline">${byline(report)}</p>
<p class="summary${run.finished ? "" : " unfinished"}">${summary(report)}</p>
</header>
<nav aria-label="Contents"><ol>${there.map(([id, title], k) => markup`<li><a href="#${id}"><span>${k + 1}</span>${title}</a></li>`)}</ol></nav>
<main>
${there.map(
  ([id, title, content], k) => markup`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title"><span class="number">${k + 1}</span>${title}</h2>
${content}
</section>
`
)}</main>
<footer>Written by bica ${run.bica} from the run ${run.name}. The same run gives the same page.</footer>
</div>
${raw(`<script>${script}</script>`)}
</body>
</html>`.text
  }\n`
}
