/**
 * A `resource.Quantity`: an exact decimal number in thousandths of a millionth, and the notation it prints in. Follows
 * k8s.io/apimachinery's `resource` package: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export interface Quantity {
  /** In units of 10⁻⁹; smaller parts are rounded up (away from zero). */
  readonly nano: bigint
  readonly notation: "decimal" | "binary" | "exponent"
}

/** A number that is not a quantity; the message is the real server's. */
export class QuantityError extends Error {
  override readonly name = "QuantityError"
}

const FORM = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
const SUFFIX = "unable to parse quantity's suffix"

const decimalSuffixes: readonly (readonly [string, number])[] = [
  ["n", -9],
  ["u", -6],
  ["m", -3],
  ["", 0],
  ["k", 3],
  ["M", 6],
  ["G", 9],
  ["T", 12],
  ["P", 15],
  ["E", 18],
]
const binarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]
const ONE = 1_000_000_000n
const LARGEST_BINARY = (1n << 63n) - 1n

/** @throws QuantityError */
export function parseQuantity(text: string): Quantity {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?([eEinumkKMGTP]*)([-+]?\d*)$/.exec(text)
  const [, sign = "", whole = "", fraction = "", letters = "", digits = ""] = match ?? []
  if (match === null || whole + fraction === "") throw new QuantityError(FORM)
  const suffix = letters + digits
  const mantissa = BigInt(whole + fraction)
  const negative = sign === "-"
  const make = (exponent: number, factor: bigint, notation: Quantity["notation"]): Quantity => {
    const scaled = scale(mantissa * factor, exponent - fraction.length + 9)
    const capped = notation === "binary" && scaled > LARGEST_BINARY * ONE ? LARGEST_BINARY * ONE : scaled
    return { nano: negative ? -capped : capped, notation }
  }
  const binary = binarySuffixes.indexOf(suffix)
  if (binary > 0) return make(0, 1n << BigInt(10 * binary), "binary")
  const decimal = decimalSuffixes.find(([name]) => name === suffix)
  if (decimal !== undefined) return make(decimal[1], 1n, "decimal")
  const exponent = /^[eE]([-+]?\d+)$/.exec(suffix)
  if (exponent === null) throw new QuantityError(SUFFIX)
  return make(Number(exponent[1]), 1n, "exponent")
}

/** `value` times ten to the `exponent`, rounded up. */
function scale(value: bigint, exponent: number): bigint {
  if (exponent >= 0) return value * 10n ** BigInt(exponent)
  const divisor = 10n ** BigInt(-exponent)
  return (value + divisor - 1n) / divisor
}

/** The canonical form: the largest suffix that needs no fraction. */
export function printQuantity({ nano, notation }: Quantity): string {
  if (nano === 0n) return "0"
  const size = nano < 0n ? -nano : nano
  if (notation === "binary" && size >= 1024n * ONE && nano % ONE === 0n) return printBinary(nano)
  const prefix = nano < 0n ? "-" : ""
  let mantissa = size
  let exponent = -9
  while (mantissa % 1000n === 0n && exponent < 18) {
    mantissa /= 1000n
    exponent += 3
  }
  if (notation === "exponent") return prefix + mantissa.toString() + (exponent === 0 ? "" : `e${exponent}`)
  const suffix = decimalSuffixes.find(([, power]) => power === exponent)?.[0] ?? ""
  return prefix + mantissa.toString() + suffix
}

function printBinary(nano: bigint): string {
  let mantissa = (nano < 0n ? -nano : nano) / ONE
  let power = 0
  while (mantissa % 1024n === 0n && power < binarySuffixes.length - 1) {
    mantissa /= 1024n
    power += 1
  }
  return `${nano < 0n ? "-" : ""}${mantissa}${binarySuffixes[power]}`
}

/**
 * The text that the real server answers for a quantity. It keeps what it takes to be canonical at first sight, so
 * `1.500` and `+5` stay as they are, though `0.5` becomes `500m`.
 * @throws QuantityError
 */
export function canonicalQuantity(text: string): string {
  const quantity = parseQuantity(text)
  const [, whole = "", fraction = "", suffix = ""] = /^[+-]?0*(\d*)\.?(\d*)(.*)$/.exec(text) ?? []
  const digits = (whole === "" ? "0" : whole) + fraction
  if (quantity.notation === "binary" || digits.length > 18) return printQuantity(quantity)
  const power = decimalSuffixes.find(([name]) => name === suffix)?.[1] ?? Number(suffix.slice(1))
  const scale = power - fraction.length
  const canonical = scale >= -9 && scale % 3 === 0 && !digits.endsWith("000") && !digits.startsWith("0")
  return canonical ? text : printQuantity(quantity)
}
