/**
 * TensorBoard event files: `Event` messages of scalars in TFRecord frames.
 *
 * A frame is the length (uint64, little-endian), its masked CRC-32C, the bytes, their masked CRC-32C. Message fields:
 * tensorflow/core/util/event.proto and tensorflow/core/framework/summary.proto.
 */
import * as Protobuf from "../engine/onnx/Protobuf.ts"

/** A number at a step; tags with a slash are grouped by what stands before it. */
export interface Scalar {
  readonly tag: string
  readonly step: number
  readonly value: number
}

/** The remainders of each byte by Castagnoli's polynomial, bits reversed. */
const remainders = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  return crc
})

/** CRC-32C (Castagnoli, RFC 3720 section 12.1) as an unsigned number. */
export const crc32c = (bytes: Uint8Array): number => {
  let crc = 0xffffffff
  for (const byte of bytes) crc = (crc >>> 8) ^ (remainders[(crc ^ byte) & 0xff] ?? 0)
  return (crc ^ 0xffffffff) >>> 0
}

/** A CRC as TFRecord stores it: turned right by 15 bits, plus a constant, so that the CRC of data with CRCs in it stays good. */
export const masked = (crc: number): number => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0

const frame = (message: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(message.length + 16)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, BigInt(message.length), true)
  view.setUint32(8, masked(crc32c(bytes.subarray(0, 8))), true)
  bytes.set(message, 12)
  view.setUint32(12 + message.length, masked(crc32c(message)), true)
  return bytes
}

/**
 * The bytes of an event file. Scalars of one step stand in one event, in the order in which they are given. An event's time is its step in seconds:
 * equal scalars give equal bytes, whenever they are written.
 */
export const encode = (scalars: ReadonlyArray<Scalar>): Uint8Array => {
  const steps = new Map<number, Array<Scalar>>()
  for (const scalar of scalars) {
    const known = steps.get(scalar.step)
    if (known === undefined) steps.set(scalar.step, [scalar])
    else known.push(scalar)
  }
  // Event: wall_time = 1, step = 2, file_version = 3, summary = 5. Summary: value = 1. Value: tag = 1, simple_value = 2.
  const messages = [Protobuf.make().double(1, 0).string(3, "brain.Event:2").finish()]
  for (const [step, values] of [...steps].sort(([a], [b]) => a - b)) {
    const summary = Protobuf.make()
    for (const { tag, value } of values) summary.message(1, Protobuf.make().string(1, tag).float(2, value))
    messages.push(Protobuf.make().double(1, step).int(2, step).message(5, summary).finish())
  }
  const frames = messages.map(frame)
  const bytes = new Uint8Array(frames.reduce((length, each) => length + each.length, 0))
  let at = 0
  for (const each of frames) {
    bytes.set(each, at)
    at += each.length
  }
  return bytes
}
