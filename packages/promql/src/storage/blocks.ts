/** A block's bytes: a head, then values' codes upwards and times' codes downwards from its end, until they meet. */
const blockSize = 128
/** Blocks in a slab, as a power of two. */
const slabBits = 11

/** What a block's head holds, and where. */
const head = { firstTime: 0, next: 8, count: 12, valueBytes: 14, timeBytes: 15, size: 16 } as const

/** Bytes for codes in a block. */
export const room = blockSize - head.size

/** No block. */
export const none = 0xffffffff

interface Slab {
  readonly bytes: Uint8Array
  readonly view: DataView
}

/**
 * Memory for samples: equal blocks out of large slabs, so that a series costs no objects, an open one wastes little, and what
 * is forgotten serves others. A block can be read without any other.
 */
export class Blocks {
  readonly #slabs: Slab[] = []
  #made = 0
  /** Forgotten blocks, chained by their `next`. */
  #free = none

  /** A new block, empty, that begins at this time. */
  open(firstTime: number): number {
    let block = this.#free
    if (block === none) {
      if (this.#made === this.#slabs.length << slabBits) this.#grow()
      block = this.#made
      this.#made += 1
    } else this.#free = this.next(block)
    const { bytes, view } = this.#slab(block)
    const at = offset(block)
    bytes.fill(0, at, at + head.size)
    view.setFloat64(at + head.firstTime, firstTime, true)
    view.setUint32(at + head.next, none, true)
    return block
  }

  /** Gives a block back; answers the one behind it. */
  close(block: number): number {
    const next = this.next(block)
    this.link(block, this.#free)
    this.#free = block
    return next
  }

  next(block: number): number {
    return this.#slab(block).view.getUint32(offset(block) + head.next, true)
  }

  link(block: number, next: number): void {
    this.#slab(block).view.setUint32(offset(block) + head.next, next, true)
  }

  firstTime(block: number): number {
    return this.#slab(block).view.getFloat64(offset(block) + head.firstTime, true)
  }

  /** Samples in it. */
  count(block: number): number {
    return this.#slab(block).view.getUint16(offset(block) + head.count, true)
  }

  setCount(block: number, count: number): void {
    this.#slab(block).view.setUint16(offset(block) + head.count, count, true)
  }

  /** The slab's bytes in which it lies. */
  bytes(block: number): Uint8Array {
    return this.#slab(block).bytes
  }

  /** Where in them its values' codes begin. */
  valuesAt(block: number): number {
    return offset(block) + head.size
  }

  /** Where its times' codes end: they are read downwards from here. */
  timesAt(block: number): number {
    return offset(block) + blockSize
  }

  valueBytes(block: number): number {
    return this.bytes(block)[offset(block) + head.valueBytes] ?? 0
  }

  timeBytes(block: number): number {
    return this.bytes(block)[offset(block) + head.timeBytes] ?? 0
  }

  setValueBytes(block: number, count: number): void {
    this.bytes(block)[offset(block) + head.valueBytes] = count
  }

  setTimeBytes(block: number, count: number): void {
    this.bytes(block)[offset(block) + head.timeBytes] = count
  }

  #grow(): void {
    const bytes = new Uint8Array(blockSize << slabBits)
    this.#slabs.push({ bytes, view: new DataView(bytes.buffer) })
  }

  #slab(block: number): Slab {
    const slab = this.#slabs[block >>> slabBits]
    if (slab === undefined) throw new RangeError(`no block ${String(block)}`)
    return slab
  }
}

const offset = (block: number): number => (block & ((1 << slabBits) - 1)) * blockSize
