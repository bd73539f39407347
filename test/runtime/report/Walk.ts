/** A run small enough to be worked out by hand: two teams, two seeds, four updates, one claim. */
import type { RunFiles } from "./Folders.ts"

const curve = (success: ReadonlyArray<string>, kl: ReadonlyArray<number>) =>
  ["update,steps,episodes,success,loss,budget.drift,multiplier.drift"]
    .concat(success.map((share, k) => `${k},${(k + 1) * 100},2,${share},${2 - k / 2},${kl[k] ?? ""},0`))
    .join("\n")
    .concat("\n")

const interval = (mean: number, low: number | null, high: number | null, n: number) => ({ mean, low, high, n })

const measured = (
  of: { readonly metric: string; readonly by: string; readonly oracle?: boolean; readonly choose?: string },
  overSeeds: object,
  values: readonly [number, number]
) => ({
  stage: of.oracle === true ? "oracles" : "test",
  metric: of.metric,
  by: of.by,
  oracle: of.oracle === true,
  on: "map",
  choose: of.choose ?? "greedy",
  overSeeds,
  seeds: values.map((value, k) => ({ seed: k + 1, value, low: value, high: value, n: 10 }))
})

/** The last symbol is silence. */
const symbols = ["N", "E", "S", "W", "silence"]
const intents = ["N", "E", "S", "W"]

/** 2 by 2 cells; the navigator starts top left, facing north, and turns right before it walks to the goal on its right. */
export const replay = {
  symbols,
  codes: 3,
  intents,
  actions: ["forward", "left", "right", "stay"],
  episodes: [
    {
      on: "map",
      number: 0,
      grid: { width: 2, height: 2 },
      blocked: [0, 0, 1, 0],
      goal: [1, 0],
      best: 2,
      succeeded: true,
      steps: [
        { x: 0, y: 0, heading: 0, intent: 1, token: 1, heard: 2, message: 0, action: 0, collided: true, advice: 0 },
        { x: 0, y: 0, heading: 0, intent: 1, token: 1, heard: 1, message: 2, action: 2, collided: false, advice: 1 },
        { x: 0, y: 0, heading: 1, intent: 1, token: 4, heard: 4, message: 0, action: 0, collided: false, advice: 0 }
      ]
    }
  ]
}

const rows = (likely: number) =>
  Array.from({ length: 16 }, (_, row) => symbols.map((__, k) => (k === row % 4 ? likely : (1 - likely) / 4)))

/** The protocol of one team: literal before and after, surer after. */
export const protocol = {
  symbols,
  intents,
  contexts: ["moved, sure", "moved, unsure", "collided, sure", "collided, unsure"],
  tables: [
    { when: "before", rows: rows(0.6) },
    { when: "after", rows: rows(0.8) }
  ],
  used: [{ on: "map", counts: rows(0.8).map((row) => row.map((p) => Math.round(100 * p))) }],
  codes: [
    {
      on: "map",
      situations: ["goal in view", "walking"],
      counts: [
        [0, 30, 10],
        [5, 0, 5]
      ]
    }
  ]
}

/** The source; its comment is what somebody might put there to break a page. */
export const source = `// A walk of two: <script>alert("no")</script> & | _nothing_ \`else\`
// Second line
environment map = MapTalk { grid 2 by 2 }

claim better: success(mutual) - success(lone) > 0   with 95 % confidence
`

/** What is known of the environment: the words of this one and not those of MapTalk, which may be put better one day. */
export const environments = [
  {
    name: "MapTalk",
    doc: "Two walk.",
    metrics: [
      { name: "success", doc: "Whether they arrived.", unit: "fraction", better: "higher", kind: "episode" },
      { name: "steps", doc: "How long it took.", unit: "steps", better: "lower", kind: "episode" }
    ],
    oracles: [{ name: "planner", doc: "Knows the way." }]
  }
] as const

export const walk: RunFiles = {
  name: "walk-0123456789ab",
  pipeline: "walk",
  source,
  statements: {
    "environment map": "MapTalk",
    "environment map, grid": "2 by 2",
    "budget drift": "kl(ai.policy || ai.prior) <= 0.5 nats by dual(0.05, start 0)",
    "objective mutual": "ppo(ai) within drift",
    "objective lone": "ppo(ai) within drift freezing human"
  },
  stages: [
    ...(["mutual", "lone"] as const).flatMap((objective) =>
      [1, 2].map((seed) => ({
        label: `train/${objective}/seed-${seed}`,
        stage: "train",
        objective,
        seed,
        files: {
          "curve.csv":
            objective === "mutual"
              ? curve(seed === 1 ? ["", "0.5", "0.5", "1"] : ["0", "0.5", "1", "0.5"], [0.1, 0.2, 0.4, 0.5])
              : curve(["0", "0", "0.5", "0.25"], [0, 0.1, 0.2, 0.25])
        }
      }))
    ),
    ...[1, 2].map((seed) => ({
      label: `test/mutual/seed-${seed}`,
      stage: "test",
      objective: "mutual",
      seed,
      files: {
        "measures.json": JSON.stringify({ measures: [] }),
        "replay.json": JSON.stringify(replay),
        "protocol.json": JSON.stringify(protocol)
      }
    }))
  ],
  measures: {
    pipeline: "walk",
    measures: [
      measured({ metric: "success", by: "mutual" }, interval(0.9, 0.8, 1, 2), [0.8, 1]),
      measured({ metric: "steps", by: "mutual" }, interval(3.5, 3, 4, 2), [3, 4]),
      measured({ metric: "success", by: "mutual", choose: "sampled" }, interval(0.75, 0.7, 0.8, 2), [0.7, 0.8]),
      measured({ metric: "success", by: "lone" }, interval(0.4, 0.3, 0.5, 2), [0.3, 0.5]),
      measured({ metric: "steps", by: "lone" }, interval(20, 18, 22, 2), [18, 22]),
      measured({ metric: "success", by: "planner", oracle: true }, interval(1, 1, 1, 2), [1, 1])
    ]
  },
  claims: {
    claims: [
      {
        claim: "better",
        verdict: "holds",
        margin: interval(0.5, 0.5, 0.5, 2),
        evidence: [
          { seed: 1, left: 0.8, right: 0.3 },
          { seed: 2, left: 1, right: 0.5 }
        ],
        p: 0.0004,
        pHolm: 0.012,
        improvement: 1,
        effect: null
      }
    ]
  }
}
