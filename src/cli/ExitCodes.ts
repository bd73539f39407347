/** How a process ends. */

/**
 * Exit codes. 1: the experiment failed (it diverged, a claim does not hold, a check said no). 2: the file is wrong, or the
 * command was used wrongly. 3: the machine is wrong (Node, engine, disk, a lock held by another process).
 * 70: bica itself is wrong. 130: interrupted.
 */
export const exitCodes = { fine: 0, experiment: 1, file: 2, machine: 3, fault: 70, interrupted: 130 } as const

/** The end of a command. `lines` go to standard error as they are; none when everything has been said already. */
export interface Ended {
  readonly exitCode: 0 | 1 | 2 | 3
  readonly lines: ReadonlyArray<string>
}
