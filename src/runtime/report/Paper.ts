/**
 * Figures that the paper reports, for a reader who wants to see them beside what a run measured. They are context: nothing is
 * computed from them, compared with them by a test or claimed against them.
 *
 * Source: Li & Song 2025 (Agents4Science 2025, submission 220), Tables 2 and 3 (MapTalk, section 4.1).
 */

/** What was reported of a metric, in the unit it was printed in. */
export interface Reported {
  readonly mean: number
  /** What stands behind ±, where the paper gives it. */
  readonly spread?: number
}

/** A row of one of the paper's tables. */
export interface PaperRow {
  /** The paper's name of the metric. */
  readonly title: string
  /** Names that the metric may have in a file. */
  readonly metrics: ReadonlyArray<string>
  /** `percent`: printed as 100 times a fraction. */
  readonly unit: "percent" | "steps"
  /** The mutual condition. */
  readonly mutual: Reported
  /** The one-way condition. */
  readonly oneWay: Reported
}

/** A table of the paper. */
export interface PaperTable {
  readonly number: number
  readonly title: string
  readonly rows: ReadonlyArray<PaperRow>
  /** What the paper's released code produces for these figures, as read and run. */
  readonly note: ReadonlyArray<string>
}

/** The environment as the paper describes it (section 4.1), in the words of a file. */
export const paperSettings: Readonly<Record<string, string>> = {
  grid: "8 by 8",
  obstacles: "0.2 .. 0.3",
  horizon: "80 steps"
}

const released = [
  "The figures of Tables 2 and 3 match draws from normal distributions around means that stand in the released code " +
    "(coalignment_vs_single_directional.py, lines 45 to 83), which it uses when result files are missing.",
  "Run as released for 44 epochs with seed 13, the code reached 9 ± 3 % success on its training maps and 18 ± 4 % in " +
    "distribution; uniformly random actions reach 14 to 16 % there."
]

/** Tables 2 and 3. */
export const paperTables: ReadonlyArray<PaperTable> = [
  {
    number: 2,
    title: "mutual against one-way adaptation",
    rows: [
      {
        title: "success",
        metrics: ["success"],
        unit: "percent",
        mutual: { mean: 85.5, spread: 4.5 },
        oneWay: { mean: 70.3, spread: 5.7 }
      },
      {
        title: "steps",
        metrics: ["steps"],
        unit: "steps",
        mutual: { mean: 53.8, spread: 3.2 },
        oneWay: { mean: 59.7, spread: 1.1 }
      },
      {
        title: "BAS",
        metrics: ["bas"],
        unit: "percent",
        mutual: { mean: 68.9, spread: 3.7 },
        oneWay: { mean: 56.5, spread: 3.1 }
      },
      {
        title: "CCM",
        metrics: ["ccm"],
        unit: "percent",
        mutual: { mean: 82.2, spread: 6 },
        oneWay: { mean: 56.3, spread: 6.3 }
      }
    ],
    note: [
      ...released,
      "The released code computes BAS and CCM from constants and random predictions, and sets both to 0.5 on any error " +
        "(train_maptalk.py, lines 850 and 910 to 932). Its evaluations are of 10 or 32 episodes."
    ]
  },
  {
    number: 3,
    title: "how the two adapt to each other",
    rows: [
      {
        title: "mutual adaptation",
        metrics: ["mutual_adaptation", "adaptation"],
        unit: "percent",
        mutual: { mean: 89.6 },
        oneWay: { mean: 27.2 }
      },
      {
        title: "protocol convergence",
        metrics: ["protocol_convergence", "convergence"],
        unit: "percent",
        mutual: { mean: 84.3 },
        oneWay: { mean: 19.5 }
      },
      {
        title: "representation alignment",
        metrics: ["representation_alignment"],
        unit: "percent",
        mutual: { mean: 76.4 },
        oneWay: { mean: 30.1 }
      },
      {
        title: "teaching effectiveness",
        metrics: ["teaching_effectiveness", "teaching"],
        unit: "percent",
        mutual: { mean: 91.2 },
        oneWay: { mean: 45.3 }
      },
      {
        title: "knowledge transfer",
        metrics: ["knowledge_transfer", "transfer"],
        unit: "percent",
        mutual: { mean: 78.9 },
        oneWay: { mean: 22.1 }
      }
    ],
    note: [
      "The paper gives no definitions of these five; those used here are our own, so only the names are the same. Under them " +
        "mutual adaptation is 0 when either side is frozen.",
      ...released
    ]
  }
]
