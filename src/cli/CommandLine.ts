/**
 * The command line: names, flags and help of every command. The only file that knows `effect/cli`, which is unstable and
 * may change in a minor version. A command's work is loaded when it is called, so that `bica check` loads no engine.
 *
 * Wrong usage is one line and a hint on standard error, and exit code 2; the whole help is for those who ask for it.
 */
import { Console, Effect, Layer, Option } from "effect"
import { Argument, CliConfig, CliError, CliOutput, Command, Flag, GlobalFlag } from "effect/cli"
import { isColoured } from "./Screen.ts"
import { AllowCode } from "./Code.ts"
import type { Stop } from "./Stop.ts"

const optional = <A>(flag: Flag.Flag<A>): Flag.Flag<A | undefined> =>
  flag.pipe(Flag.optional, Flag.map(Option.getOrUndefined))

const toggle = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withoutNegation, Flag.withDescription(description), Flag.withDefault(false))

const text = (name: string, metavariable: string, description: string) =>
  optional(Flag.String(name).pipe(Flag.withMetavar(metavariable), Flag.withDescription(description)))

const file = Argument.String("FILE").pipe(Argument.withDescription("A .bica file"))

const files = Argument.String("FILE").pipe(
  Argument.withDescription("One or more .bica files"),
  Argument.variadic({ min: 1 })
)

const run = Argument.String("RUN").pipe(Argument.withDescription("The folder of a run, as `bica run` printed it"))

const seed = optional(
  Flag.Int("seed").pipe(
    Flag.withMetavar("N"),
    Flag.withDescription("This seed in place of the study's seeds"),
    Flag.filter(
      (value) => value >= 0 && value <= 0xffff_ffff,
      (value) => `a seed is a whole number from 0 to 4294967295, not ${value}`
    )
  )
)

const study = text("study", "NAME", "The study to run, by its name in the file (all of them)")

const engine = text(
  "engine",
  "NAME",
  "auto, onnx, tfjs, tfjs-node-gpu, tfjs-node or tfjs-cpu (auto: the fastest that works here)"
)

const runs = Flag.String("runs").pipe(
  Flag.withMetavar("DIR"),
  Flag.withDescription("The folder that holds the runs"),
  Flag.withDefault(".bica/runs")
)

const lockfile = text("lock", "PATH", "The lock (bica.lock beside the file)")

const count = (name: string, description: string) =>
  optional(
    Flag.Int(name).pipe(
      Flag.withMetavar("N"),
      Flag.withDescription(description),
      Flag.filter(
        (value) => value > 0,
        (value) => `--${name} is a whole number from 1, not ${value}`
      )
    )
  )

const workers = count("workers", "Run so many independent stages at once, a thread for each (1)")

const json = (what: string) => toggle("json", `Print ${what} as JSON, for scripts`)

const check = Command.make(
  "check",
  {
    files,
    json: json("the diagnostics"),
    sarif: toggle("sarif", "Print the diagnostics as SARIF 2.1.0, for code hosts")
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./command/Check.ts")),
      ({ check }) => check(input)
    )
).pipe(Command.withDescription("Say everything that is wrong with .bica files; nothing is run or written"))

const fmt = Command.make(
  "fmt",
  { files, check: toggle("check", "Write nothing; exit with 1 when a file is not formatted") },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./command/Format.ts")),
      ({ format }) => format(input)
    )
).pipe(Command.withDescription("Lay .bica files out in the one way there is; comments stay"))

const build = Command.make(
  "build",
  {
    files,
    emit: optional(
      Flag.Literals("emit", ["cst", "ast", "program", "ts"]).pipe(
        Flag.withDescription("Print this step of the way from text to TypeScript and write nothing")
      )
    ),
    check: toggle("check", "Write nothing; exit with 1 when the compiled file is missing or stale"),
    out: Flag.String("out").pipe(
      Flag.withAlias("o"),
      Flag.withMetavar("DIR"),
      Flag.withDescription("The folder for the compiled files"),
      Flag.withDefault("generated")
    )
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./command/Build.ts")),
      ({ build }) => build(input)
    )
).pipe(Command.withDescription("Compile .bica files to TypeScript"))

const explain = Command.make(
  "explain",
  {
    subject: Argument.String("FILE|CODE").pipe(Argument.withDescription("A .bica file, or a code such as BICA1203")),
    flow: toggle("flow", "Print what trains what: the parts of each loss against the groups of parameters"),
    json: json("the tables of --flow")
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./command/Explain.ts")),
      ({ explain }) => explain(input)
    )
).pipe(
  Command.withDescription("Print a file with every default filled in and where it comes from, or what a code means")
)

const plan = Command.make("plan", { file, study, seed, runs, engine, json: json("the plan") }, (input) =>
  Effect.flatMap(
    Effect.promise(() => import("./command/Plan.ts")),
    ({ plan }) => plan(input)
  )
).pipe(Command.withDescription("List the stages of a run: which are there already, which would run, and why"))

const runCommand = Command.make(
  "run",
  {
    file,
    study,
    seed,
    runs,
    engine,
    workers,
    report: toggle("report", "Write the report when it has ended, into the folder report of the run"),
    json: json("what happens, an event per line,")
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./command/Run.ts")),
      ({ run }) => run(input)
    )
).pipe(
  Command.withDescription("Train and measure what a file describes; the run's folder is the last line printed"),
  Command.withExamples([{ command: "bica run pipelines/maptalk.bica --seed 13" }])
)

const resume = Command.make(
  "resume",
  { run, engine, workers, json: json("what happens, an event per line,") },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./command/Run.ts")),
      ({ resume }) => resume(input)
    )
).pipe(Command.withDescription("Go on with a run that was stopped, as if it had not been"))

const digest = Command.make("digest", { run }, (input) =>
  Effect.flatMap(
    Effect.promise(() => import("./command/Digest.ts")),
    ({ digest }) => digest(input)
  )
).pipe(Command.withDescription("Print sha256 and name of every artifact of a run, and the total"))

const measure = Command.make("measure", { run, json: json("every measured value") }, (input) =>
  Effect.flatMap(
    Effect.promise(() => import("./command/Measure.ts")),
    ({ measure }) => measure(input)
  )
).pipe(Command.withDescription("Print every measured value of a run with its interval and condition"))

const report = Command.make(
  "report",
  {
    run,
    out: text("out", "DIR", "The folder for the report (the folder report of the run)"),
    formats: Flag.Literals("format", ["html", "md", "json", "csv"]).pipe(
      Flag.withDescription("Write only this form; may be given more than once (all of them)"),
      Flag.atLeast(0)
    )
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./command/Report.ts")),
      ({ report }) => report(input)
    )
).pipe(
  Command.withDescription("Write what a run did and found as one page, with its tables, curves, protocol and episodes")
)

const lock = Command.make("lock", { run, lock: lockfile }, (input) =>
  Effect.flatMap(
    Effect.promise(() => import("./command/Lock.ts")),
    ({ lock }) => lock(input)
  )
).pipe(Command.withDescription("Write what a run gave into the bica.lock beside its file, for others to verify"))

const verify = Command.make(
  "verify",
  {
    file: Argument.optional(
      Argument.String("FILE").pipe(Argument.withDescription("A .bica file; without it every pipeline of ./bica.lock"))
    ).pipe(Argument.map(Option.getOrUndefined)),
    lock: lockfile,
    sample: count("sample", "Run only so many stages, and those that they come after; which ones the file decides"),
    updates: count("updates", "Run only the first so many updates of each training, and nothing else"),
    against: text("against", "RUN", "The run that was locked: its curves name the locked values where the runs part"),
    engine: text("engine", "NAME", "The engine (the one that is in the lock)"),
    json: json("the answer, an object for each file,")
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./command/Verify.ts")),
      ({ verify }) => verify(input)
    )
).pipe(
  Command.withDescription(
    "Run locked pipelines again in a clean folder: identical, equivalent within tolerance, or different"
  )
)

const diff = Command.make(
  "diff",
  {
    first: Argument.String("RUN").pipe(Argument.withDescription("The folder of a run")),
    second: Argument.String("RUN").pipe(Argument.withDescription("The folder of another run")),
    json: json("the differences")
  },
  ({ first, json, second }) =>
    Effect.flatMap(
      Effect.promise(() => import("./command/Diff.ts")),
      ({ diff }) => diff({ runs: [first, second], json })
    )
).pipe(Command.withDescription("Explain two runs by each other: file, machine, where they part first, measured values"))

const atMost = (name: string, otherwise: number, description: string) =>
  Flag.Int(name).pipe(
    Flag.withMetavar("N"),
    Flag.withDescription(description),
    Flag.withDefault(otherwise),
    Flag.filter(
      (value) => value >= 0,
      (value) => `--${name} is a whole number, not ${value}`
    )
  )

const ci = Command.make(
  "ci",
  {
    files: Argument.String("FILE").pipe(
      Argument.withDescription("Locked .bica files; without them every pipeline of the lock"),
      Argument.variadic({ min: 0 })
    ),
    lock: text("lock", "PATH", "The lock (beside the first file; without files ./bica.lock or pipelines/bica.lock)"),
    before: text("before", "LOCK", "The lock as it was: the summary says what has changed since"),
    summary: text("summary", "PATH", "Write what was found to this file, as Markdown"),
    whole: atMost("whole", 500, "Pipelines with up to so many updates in all are run whole (500)"),
    sample: atMost("sample", 1, "Trainings of a longer pipeline that are begun again (1); which ones the file decides"),
    updates: atMost("updates", 2, "Updates of each of them (2)"),
    engine: text("engine", "NAME", "The engine (the one that is in the lock)")
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./command/Ci.ts")),
      ({ ci }) => ci(input)
    )
).pipe(
  Command.withDescription(
    "Check, layout, lock and claims in one: what a continuous integration asks of locked pipelines"
  )
)

const attest = Command.make(
  "attest",
  {
    subject: Argument.String("LOCK|RUN").pipe(
      Argument.withDescription("A bica.lock or the folder of a run; with --check the statement or bundle to check")
    ),
    check: toggle("check", "Check signature, form and files of a statement in place of writing one"),
    key: text(
      "key",
      "PEM",
      "Sign with this private key (ECDSA P-256 or Ed25519); with --check the signer's public key"
    ),
    out: text("out", "FILE", "Where to write (LOCK.intoto.json or RUN/attestation.intoto.json, signed .sigstore.json)"),
    include: Flag.String("include").pipe(
      Flag.withMetavar("FILE"),
      Flag.withDescription("Another file to state the digest of, such as a report; may be given more than once"),
      Flag.atLeast(0)
    )
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./command/Attest.ts")),
      ({ attest }) => attest(input)
    )
).pipe(
  Command.withDescription(
    "State what was run and what came out as in-toto test results, signed with a key; or check that"
  )
)

const exportCommand = Command.make(
  "export",
  {
    run,
    to: Flag.String("to").pipe(
      Flag.withMetavar("DIR"),
      Flag.withDescription("The folder to write; it is new or empty")
    ),
    csv: toggle("csv", "Learning curves, measured values and claims as CSV"),
    json: toggle("json", "Learning curves, measured values and claims as one JSON file"),
    tensorboard: toggle("tensorboard", "Learning curves and measured values as TensorBoard event files"),
    safetensors: toggle("safetensors", "Weights as safetensors"),
    crate: toggle("ro-crate", "RO-Crate metadata over what is exported, with the source and the report"),
    licence: text("license", "URL", "The licence of the run, for the RO-Crate: an address, or a sentence")
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("./command/Export.ts")),
      ({ exportRun }) => exportRun(input)
    )
).pipe(Command.withDescription("Write a run in the formats of other tools; without a choice of formats in all of them"))

const doctor = Command.make("doctor", { json: json("the findings") }, (input) =>
  Effect.flatMap(
    Effect.promise(() => import("./command/Doctor.ts")),
    ({ doctor }) => doctor(input)
  )
).pipe(Command.withDescription("Say what this machine has and which engine would run, and why"))

const lsp = Command.make(
  "lsp",
  { stdio: toggle("stdio", "Speak over standard input and output, which is the only way; editors pass it") },
  () =>
    Effect.flatMap(
      Effect.promise(() => import("./command/Lsp.ts")),
      ({ lsp }) => lsp
    )
).pipe(Command.withDescription("Serve editors: the language server protocol on standard input and output"))

const bica = Command.make("bica").pipe(
  Command.withDescription("A language and runtime for experiments on humans and AI adapting to each other"),
  Command.withSubcommands([
    check,
    fmt,
    build,
    explain,
    plan,
    runCommand,
    resume,
    digest,
    measure,
    report,
    lock,
    verify,
    diff,
    ci,
    attest,
    exportCommand,
    doctor,
    lsp
  ])
)

const presenter: CliOutput.Presenter = {
  present: (event) =>
    event._tag === "InvalidInvocation"
      ? Effect.forEach(
          [
            ...event.errors.map((error) => `bica: ${error.message.replace(/\s*\n\s*/g, " ").trim()}`),
            `Try: ${event.commandPath.join(" ")} --help`
          ],
          (line) => Console.error(line),
          { discard: true }
        )
      : event._tag === "Version"
        ? Console.log(`${event.name} ${event.version}`)
        : CliOutput.defaultPresenter.present(event)
}

/** Help and version for everybody; the wizard and the log level stay out: they would be half of every help text. */
const settings = Layer.mergeAll(
  CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions] }),
  CliOutput.layerPresenter(presenter),
  CliOutput.layer(CliOutput.defaultFormatter({ colors: isColoured(process.stdout, process.env) }))
)

/** Whether a command ended because it was used wrongly (which has been reported by then). */
export const isWrongUsage = (error: unknown): boolean => CliError.isCliError(error)

/** Allows the code that a file names, with any command: taken out of the words here, and declared for the help. */
const allowCode = "--allow-code"
const codeFlag = GlobalFlag.Setting("allow-code")({
  flag: toggle("allow-code", "Let the modules of code be run that a file names: read them first")
})

/**
 * Runs the command that the arguments name.
 */
export const execute = (
  version: string,
  words: ReadonlyArray<string>
): Effect.Effect<void, Stop | CliError.CliError, Command.Environment> =>
  Command.runWith(bica.pipe(Command.withGlobalFlags([codeFlag])), { version })(
    words.filter((word) => word !== allowCode)
  ).pipe(Effect.provideService(AllowCode, words.includes(allowCode)), Effect.provide(settings))
