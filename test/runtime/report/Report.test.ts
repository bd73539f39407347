import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { afterAll, beforeAll } from "vitest"
import { csvFiles } from "../../../src/runtime/report/Csv.ts"
import { toMarkdown } from "../../../src/runtime/report/Markdown.ts"
import { headComment, makeReport, statisticsOf, variedBound } from "../../../src/runtime/report/Model.ts"
import type { Report } from "../../../src/runtime/report/Model.ts"
import { toHtml } from "../../../src/runtime/report/page/Page.ts"
import { readRun } from "../../../src/runtime/report/RunRecord.ts"
import type { RunRecord } from "../../../src/runtime/report/RunRecord.ts"
import * as FileStore from "../../../src/runtime/store/FileStore.ts"
import type { RunFiles } from "./Folders.ts"
import { writeRun } from "./Folders.ts"
import { environments, walk } from "./Walk.ts"

let runs = ""
beforeAll(() => {
  runs = Fs.mkdtempSync(Path.join(Os.tmpdir(), "bica-report-"))
})
afterAll(() => Fs.rmSync(runs, { recursive: true, force: true }))

const claimTexts = { better: "claim better: success(mutual) - success(lone) > 0 with 95 % confidence" }

const build = Effect.fnUntraced(function* (run: RunFiles) {
  const record: RunRecord = yield* readRun(writeRun(runs, run))
  const report: Report = makeReport(record, {
    environments,
    claimTexts,
    lock: { state: "none", path: "pipelines/bica.lock" }
  })
  return { record, report }
}, Effect.provide(FileStore.layer))

const expected = (name: string): string => Fs.readFileSync(Path.join(import.meta.dirname, "fixtures", name), "utf8")

describe("the report as data", () => {
  it.effect("says what was run, from the records of the run alone", () =>
    Effect.gen(function* () {
      const { report } = yield* build(walk)
      assert.deepStrictEqual(report.run, {
        name: "walk-0123456789ab",
        pipeline: "walk",
        file: "pipelines/walk.bica",
        about: 'A walk of two: <script>alert("no")</script> & | _nothing_ `else`\nSecond line',
        begun: "2026-02-03T04:05:06.789Z",
        commit: null,
        study: null,
        seed: null,
        finished: true,
        stages: { all: 6, ended: 6 },
        missing: [],
        seeds: [1, 2],
        objectives: ["mutual", "lone"],
        variants: [],
        bica: "0.1.0",
        numerics: 3,
        environment: {
          node: "24.21.0",
          platform: "linux-x64",
          instructions: "x64-avx2",
          engine: "onnx",
          version: "onnxruntime-node 1.30.0",
          numericClass: "onnx; x64-avx2; 1 thread",
          threads: 1
        },
        lock: { state: "none", path: "pipelines/bica.lock" }
      })
    })
  )

  it.effect("takes the mean and the range of learning curves over seeds, and leaves out what was not measured", () =>
    Effect.gen(function* () {
      const { report } = yield* build(walk)
      const [stage] = report.learning
      assert.deepStrictEqual([stage?.stage, stage?.updates, stage?.steps, stage?.seeds], ["train", 4, 400, [1, 2]])
      const [success, budget] = [0, 1].map((k) => stage?.panels[k])
      // mutual: seed 1 has nothing in the first update, then 0.5, 0.5, 1; seed 2 has 0, 0.5, 1, 0.5
      assert.deepStrictEqual(success?.series[0], {
        name: "mutual",
        points: [
          { update: 1, mean: 0, low: 0, high: 0 },
          { update: 2, mean: 0.5, low: 0.5, high: 0.5 },
          { update: 3, mean: 0.75, low: 0.5, high: 1 },
          { update: 4, mean: 0.75, low: 0.5, high: 1 }
        ]
      })
      assert.deepStrictEqual(budget?.quantity, "budget.drift")
      assert.deepStrictEqual(budget?.unit, "nats")
      assert.deepStrictEqual(budget?.bounds, [
        { series: "mutual", bound: 0.5 },
        { series: "lone", bound: 0.5 }
      ])
      assert.deepStrictEqual(
        stage?.panels.map(({ kind, quantity }) => `${kind} ${quantity}`),
        ["outcome success", "budget budget.drift", "multiplier multiplier.drift", "loss loss"]
      )
    })
  )

  it.effect("puts teams before oracles, greedy before sampled, and the paper's figures beside the measured ones", () =>
    Effect.gen(function* () {
      const { report } = yield* build(walk)
      assert.deepStrictEqual(
        report.conditions[0]?.subjects.map(({ name, oracle }) => [name, oracle]),
        [
          ["mutual", false],
          ["mutual, sampled", false],
          ["lone", false],
          ["planner", true]
        ]
      )
      const [table] = report.paper
      assert.deepStrictEqual(
        report.paper.map(({ number }) => number),
        [2]
      )
      assert.deepStrictEqual(table?.departures, ["grid 2 by 2 (paper: 8 by 8)"])
      assert.deepStrictEqual(
        table?.rows.map(({ measured, row }) => [row.title, measured.map(({ estimate }) => estimate.mean), row.mutual]),
        [
          ["success", [0.9, 0.75, 0.4], { mean: 85.5, spread: 4.5 }],
          ["steps", [3.5, null, 20], { mean: 53.8, spread: 3.2 }]
        ]
      )
    })
  )

  it.effect("has no paper's table where the environment is another one", () =>
    Effect.gen(function* () {
      const { report } = yield* build({
        ...walk,
        name: "walk-elsewhere",
        statements: { ...walk.statements, "environment map": "OtherTalk" }
      })
      assert.deepStrictEqual(report.paper, [])
    })
  )

  it.effect("draws a budget sweep where variants change a bound, and nowhere else", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* build(walk)).report.sweeps, [])
      const curve = (held: number) => `update,budget.drift\n0,0.3\n1,${held}\n`
      const { report } = yield* build({
        ...walk,
        name: "walk-swept",
        stages: [
          ...walk.stages,
          ...[1, 2].map((seed) => ({
            label: `train/mutual/drift=0.1-nats/seed-${seed}`,
            stage: "train",
            objective: "mutual",
            variant: "drift=0.1-nats",
            seed,
            files: { "curve.csv": curve(seed === 1 ? 0.09 : 0.11) }
          }))
        ],
        measures: {
          measures: [
            {
              stage: "test",
              metric: "success",
              by: "mutual",
              oracle: false,
              on: "map",
              choose: "greedy",
              variant: "drift=0.1-nats",
              overSeeds: { mean: 0.2, low: 0.1, high: 0.3, n: 2 },
              seeds: [
                { seed: 1, value: 0.1, low: 0, high: 0.2, n: 10 },
                { seed: 2, value: 0.3, low: 0.2, high: 0.4, n: 10 }
              ]
            }
          ]
        }
      })
      const [sweep] = report.sweeps
      assert.deepStrictEqual([sweep?.budget, sweep?.objective, sweep?.unit], ["drift", "mutual", "nats"])
      assert.deepStrictEqual(
        sweep?.points.map(({ bound, held, measured }) => [bound, held, measured.map(({ estimate }) => estimate.mean)]),
        [
          // the last of two updates is the last tenth, at least one
          [
            0.1,
            [
              { seed: 1, value: 0.09 },
              { seed: 2, value: 0.11 }
            ],
            [0.2]
          ],
          [
            0.5,
            [
              { seed: 1, value: 0.5 },
              { seed: 2, value: 0.5 }
            ],
            []
          ]
        ]
      )
    })
  )

  it("reads a variant's bound only where the variant is of that bound", () => {
    assert.strictEqual(variedBound("drift=0.02-nats", "drift"), 0.02)
    assert.strictEqual(variedBound("drift.rate=0.1", "drift"), undefined)
    assert.strictEqual(variedBound("drifting=0.1", "drift"), undefined)
    assert.strictEqual(variedBound(null, "drift"), undefined)
  })

  it("takes the first comment of a file as what it is about", () => {
    assert.strictEqual(headComment("// one\n//two\n\n// three\nuse std.ppo\n"), "one\ntwo")
    assert.strictEqual(headComment("use std.ppo // late\n"), "")
  })

  it("names every statistic beside a verdict, known or not, and leaves out what is undefined", () => {
    assert.deepStrictEqual(
      statisticsOf({
        statistics: {
          p: 0.0004,
          adjusted: 0.012,
          test: "welch",
          cohenD: null,
          probabilityOfImprovement: 0.96,
          family: ["a", "b"],
          someThing: { mean: 1.5, low: 1, high: 2 }
        }
      }),
      [
        ["p", "< 0.001"],
        ["p, Holm", "0.012"],
        ["by", "welch"],
        ["probability of improvement", "0.96"],
        ["some thing", "1.5 [1, 2]"]
      ]
    )
  })
})

describe("floor and ceiling", () => {
  const known = [
    {
      name: "MapTalk",
      doc: "Two walk.",
      metrics: [
        {
          name: "success",
          doc: "Whether they arrived.",
          unit: "fraction",
          better: "higher",
          kind: "episode",
          ceiling: "planner"
        },
        {
          name: "rc",
          doc: "What they have in common.",
          unit: "fraction",
          better: "higher",
          kind: "team",
          range: "0 to 100 %",
          floor: "stranger",
          ceiling: "planner"
        },
        {
          name: "wobble",
          doc: "How easily they stumble.",
          unit: "fraction",
          better: "none",
          kind: "team",
          floor: "stranger"
        }
      ],
      oracles: [
        { name: "planner", doc: "Knows the way." },
        { name: "stranger", doc: "Knows nobody." }
      ]
    }
  ] as const
  const row = (metric: string, by: string, mean: number | null) => ({
    stage: by === "mutual" ? "test" : "oracles",
    metric,
    by,
    oracle: by !== "mutual",
    on: "map",
    choose: "greedy",
    overSeeds: { mean, low: null, high: null, n: 2 },
    seeds: [1, 2].map((seed) => ({ seed, value: mean, low: null, high: null, n: 10 }))
  })
  const bounded = {
    ...walk,
    name: "walk-bounded",
    measures: {
      pipeline: "walk",
      measures: [
        row("success", "mutual", 0.9),
        row("success", "planner", 1),
        row("success", "stranger", 0.1),
        row("rc", "mutual", 0.6),
        row("rc", "planner", 0.99),
        row("rc", "stranger", 0.02),
        row("wobble", "mutual", 0.3),
        row("wobble", "stranger", null)
      ]
    }
  }
  const made = Effect.fnUntraced(function* () {
    const record = yield* readRun(writeRun(runs, bounded))
    return makeReport(record, { environments: known, claimTexts, lock: { state: "none", path: "pipelines/bica.lock" } })
  }, Effect.provide(FileStore.layer))

  it.effect("stand beside the team, with the oracle that they are of; what it has not is no end", () =>
    Effect.gen(function* () {
      const lines = toMarkdown(yield* made()).split("\n")
      const from = lines.indexOf("| mutual | 90.0 % |")
      // success has no floor; the planner's is marked where it stands
      assert.deepStrictEqual(lines.slice(from, from + 3), [
        "| mutual | 90.0 % |",
        "| planner (oracle) | 100.0 % ceiling |",
        "| stranger (oracle) | 10.0 % |"
      ])
      const head = lines.indexOf("|  | mutual | floor | ceiling | planner (oracle) | stranger (oracle) |")
      assert.deepStrictEqual(lines.slice(head + 2, head + 4), [
        "| rc | 60.0 % | 2.0 % stranger | 99.0 % planner | 99.0 % | 2.0 % |",
        "| wobble | 30.0 % |  |  |  | – |"
      ])
      assert.include(
        lines,
        "- rc: What they have in common. Better: higher. Values 0 to 100 %, floor stranger, ceiling planner."
      )
    })
  )

  it.effect("stand in the page's table too", () =>
    Effect.gen(function* () {
      const report = yield* made()
      const page = yield* Effect.promise(() => toHtml(report))
      assert.match(page, /<b>floor<\/b>.*<b>ceiling<\/b>.*<i>planner \(oracle\)<\/i>/s)
      assert.match(page, /2\.0.*<i>stranger<\/i>.*99\.0.*<i>planner<\/i>/s)
    })
  )
})

describe("an unfinished run", () => {
  it.effect("is reported as far as it is there, and marked", () =>
    Effect.gen(function* () {
      const { measures: _, claims: __, ...begun } = walk
      const values = (value: number) =>
        JSON.stringify({
          measures: [
            { metric: "success", by: "x", oracle: false, on: "map", choose: "greedy", value, low: 0, high: 1, n: 4 }
          ]
        })
      const { report } = yield* build({
        ...begun,
        name: "walk-begun",
        stages: walk.stages.map((stage) => {
          if (stage.label === "test/mutual/seed-1") return { ...stage, files: { "measures.json": values(0.25) } }
          if (stage.label !== "test/mutual/seed-2") return stage
          const { files: ___, ...open } = stage
          return open
        })
      })
      assert.isFalse(report.run.finished)
      assert.deepStrictEqual(report.run.stages, { all: 6, ended: 5 })
      assert.deepStrictEqual(report.run.missing, ["test/mutual/seed-2"])
      assert.deepStrictEqual(report.claims, [])
      // one seed: its own interval over its episodes
      assert.deepStrictEqual(report.conditions[0]?.subjects[0]?.values[0]?.estimate, {
        mean: 0.25,
        low: 0,
        high: 1,
        n: 4
      })
      assert.include(toMarkdown(report), "Unfinished: 5 of 6 stages have ended")
      const html = yield* Effect.promise(() => toHtml(report))
      assert.include(html, "<title>walk (unfinished)")
      assert.notInclude(html, 'id="claims"')
      assert.notInclude(html, 'id="protocol"')
    })
  )
})

describe("the report as Markdown", () => {
  it.effect("is this text", () =>
    Effect.gen(function* () {
      const { report } = yield* build(walk)
      assert.strictEqual(toMarkdown(report), expected("walk.md"))
    })
  )
})

describe("the report as CSV", () => {
  it.effect("holds every value unrounded", () =>
    Effect.gen(function* () {
      const { record, report } = yield* build(walk)
      const files = csvFiles(record, report)
      assert.deepStrictEqual(Object.keys(files), ["measures.csv", "seeds.csv", "curves.csv", "claims.csv"])
      assert.strictEqual(
        files["measures.csv"]?.split("\n").slice(0, 2).join("\n"),
        "stage,by,oracle,variant,on,choose,metric,mean,low,high,seeds\ntest,mutual,false,,map,greedy,success,0.9,0.8,1,2"
      )
      assert.strictEqual(files["seeds.csv"]?.split("\n")[2], "test,mutual,false,,map,greedy,success,2,1,1,1,10")
      assert.strictEqual(files["curves.csv"]?.split("\n")[1], "train,mutual,,1,0,100,2,,2,0.1,0")
      assert.strictEqual(
        files["claims.csv"],
        "claim,verdict,left,right,margin,low,high,seeds,p,pHolm,improvement,effect,text\n" +
          `better,holds,0.9,0.4,0.5,0.5,0.5,2,0.0004,0.012,1,,${claimTexts.better}\n`
      )
    })
  )

  it.effect("quotes what has commas, quotes or line ends, and leaves out a table without rows", () =>
    Effect.gen(function* () {
      const { record, report } = yield* build({ ...walk, name: "walk-quoted", claims: { claims: [] } })
      assert.notProperty(csvFiles(record, report), "claims.csv")
      const [claim] = (yield* build(walk)).report.claims
      const quoted = csvFiles(record, {
        ...report,
        claims: claim === undefined ? [] : [{ ...claim, text: 'a, "b"\nc' }]
      })
      assert.include(quoted["claims.csv"], ',"a, ""b""\nc"\n')
    })
  )
})

describe("the report as a page", () => {
  it.effect("has every section that there is something for, in order", () =>
    Effect.gen(function* () {
      const { report } = yield* build(walk)
      const html = yield* Effect.promise(() => toHtml(report))
      assert.deepStrictEqual(
        [...html.matchAll(/<section id="(\w+)"/g)].map(([, id]) => id),
        ["run", "claims", "measured", "paper", "learning", "protocol", "replay", "provenance"]
      )
    })
  )

  it.effect("names the kinds of advice of an instructor that has several, by the file that the run was of", () =>
    Effect.gen(function* () {
      const files = (stage: (typeof walk.stages)[number]) => {
        if (stage.stage !== "test") return stage
        const replay = JSON.parse(String(stage.files?.["replay.json"]))
        replay.episodes[0].steps[0].advice = 2
        const advice = [
          {
            on: "map",
            situations: ["goal in view", "walking"],
            counts: [
              [3, 1, 0],
              [0, 1, 3]
            ]
          }
        ]
        const protocol = { ...JSON.parse(String(stage.files?.["protocol.json"])), advice }
        return {
          ...stage,
          files: { ...stage.files, "replay.json": JSON.stringify(replay), "protocol.json": JSON.stringify(protocol) }
        }
      }
      const { report } = yield* build({
        ...walk,
        name: "walk-advised",
        statements: { ...walk.statements, "instructor coach, gives": "{ none, hint, <correct> }" },
        stages: walk.stages.map(files)
      })
      assert.deepStrictEqual(report.replays[0]?.advice, ["none", "hint", "<correct>"])
      const html = yield* Effect.promise(() => toHtml(report))
      assert.include(html, "What the instructor of mutual gives, seed 1")
      assert.include(html, "goal in view: none 75.0 %; walking: &lt;correct&gt; 75.0 %")
      assert.include(html, '<th scope="col">advice</th>')
      assert.match(html, /The instructor gives (?:<|\\u003c|&lt;)correct/)
      assert.notInclude(html, "<correct>")
      const plain = yield* build(walk)
      assert.deepStrictEqual(plain.report.replays[0]?.advice, [])
      const before = yield* Effect.promise(() => toHtml(plain.report))
      assert.notInclude(before, "What the instructor")
      assert.include(before, "The instructor gives a hint.")
    })
  )

  it.effect("asks for nothing: no address, no resource, no import", () =>
    Effect.gen(function* () {
      const { report } = yield* build(walk)
      const html = yield* Effect.promise(() => toHtml(report))
      assert.notMatch(html, /https?:\/\/|\/\/[a-z]+\.|src=|@import|url\(/)
      assert.deepStrictEqual(
        [...html.matchAll(/<(?:link|img|iframe|object|embed|base|form)\b/g)].map(([tag]) => tag),
        []
      )
      // links lead within the page
      assert.isTrue([...html.matchAll(/href="([^"]*)"/g)].every(([, target]) => target?.startsWith("#")))
    })
  )

  it.effect("keeps text text: comments, names of metrics, conditions and symbols cannot become markup", () =>
    Effect.gen(function* () {
      const evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
      const said = JSON.stringify(walk).replaceAll('"planner"', JSON.stringify(evil)).replaceAll("silence", "</script>")
      const run: RunFiles = JSON.parse(said.replaceAll("goal in view", "<b>bold"))
      const { report } = yield* build({ ...run, name: "walk-evil", pipeline: "walk" })
      const html = yield* Effect.promise(() => toHtml(report))
      // the page's own script, and the data of the episodes
      assert.deepStrictEqual(
        [...html.matchAll(/<script[^>]*>/g)].map(([tag]) => tag),
        ['<script type="application/json" id="episodes">', "<script>"]
      )
      assert.strictEqual([...html.matchAll(/<\/script/g)].length, 2)
      assert.notMatch(html, /<img|<b>bold/)
      assert.include(html, "&lt;script&gt;alert(&quot;no&quot;)&lt;/script&gt; &amp; | _nothing_")
      const markdown = toMarkdown(report)
      assert.notInclude(markdown, "<script")
      assert.include(markdown, "\\| \\_nothing\\_ \\`else\\`")
    })
  )

  it.effect("is the same bytes each time, and when the run's folder was moved", () =>
    Effect.gen(function* () {
      const { report } = yield* build(walk)
      const first = yield* Effect.promise(() => toHtml(report))
      Fs.cpSync(Path.join(runs, walk.name), Path.join(runs, "elsewhere"), { recursive: true })
      const again = makeReport(yield* readRun(Path.join(runs, "elsewhere")), {
        environments,
        claimTexts,
        lock: { state: "none", path: "pipelines/bica.lock" }
      })
      assert.deepStrictEqual(again, report)
      assert.strictEqual(yield* Effect.promise(() => toHtml(again)), first)
    }).pipe(Effect.provide(FileStore.layer))
  )

  it.effect("says of a file that was changed that it is damaged, and reports nothing of it", () =>
    Effect.gen(function* () {
      const folder = writeRun(runs, { ...walk, name: "walk-damaged" })
      const curve = Path.join(folder, "stages/train/mutual/seed-1/artifacts/curve.csv")
      Fs.appendFileSync(curve, "4,500,2,1,0,0,0\n")
      const error = yield* Effect.flip(readRun(folder))
      assert.strictEqual(error._tag, "StoreError")
      assert.include(error.message, "curve.csv")
    }).pipe(Effect.provide(FileStore.layer))
  )
})
