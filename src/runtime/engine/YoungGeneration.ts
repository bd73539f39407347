/** The part of the heap that new objects are made in. */
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

let small = false

/**
 * Makes the young generation of this thread's heap one MiB large and keeps it so, once.
 *
 * Each run of a graph gives its results in new buffers, which lie outside of the heap and are freed when their owners are collected.
 * While Node starts the young generation grows to 16 MiB and more; buffers then wait long to be freed, the memory of each is new to the
 * processor's cache, and collections of the whole heap are what frees them. It shrinks only in the most thorough of collections, which
 * takes some 50 ms: worth it for who runs thousands of graphs.
 */
export const shrink = (): void => {
  if (small) return
  small = true
  setFlagsFromString("--semi-space-growth-factor=1")
  setFlagsFromString("--expose-gc")
  const collect: unknown = runInNewContext("gc")
  if (typeof collect === "function") collect({ type: "major", execution: "sync", flavor: "last-resort" })
}
