import { checksum } from "./checksum.ts"

/** What a segment begins with: whose it is, and the version of what follows. */
export const signature = Uint8Array.from([0x50, 0x51, 0x4c, 0x01])

/** Before each record: its length and the checksum of its bytes, 32 bits each, lowest byte first. */
const headSize = 8

/** A record as it stands in a segment. */
export function framed(record: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(headSize + record.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, record.length, true)
  view.setUint32(4, checksum(record), true)
  bytes.set(record, headSize)
  return bytes
}

export interface SegmentContents {
  readonly records: readonly Uint8Array[]
  /** Bytes up to the first that is no whole record; 0 when not even the signature is there. */
  readonly good: number
}

/** The records of a segment, up to the first that is cut off or does not fit its checksum. */
export function readSegment(bytes: Uint8Array): SegmentContents {
  if (bytes.length < signature.length || signature.some((byte, index) => byte !== bytes[index]))
    return { records: [], good: 0 }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const records: Uint8Array[] = []
  let good = signature.length
  while (good + headSize <= bytes.length) {
    const length = view.getUint32(good, true)
    const end = good + headSize + length
    // No record is empty: zeros are what a file system leaves that was interrupted.
    if (length === 0 || end > bytes.length) break
    const record = bytes.subarray(good + headSize, end)
    if (checksum(record) !== view.getUint32(good + 4, true)) break
    records.push(record)
    good = end
  }
  return { records, good }
}

/** Names sort as their numbers do. */
export const segmentName = (number: number): string => `${String(number).padStart(8, "0")}.log`

/** Undefined for a file that is none of the log's. */
export const segmentNumber = (name: string): number | undefined =>
  /^\d{8}\.log$/.test(name) ? Number(name.slice(0, 8)) : undefined
