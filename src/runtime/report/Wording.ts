/** Sentences that the page and the text share. */
import type { BesidePaper, Condition, CurvePanel, Learning, LockStanding, Metric, Report } from "./Model.ts"
import { grouped, interval, listed, plural, shown, significant } from "./Quantity.ts"

/** How to come by the run again, as shell lines: to run it, and to run it against the lock. */
export const repeatCommands = (report: Report): { readonly run: string; readonly verify: string } => {
  const { file, seed, study } = report.run
  const word = /^[\w./@%+:=-]+$/.test(file) ? file : `'${file.replaceAll("'", `'\\''`)}'`
  const flags = `${study === null ? "" : ` --study ${study}`}${seed === null ? "" : ` --seed ${seed}`}`
  return { run: `bica run ${word}${flags}`, verify: `bica verify ${word}` }
}

/** One sentence on the committed lock. */
export const lockSentence = (lock: LockStanding): string => {
  switch (lock.state) {
    case "none":
      return `Not locked: ${lock.path} does not hold this pipeline.`
    case "matches":
      return `Locked: ${lock.path} holds the same files for all ${plural(lock.stages, "stage")}.`
    case "differs":
      return `${lock.path} holds another result: ${listed(lock.why)}.`
  }
}

/** What the intervals of some metrics of a condition are over. */
export const basis = (condition: Condition, metrics: ReadonlyArray<Metric>): string => {
  const values = condition.subjects.flatMap((subject) =>
    subject.values.filter(({ metric }) => metrics.some(({ name }) => name === metric))
  )
  const seeds = Math.max(0, ...values.map((value) => value.seeds.length))
  // what is undefined is of no episode
  const episodes = values.flatMap((value) => (value.estimate.mean === null ? [] : value.seeds.map(({ n }) => n)))
  const [fewest, most] = [Math.min(...episodes), Math.max(...episodes)]
  const range = fewest === most ? plural(most, "episode") : `${grouped(fewest)} to ${plural(most, "episode")}`
  const over =
    seeds > 1
      ? "Mean over seeds; in brackets the 95 % bootstrap interval over seeds."
      : "One seed: in brackets the 95 % interval over its episodes, which says nothing of other seeds."
  return `${over} ${plural(seeds, "seed")}${episodes.length === 0 ? "" : `, ${range} each`}.`
}

/** What a condition is. */
export const conditionSentence = ({ isBase, on, says }: Condition): string =>
  says.length === 0
    ? on
    : isBase
      ? `${on}, the environment as declared: ${says.join("; ")}`
      : `${on}, with ${says.join("; ")}`

/** Where the environment is not the paper's. */
export const departureSentence = ({ departures }: BesidePaper): string =>
  departures.length === 0 ? "" : `This run's environment is not the paper's: ${listed(departures)}.`

const verdicts = [
  ["holds", "holds", "hold"],
  ["fails", "fails", "fail"],
  ["undecided", "is undecided", "are undecided"],
  ["never run", "was never run", "were never run"]
] as const

/** Whether every value is of a player that the environment brings, and none of a team. */
export const playersOnly = ({ conditions }: Pick<Report, "conditions">): boolean =>
  conditions.length > 0 && conditions.every(({ subjects }) => subjects.every(({ oracle }) => oracle))

/** The summary that a report begins with. */
export const summary = (report: Report): string => {
  const { finished, missing, objectives, seeds, stages, variants } = report.run
  const parts: Array<string> = []
  if (!finished) {
    parts.push(
      missing.length > 0
        ? `Unfinished: ${stages.ended} of ${stages.all} stages have ended, and only what they gave is shown; nothing is claimed yet.`
        : "Unfinished: all stages have ended, but the run was not summed up; nothing is claimed yet."
    )
  }
  // what no study compares is called by the stages that train it
  const teams = objectives.length > 0 ? objectives : report.learning.map(({ stage }) => stage)
  // where nobody plays but what the environment brings, those are what is compared
  const players = playersOnly(report) ? report.oracles.map(({ name }) => name) : []
  const who = players.length > 0 ? players : teams
  const trained = who.length === 0 ? "Nothing" : listed(who)
  const done = players.length > 0 ? "measured" : "trained and measured"
  const were = finished
    ? `${who.length > 1 ? "were" : "was"} ${done}`
    : `${who.length > 1 ? "are" : "is"} to be ${done}`
  parts.push(
    `${trained} ${were} with ${plural(seeds.length, "seed")} (${seeds.join(", ")})${
      variants.length === 0 ? "" : `, in ${plural(variants.length, "variant")} besides the file’s own settings`
    }.`
  )
  const base = report.conditions.find(({ isBase }) => isBase)
  const [metric] = base?.metrics ?? []
  if (base !== undefined && metric !== undefined) {
    const unit = report.metrics.find(({ name }) => name === metric)?.unit ?? ""
    const values = base.subjects.flatMap(({ choose, name, oracle, values: all }) => {
      const estimate = all.find((value) => value.metric === metric)?.estimate
      if (oracle || choose !== "greedy" || estimate === undefined || estimate.mean === null) return []
      return [`${name} ${[shown(estimate.mean, unit), interval(estimate, unit)].join(" ").trim()}`]
    })
    if (values.length > 0) parts.push(`Measured ${metric.replaceAll("_", " ")} on ${base.on}: ${values.join(", ")}.`)
  }
  if (report.claims.length > 0) {
    const said = verdicts.flatMap(([verdict, one, several]) => {
      const count = report.claims.filter((claim) => claim.verdict === verdict).length
      return count === 0 ? [] : [`${count} ${count === 1 ? one : several}`]
    })
    const [only] = report.claims
    parts.push(
      report.claims.length === 1 && only !== undefined
        ? `Its one claim ${verdicts.find(([verdict]) => verdict === only.verdict)?.[1] ?? only.verdict}.`
        : `Of ${plural(report.claims.length, "claim")} ${listed(said)}.`
    )
  }
  return parts.join(" ")
}

/** How long a stage trained, and what came of it where it imitates. */
export const learningSentence = ({
  from = [],
  imitations = [],
  objective,
  on,
  seeds,
  steps,
  updates
}: Pick<Learning, "from" | "imitations" | "objective" | "on" | "seeds" | "steps" | "updates">): string => {
  const ends = [...new Set(imitations.map(({ came }) => came.updates))]
  const most = ends.length > 1 ? "at most " : ""
  return [
    `${most}${plural(updates, "update")}${steps === 0 ? "" : `, ${most}${plural(steps, "environment step")}`} for each of ${plural(seeds.length, "seed")}.`,
    ...(objective === undefined && on === undefined
      ? []
      : [`It trains${objective === undefined ? "" : ` for ${objective}`}${on === undefined ? "" : ` on ${on}`}.`]),
    ...(from.length === 0 ? [] : [`It goes on from what ${listed(from)} left.`]),
    ...imitations.map(({ came, seed, variant }) => {
      const { bound, limit, loss, met, pupil, updates: taken } = came
      const { errs, rule, scale } = came.teacher
      const taught = errs > 0 ? `${rule}, which errs in ${shown(errs, "fraction")},` : rule
      const how =
        bound === null
          ? `for ${plural(taken, "update")}`
          : met === true
            ? `until the loss was below ${significant(bound)} nats, after ${taken} of at most ${plural(limit, "update")}`
            : `for ${plural(taken, "update")}, in which the loss never came below ${significant(bound)} nats`
      return `Seed ${seed}${variant === null ? "" : ` of ${variant}`}: ${pupil} imitated ${taught}${scale < 100 ? ` with a logit of ${significant(scale)}` : ""} ${how}; the last loss is ${significant(loss)} nats, of which ${significant(came.teacher_entropy)} are the teacher’s own entropy.`
    })
  ].join(" ")
}

const quantities: Readonly<Record<string, string>> = {
  success: "success of the episodes that ended in the update",
  length: "steps of the episodes that ended in the update",
  reward: "reward per step",
  loss: "loss, the whole objective",
  teacher_entropy: "entropy of the teacher (nats), which no pupil’s loss goes below",
  value: "value loss",
  gradient_norm: "norm of the gradient before clipping",
  explained_variance: "share of the returns’ variance that the critic explains",
  rate: "Adam’s step size"
}

const suffixes: ReadonlyArray<readonly [suffix: string, words: string]> = [
  [".surrogate", "PPO's surrogate loss"],
  [".entropy", "entropy of the choices (nats)"],
  [".approximate_kl", "KL from the policy before the update (nats, approximate)"],
  [".clip_fraction", "share of the ratios that are clipped"]
]

const prefixes: ReadonlyArray<readonly [prefix: string, words: string]> = [
  ["term.", "term of the loss, not weighted"],
  ["weight.", "weight of the term"],
  ["temperature.", "temperature of the protocol"],
  ["gradient_norm.", "norm of its gradient before clipping"],
  ["hypergradient.", "derivative of the task’s loss with respect to the weight"]
]

/** What a column of a learning curve is called, and what it is. */
export const quantityWords = (quantity: string, unit = ""): { readonly title: string; readonly says: string } => {
  if (quantity === "loss" && unit === "nats")
    return { title: "loss", says: "cross entropy under the teacher (nats), before the update" }
  const known = quantities[quantity]
  if (known !== undefined) return { title: quantity.replaceAll("_", " "), says: known }
  if (quantity.startsWith("budget.")) {
    const name = quantity.slice("budget.".length)
    return { title: name, says: `the budgeted quantity${unit === "" ? "" : ` in ${unit}`}` }
  }
  if (quantity.startsWith("multiplier.")) {
    return { title: quantity.slice("multiplier.".length), says: "the multiplier that enforces the budget" }
  }
  const [prefix, rest] = prefixes.find(([each]) => quantity.startsWith(each)) ?? []
  if (prefix !== undefined && rest !== undefined) return { title: quantity.slice(prefix.length), says: rest }
  const [, says] = suffixes.find(([suffix]) => quantity.endsWith(suffix)) ?? []
  return { title: quantity, says: says ?? "" }
}

/** The heading of each group of learning curves. */
export const panelHeadings: Readonly<Record<CurvePanel["kind"], string>> = {
  outcome: "What training reached",
  budget: "Budgets: the quantity and its bound",
  multiplier: "Multipliers of the budgets",
  loss: "The terms of the loss",
  watched: "What was watched beside the loss",
  schedule: "Schedules and weights"
}
