/** What may happen to a run from outside, really done to `bica run`: each has its message and its exit code, and nothing good is lost. */
import { spawn, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Workplace } from "./Workplace.ts"
import { command, fixture, lastLine, makeWorkplace } from "./Workplace.ts"

/** One training of twelve updates with a checkpoint after every second, a test of it, and two oracle policies. */
const text = fixture("tiny.bica")
  .replace("repeat 4 times", "repeat 12 times")
  .replace("seeds 1, 2", "seeds 1")
  .replace(/\nclaim .*/, "")

let place: Workplace
let expected = ""
beforeAll(() => {
  place = makeWorkplace()
  place.write("small.bica", text)
  const calm = place.started("run", "small.bica", "--runs", "calm")
  expect([calm.code, calm.err]).toEqual([0, ""])
  expected = totalOf(lastLine(calm.out))
}, 600_000)
afterAll(() => place.remove())

const at = (...parts: ReadonlyArray<string>) => Path.join(place.folder, ...parts)

const totalOf = (run: string): string => {
  const { code, err, out } = place.started("digest", run)
  expect([code, err]).toEqual([0, ""])
  return lastLine(out)
}

interface Event {
  readonly _tag: string
  readonly label?: string
  readonly update?: number
  readonly from?: number
  readonly text?: string
}

/** Runs a command and calls `hear` with each event of it. */
const driven = (
  words: ReadonlyArray<string>,
  hear: (event: Event, child: ReturnType<typeof spawn>) => void = () => undefined
) =>
  new Promise<{ readonly code: number | null; readonly err: string; readonly events: ReadonlyArray<Event> }>(
    (resolve) => {
      const child = spawn(process.execPath, [command, ...words, "--json"], {
        cwd: place.folder,
        env: place.environment,
        stdio: ["ignore", "pipe", "pipe"]
      })
      const events: Array<Event> = []
      let err = ""
      let rest = ""
      child.stderr.on("data", (data) => (err += String(data)))
      child.stdout.on("data", (data) => {
        const lines = (rest + String(data)).split("\n")
        rest = lines.pop() ?? ""
        for (const line of lines) {
          if (!line.startsWith("{")) continue
          const event: Event = JSON.parse(line)
          events.push(event)
          hear(event, child)
        }
      })
      child.on("close", (code) => resolve({ code, err, events }))
    }
  )

const runIn = (runs: string): string => Path.join(runs, Fs.readdirSync(at(runs))[0] ?? "")

const stage = "stages/train/bica/seed-1"

const checkpointsOf = (run: string): ReadonlyArray<number> =>
  Fs.readdirSync(at(run, stage, "checkpoints"))
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b)

/** A run that was killed after its ninth update, and the two updates of which it has checkpoints: the newest may not have reached the disk. */
const broken = async (runs: string): Promise<readonly [run: string, before: number, newest: number]> => {
  await driven(["run", "small.bica", "--runs", runs], (event, child) => {
    if (event._tag === "Update" && event.update === 9) child.kill("SIGKILL")
  })
  const run = runIn(runs)
  const [before = 0, newest = 0] = checkpointsOf(run).slice(-2)
  expect([
    [4, 6],
    [6, 8]
  ]).toContainEqual([before, newest])
  return [run, before, newest]
}

const notes = (events: ReadonlyArray<Event>): string =>
  events.flatMap(({ _tag, text }) => (_tag === "Note" ? [text ?? ""] : [])).join("\n")

const from = (events: ReadonlyArray<Event>): number | undefined =>
  events.find(({ _tag }) => _tag === "StageStarted")?.from

describe.each(["SIGINT", "SIGTERM"] as const)("%s", (signal) => {
  it("keeps what was trained, says how to go on, and is exit code 130", { timeout: 900_000 }, async () => {
    let asked = 0
    const { code, err, events } = await driven(["run", "small.bica", "--runs", signal], (event, child) => {
      if (event._tag !== "Update" || event.update !== 5) return
      asked = event.update
      child.kill(signal)
    })
    const run = runIn(signal)
    expect([code, err]).toEqual([130, `stopped; \`bica resume ${run}\` goes on\n`])
    expect(asked).toBe(5)
    // the update that ran is ended, and no other is begun
    const last = events.findLast(({ _tag }) => _tag === "Update")?.update ?? 0
    expect(last).toBeLessThanOrEqual(7)
    expect(checkpointsOf(run).at(-1)).toBe(last)
    const again = await driven(["resume", run])
    expect([again.code, from(again.events)]).toEqual([0, last])
    expect(totalOf(run)).toBe(expected)
  })
})

// ---- disks --------------------------------------------------------------------------------------------------------

/** Runs a shell script in mounts of its own; what it mounts is gone when it ends. */
const inOwnMounts = (script: string, ...words: ReadonlyArray<string>) => {
  const own = process.getuid?.() === 0 ? ["-m"] : ["-r", "-m"]
  const ended = spawnSync("unshare", [...own, "sh", "-c", script, "sh", ...words], {
    cwd: place?.folder ?? "/",
    env: place?.environment ?? process.env,
    encoding: "utf8"
  })
  return { code: ended.status, out: ended.stdout, err: ended.stderr }
}

const mounts = process.platform === "linux" && inOwnMounts("mount -t tmpfs -o size=64k tmpfs /tmp").code === 0
const whyNot = mounts ? "" : " (skipped: this machine lets nobody mount a file system)"

const bica = `"${process.execPath}" "${command}"`

describe(`a disk${whyNot}`, { timeout: 900_000 }, () => {
  it.skipIf(!mounts)("that is full stops the run; with space again it goes on and ends as if nothing had been", () => {
    Fs.mkdirSync(at("full"))
    const script = `
      mount -t tmpfs -o size=400k tmpfs full
      ${bica} run small.bica --runs full >/dev/null 2>full.err
      echo "code $?"
      find full -name '.tmp-*'
      mount -o remount,size=20m full
      ${bica} resume full/* >/dev/null || exit 1
      ${bica} digest full/* | tail -n 1`
    const { err, out } = inOwnMounts(script)
    expect(err).toBe("")
    expect(out).toBe(`code 3\n${expected}\n`)
    expect(place.read("full.err")).toMatch(
      /: the disk is full\nFree some space and resume the run: what was written before is intact\.\n$/
    )
  })

  it.skipIf(!mounts)("that is read-only is named, for a new run and for one that is to go on", async () => {
    const [run, , newest] = await broken("before")
    Fs.mkdirSync(at("readonly"))
    const script = `
      mount --bind before readonly && mount -o remount,ro,bind readonly
      ${bica} run small.bica --runs readonly/new; echo "code $?"
      ${bica} resume readonly/*; echo "code $?"`
    const { err, out } = inOwnMounts(script)
    expect(out).toBe("code 3\ncode 3\n")
    const lines = err.trimEnd().split("\n")
    expect(lines.filter((line) => line.endsWith(": the file system is read-only"))).toHaveLength(2)
    expect(lines.filter((line) => line === "Choose a folder for the runs on a disk that can be written.")).toHaveLength(
      2
    )
    // what is there stayed as it was
    const again = await driven(["resume", run])
    expect([again.code, from(again.events)]).toEqual([0, newest])
    expect(totalOf(run)).toBe(expected)
  })

  it.skipIf(!mounts)("that is full or read-only is named by whatever else writes, and what was there stays", () => {
    Fs.mkdirSync(at("other"))
    const run = runIn("calm")
    const lock = "calm.lock"
    expect(place.started("lock", run, "--lock", lock).code).toBe(0)
    const script = `
      say() { echo "$*"; ${bica} "$@" 2>&1; echo "code $?"; }
      mount -t tmpfs -o size=64k tmpfs other
      cp small.bica calm.lock other
      dd if=/dev/zero of=other/fill bs=1k 2>/dev/null
      say report "$1" --out other/report
      say export "$1" --to other/export
      say lock "$1" --lock other/calm.lock
      rm -r other/fill other/report
      mount -o remount,ro other
      say report "$1" --out other/report
      say export "$1" --to other/export
      say lock "$1" --lock other/calm.lock
      TMPDIR="$PWD/other" say verify small.bica --lock calm.lock
      XDG_CACHE_HOME="$PWD/other" say run small.bica --runs calm
      cmp calm.lock other/calm.lock && ls other`
    const { err, out } = inOwnMounts(script, run)
    expect(err).toBe("")
    expect(
      out
        .replace(/[0-9a-f]{64}/, "KEY")
        .replaceAll(at(), "HERE")
        .trimEnd()
        .split("\n")
    ).toEqual([
      `report ${run} --out other/report`,
      "other/report: the report could not be written: the disk is full",
      "Nothing there was changed.",
      "code 3",
      `export ${run} --to other/export`,
      "other/export: could not be written: the disk is full",
      "code 3",
      `lock ${run} --lock other/calm.lock`,
      "other/calm.lock: could not be written: the disk is full",
      "code 3",
      `report ${run} --out other/report`,
      "other/report: the report could not be written: the disk is read-only",
      "Nothing there was changed.",
      "code 3",
      `export ${run} --to other/export`,
      "other/export: could not be written: the disk is read-only",
      "code 3",
      `lock ${run} --lock other/calm.lock`,
      "other/calm.lock: could not be written: the disk is read-only",
      "code 3",
      "verify small.bica --lock calm.lock",
      "HERE/other: no temporary folder could be made there: the disk is read-only",
      "Free some space, or name another folder with TMPDIR.",
      "code 3",
      "run small.bica --runs calm",
      "HERE/other/bica/KEY.mjs: could not be written: the disk is read-only",
      "Compiled files are kept there; name another folder with XDG_CACHE_HOME.",
      "code 3",
      "calm.lock",
      "small.bica"
    ])
  })

  const limits = spawnSync("sh", ["-c", "ulimit -f 8"]).status === 0
  it.skipIf(!limits)("that takes no file of this size is named", () => {
    const script = `trap '' XFSZ; ulimit -f 16; ${bica} run small.bica --runs limited`
    const { status, stderr } = spawnSync("sh", ["-c", script], {
      cwd: place.folder,
      env: place.environment,
      encoding: "utf8"
    })
    expect(status).toBe(3)
    expect(stderr).toContain(
      "the file would be larger than the system permits\nRaise the limit on file sizes (ulimit -f)"
    )
  })
})

describe("a run's folder", { timeout: 900_000 }, () => {
  it("that is removed under the run is named, and the run can be made anew", async () => {
    const { code, err } = await driven(["run", "small.bica", "--runs", "removed"], (event) => {
      if (event._tag === "Update" && event.update === 3) Fs.rmSync(at("removed"), { recursive: true, force: true })
    })
    expect(code).toBe(3)
    expect(err).toMatch(/removed\/.*: .*\n.+\n$/)
    expect(err).not.toMatch(/ {4}at /)
    const again = await driven(["run", "small.bica", "--runs", "removed"])
    expect(again.code).toBe(0)
    expect(totalOf(runIn("removed"))).toBe(expected)
  })

  it("is held by one process: a second one is told which, and the first is not disturbed", async () => {
    let second: ReturnType<typeof place.started> | undefined
    let pid = 0
    const { code, err } = await driven(["run", "small.bica", "--runs", "held"], (event, child) => {
      if (event._tag !== "Update" || event.update !== 2) return
      child.kill("SIGSTOP")
      pid = child.pid ?? 0
      second = place.started("run", "small.bica", "--runs", "held")
      child.kill("SIGCONT")
    })
    expect(second?.code).toBe(3)
    expect(second?.err).toMatch(
      new RegExp(
        `: process ${pid} holds the run since .*\\nWait for it to end, stop it \\(kill ${pid}\\), or give this run another name\\.\\n$`
      )
    )
    expect([code, err]).toEqual([0, ""])
    expect(totalOf(runIn("held"))).toBe(expected)
  })

  it("that a killed process held is taken over", async () => {
    const [run, , newest] = await broken("stale")
    expect(Fs.existsSync(at(run, "lock"))).toBe(true)
    const again = await driven(["resume", run])
    expect([again.code, from(again.events)]).toEqual([0, newest])
    expect(totalOf(run)).toBe(expected)
    expect(Fs.existsSync(at(run, "lock"))).toBe(false)
  })
})

describe("the newest checkpoint", { timeout: 900_000 }, () => {
  const nameOf = (update: number) => String(update).padStart(8, "0")

  it.each([
    [
      "with a flipped bit",
      "its sha256 is not the one recorded",
      (folder: string) => {
        const bytes = Fs.readFileSync(Path.join(folder, "tensors.safetensors"))
        const middle = Math.floor(bytes.length / 2)
        bytes[middle] = (bytes[middle] ?? 0) ^ 4
        Fs.writeFileSync(Path.join(folder, "tensors.safetensors"), bytes)
      }
    ],
    [
      "that was cut short",
      "it has 1000 bytes instead of ",
      (folder: string) => Fs.truncateSync(Path.join(folder, "tensors.safetensors"), 1000)
    ],
    [
      "of another pipeline",
      "it belongs to the key 0000",
      (folder: string) => {
        const manifest = JSON.parse(Fs.readFileSync(Path.join(folder, "manifest.json"), "utf8"))
        Fs.writeFileSync(Path.join(folder, "manifest.json"), JSON.stringify({ ...manifest, key: "0".repeat(64) }))
      }
    ]
  ])("%s is passed over for the one before, and the run says so", async (what, reason, spoil) => {
    const [run, before, newest] = await broken(what.replaceAll(" ", "-"))
    spoil(at(run, stage, "checkpoints", nameOf(newest)))
    const again = await driven(["resume", run])
    expect([again.code, from(again.events)]).toEqual([0, before])
    expect(notes(again.events)).toContain(reason)
    expect(notes(again.events)).toContain(`the checkpoint of update ${newest} is skipped`)
    expect(totalOf(run)).toBe(expected)
  })

  it("of another version of bica is named and left alone", async () => {
    const [run, older, newest] = await broken("version")
    for (const update of [older, newest]) {
      const folder = at(run, stage, "checkpoints", nameOf(update))
      const state = Buffer.from('{"weights":"as they were kept then"}')
      Fs.writeFileSync(Path.join(folder, "state.json"), state)
      const manifest = JSON.parse(Fs.readFileSync(Path.join(folder, "manifest.json"), "utf8"))
      manifest.files["state.json"] = { sha256: createHash("sha256").update(state).digest("hex"), bytes: state.length }
      Fs.writeFileSync(Path.join(folder, "manifest.json"), JSON.stringify(manifest))
    }
    const before = Fs.readdirSync(at(run, stage), { recursive: true })
    const { code, err } = await driven(["resume", run])
    expect([code, err]).toEqual([
      2,
      "train/bica/seed-1: the checkpoint was written by another version of bica: resume the run with that one, or begin it anew in another folder (--runs)\n"
    ])
    expect(Fs.readdirSync(at(run, stage), { recursive: true })).toEqual(before)
  })
})

describe("a run of another pipeline or version", () => {
  it("is not gone on with", { timeout: 900_000 }, async () => {
    const [run, older, newest] = await broken("foreign")
    const source = at(run, "source.bica")
    Fs.writeFileSync(source, Fs.readFileSync(source, "utf8").replace("gru(8)", "gru(9)"))
    const { code, err } = place.started("resume", run)
    expect([code, err.split("\n")[0]]).toEqual([
      3,
      expect.stringContaining(`${run}: was made by another version of bica or on another engine class than `)
    ])
    expect(checkpointsOf(run).slice(-2)).toEqual([older, newest])
  })
})
