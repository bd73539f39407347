/** The command line of the bench. */
import { Effect } from "effect"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { parseArgs } from "node:util"
import { BenchError } from "./Child.ts"

export interface Options {
  readonly help: boolean
  /** Few and short measurements: shows that everything works, and nothing else. */
  readonly quick: boolean
  /** The folder of the JAX peer. */
  readonly peer: string | undefined
  /** Where the result is written as JSON. */
  readonly json: string | undefined
  readonly rounds: number
  /** A result that was kept: ratios that have become worse since end the bench with an error. */
  readonly against: string | undefined
}

export const usage = `npm run bench -- [--quick] [--rounds N] [--peer DIR] [--json FILE] [--against FILE]

  --quick      few and short measurements, to see that the bench works; the figures mean nothing
  --rounds N   how often everything is measured in turn (7; with --quick 1)
  --peer DIR   measure the JAX implementation in DIR in turn with ours
  --json FILE  write the result there as well
  --against FILE
               compare the ratios with those of a result that was kept; exit with 1 when one is worse by more than a quarter
`

/** Reads the words of the command line; fails with what is wrong with them. */
export const options = (words: ReadonlyArray<string>): Effect.Effect<Options, BenchError> =>
  Effect.gen(function* () {
    const fail = (reason: string) => new BenchError({ what: "bench", reason })
    const { values } = yield* Effect.try({
      try: () =>
        parseArgs({
          args: [...words],
          options: {
            help: { type: "boolean", default: false },
            quick: { type: "boolean", default: false },
            peer: { type: "string" },
            json: { type: "string" },
            rounds: { type: "string" },
            against: { type: "string" }
          }
        }),
      catch: (cause) => fail(cause instanceof Error ? cause.message : String(cause))
    })
    const rounds = values.rounds === undefined ? (values.quick ? 1 : 7) : Number(values.rounds)
    if (!Number.isInteger(rounds) || rounds < 1 || rounds > 1000) {
      return yield* fail(`--rounds is a whole number from 1 to 1000, not ${values.rounds}`)
    }
    const peer = values.peer === undefined ? undefined : Path.resolve(values.peer)
    if (peer !== undefined && !Fs.existsSync(Path.join(peer, "bica.py"))) {
      return yield* fail(`${peer} holds no bica.py, so the peer is not there`)
    }
    return { help: values.help, quick: values.quick, peer, json: values.json, rounds, against: values.against }
  })
