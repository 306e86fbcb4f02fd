import { formatValue } from "@serin/promql"
import {
  Fields,
  TemplateDuration,
  TemplateHistogram,
  TemplateSample,
  TemplateTime,
  typeName,
  type Value,
} from "./value.ts"

/** As Go's fmt prints a value by itself (`%v`). */
export function shown(value: Value): string {
  if (value === undefined) return "<no value>"
  if (typeof value === "number") return shortest(value)
  if (value instanceof TemplateSample) return `{${shown(value.Labels)} ${shown(value.Value)}}`
  if (value instanceof Fields) return `{${Object.values(value.fields).map(shown).join(" ")}}`
  if (value instanceof Map) {
    const pairs = [...(value as ReadonlyMap<string, Value>)].sort(([a], [b]) => (a < b ? -1 : 1))
    return `map[${pairs.map(([name, item]) => `${name}:${shown(item)}`).join(" ")}]`
  }
  if (Array.isArray(value)) return `[${(value as readonly Value[]).map(shown).join(" ")}]`
  if (typeof value === "object") return isPrinted(value) ? value.toString() : typeName(value)
  return String(value)
}

/** Values that say themselves how they are printed. */
const isPrinted = (value: Value): value is TemplateTime | TemplateDuration | TemplateHistogram =>
  value instanceof TemplateTime || value instanceof TemplateDuration || value instanceof TemplateHistogram

/** The shortest digits that read back the same; with an exponent from a million on and below 1e-4 (`%v` of a float64). */
function shortest(value: number): string {
  return special(value) ?? general(value.toExponential(), 6)
}

function special(value: number): string | undefined {
  return Number.isFinite(value) && value !== 0 ? undefined : formatValue(value)
}

/** `1.5e+3`, written plainly unless its exponent is below −4 or at least `most`. */
function general(exponential: string, most: number): string {
  const [digits = "", exponent = "0"] = exponential.split("e")
  const power = Number(exponent)
  if (power < -4 || power >= most) return `${digits}e${twoDigits(power)}`
  const sign = digits.startsWith("-") ? "-" : ""
  const plain = digits.replace(/[-.]/g, "")
  if (power < 0) return `${sign}0.${"0".repeat(-power - 1)}${plain}`
  if (plain.length <= power + 1) return sign + plain.padEnd(power + 1, "0")
  return `${sign}${plain.slice(0, power + 1)}.${plain.slice(power + 1)}`
}

const twoDigits = (power: number): string => `${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`

/** `%.4g`: that many digits that count, without zeros behind them. */
export function significant(value: number, digits: number): string {
  const plain = special(value)
  if (plain !== undefined) return plain
  const [mantissa = "", exponent = "0"] = halfEven(value, Math.max(1, digits)).split("e")
  const trimmed = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa
  return general(`${trimmed}e${exponent}`, Math.max(1, digits))
}

/** With so many digits that count. A number halfway goes to the even one, as in Go; JavaScript takes the larger one. */
function halfEven(value: number, digits: number): string {
  const given = Math.abs(value).toExponential(100)
  const [mantissa = "", exponent = "0"] = given.split("e")
  const all = mantissa.replace(".", "")
  const isEven = Number(all.charAt(digits - 1)) % 2 === 0
  if (!isEven || !/^50*$/.test(all.slice(digits))) return value.toExponential(digits - 1)
  const kept = all.slice(0, digits)
  return `${value < 0 ? "-" : ""}${kept.charAt(0)}${digits > 1 ? `.${kept.slice(1)}` : ""}e${exponent}`
}

interface Verb {
  readonly flags: string
  readonly width: number | undefined
  readonly precision: number | undefined
  readonly letter: string
}

/** Go's `fmt.Sprintf`, for the values that templates have. */
export function sprintf(format: string, values: readonly Value[]): string {
  let next = 0
  const text = format.replace(
    /%([-+# 0]*)(\d+)?(?:\.(\d*))?(.|$)/gsu,
    (_, flags: string, width: string | undefined, precision: string | undefined, letter: string) => {
      if (letter === "") return "%!(NOVERB)"
      if (letter === "%") return "%"
      if (next >= values.length) return `%!${letter}(MISSING)`
      const value = values[next]
      next += 1
      return padded(
        {
          flags,
          width: width === undefined ? undefined : Number(width),
          precision: precision === undefined ? undefined : Number(precision),
          letter,
        },
        value,
      )
    },
  )
  if (next >= values.length) return text
  const extra = values
    .slice(next)
    .map((value) => (value === undefined ? "<nil>" : `${typeName(value)}=${shown(value)}`))
  return `${text}%!(EXTRA ${extra.join(", ")})`
}

function padded(verb: Verb, value: Value): string {
  const { flags, width = 0 } = verb
  const plain = converted(verb, value)
  if (plain === undefined) {
    const what = value === undefined ? "<nil>" : `${typeName(value)}=${shown(value)}`
    return `%!${verb.letter}(${what})`
  }
  const isNumber = typeof value === "number" || typeof value === "bigint"
  const sign = flags.includes("+") ? "+" : flags.includes(" ") ? " " : ""
  const signed = isNumber && !/^[-+]/.test(plain) ? sign + plain : plain
  if (flags.includes("-")) return signed.padEnd(width)
  if (!flags.includes("0") || !isNumber || !/\d/.test(signed)) return signed.padStart(width)
  const before = /^[-+ ]/.exec(signed)?.[0] ?? ""
  return before + signed.slice(before.length).padStart(width - before.length, "0")
}

/** Undefined when the verb is none of the value's type. */
function converted({ letter, precision }: Verb, value: Value): string | undefined {
  if (letter === "v") return value === undefined ? "<nil>" : shown(value)
  if (letter === "T") return typeName(value)
  if (typeof value === "number") return float(letter, precision, value)
  if (typeof value === "bigint") return whole(letter, value)
  if (typeof value === "boolean") return letter === "t" ? String(value) : undefined
  if (letter === "s" && typeof value === "object") return shown(value)
  if (typeof value !== "string") return undefined
  switch (letter) {
    case "s":
      return precision === undefined ? value : Array.from(value).slice(0, precision).join("")
    case "q":
      return JSON.stringify(value)
    case "x":
      return Buffer.from(value).toString("hex")
    case "X":
      return Buffer.from(value).toString("hex").toUpperCase()
    default:
      return undefined
  }
}

function float(letter: string, precision: number | undefined, value: number): string | undefined {
  const plain = Number.isFinite(value) ? undefined : formatValue(value)
  switch (letter) {
    case "f":
    case "F":
      return plain ?? fixed(value, precision ?? 6)
    case "e":
    case "E": {
      const [digits = "", exponent = "0"] = halfEven(value, (precision ?? 6) + 1).split("e")
      return cased(letter, plain ?? `${digits}e${twoDigits(Number(exponent))}`)
    }
    case "g":
    case "G":
      return cased(letter, precision === undefined ? shortest(value) : significant(value, precision))
    default:
      return undefined
  }
}

/** `%E` and `%G` write the exponent so too. */
const cased = (letter: string, text: string): string => (/[EG]/.test(letter) ? text.replace("e", "E") : text)

/** `toFixed` goes over to an exponent at 1e21, and rounds what is halfway up; Go does neither. */
function fixed(value: number, digits: number): string {
  if (Math.abs(value) >= 1e21) return `${String(BigInt(value))}${digits > 0 ? `.${"0".repeat(digits)}` : ""}`
  const power = Number(value.toExponential().split("e")[1])
  const counting = power + 1 + digits
  // Halfway between zero and the smallest that can be written.
  if (counting === 0 && /^-?5(\.0*)?e/.test(value.toExponential(100))) return (value < 0 ? -0 : 0).toFixed(digits)
  return counting > 0 && counting < 100 && value !== 0
    ? Number(halfEven(value, counting)).toFixed(digits)
    : value.toFixed(digits)
}

function whole(letter: string, value: bigint): string | undefined {
  switch (letter) {
    case "d":
      return String(value)
    case "x":
      return value.toString(16)
    case "X":
      return value.toString(16).toUpperCase()
    case "o":
      return value.toString(8)
    case "b":
      return value.toString(2)
    case "c":
      return String.fromCodePoint(Number(value))
    case "q":
      return `'${String.fromCodePoint(Number(value))}'`
    default:
      return undefined
  }
}
