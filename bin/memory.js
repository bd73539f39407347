/**
 * Keeps the part of the heap that new objects are made in at its first size, one MiB, for the process and the threads that it starts.
 * Each run of a graph hands over its results in new buffers outside of the heap. While that part may grow to 16 MiB, they wait there
 * for collections that are rare and walk the whole heap; where it is small they are freed, and their memory used again, while the
 * processor still has it in its cache. It must be said before much is loaded: what has grown does not shrink.
 */
import { setFlagsFromString } from "node:v8"

setFlagsFromString("--semi-space-growth-factor=1")
