import { isIP, isIPv4, isIPv6 } from "node:net"
import { dnsLabel, dnsSubdomain } from "../validation/names.ts"

const uuid = (version: string, variant: string): RegExp =>
  new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?${variant}[0-9a-f]{3}-?[0-9a-f]{12}$`, "i")

const matching =
  (form: RegExp) =>
  (text: string): boolean =>
    form.test(text)

const any = "[0-9a-f]"

/** The formats of texts that the real server checks; others say nothing. */
const formats: Readonly<Record<string, (text: string) => boolean>> = {
  bsonobjectid: matching(/^[0-9a-f]{24}$/i),
  uri: isUri,
  email: matching(/^[^\s@]+@[^\s@]+$/),
  hostname: isHostname,
  ipv4: isIPv4,
  ipv6: isIPv6,
  cidr: isCidr,
  mac: matching(
    /^([0-9a-f]{2}[:-]){5}([0-9a-f]{2}[:-]?[0-9a-f]{2}[:-]?)?[0-9a-f]{2}$|^([0-9a-f]{4}\.){2}[0-9a-f]{4}$/i,
  ),
  uuid: matching(uuid(any, any)),
  uuid3: matching(uuid("3", any)),
  uuid4: matching(uuid("4", "[89ab]")),
  uuid5: matching(uuid("5", "[89ab]")),
  ssn: matching(/^\d{3}[- ]?\d{2}[- ]?\d{4}$/),
  hexcolor: matching(/^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/),
  byte: matching(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/),
  date: isDate,
  datetime: isDateTime,
  duration: isDuration,
  k8sshortname: (text) => dnsLabel(text).length === 0,
  k8slongname: (text) => dnsSubdomain(text).length === 0,
}

/** Undefined if the format says nothing of texts. */
export function fitsFormat(format: string, text: string): boolean | undefined {
  return formats[normalized(format)]?.(text)
}

const unchecked: ReadonlySet<string> = new Set(["password", "isbn", "isbn10", "isbn13", "creditcard", "rgbcolor"])

/** False for formats that the real server does not know of this type; it ignores them, with a warning. */
export function isKnownFormat(type: string | undefined, format: string): boolean {
  switch (type ?? "") {
    case "":
    case "string":
      return Object.hasOwn(formats, normalized(format)) || unchecked.has(normalized(format))
    case "integer":
      return format === "int32" || format === "int64"
    case "number":
      return format === "float" || format === "double"
    default:
      return false
  }
}

const normalized = (format: string): string => format.replaceAll("-", "")

function isUri(text: string): boolean {
  if (text.startsWith("/")) return true
  return /^[a-z][a-z0-9+.-]*:/i.test(text) && URL.canParse(text)
}

function isHostname(text: string): boolean {
  if (text.length > 255 || text.split(".").some((part) => part.length > 63)) return false
  const letter = "a-zA-Z0-9\\p{S}\\p{L}"
  const single = `[${letter}](-?[${letter}]{0,62})?`
  const dotted = `([${letter}](([${letter}-]{0,61}[${letter}])?)(\\.))+([a-zA-Z\\p{L}]){2,63}`
  return new RegExp(`^(${single}|${dotted})$`, "u").test(text)
}

function isCidr(text: string): boolean {
  const [address = "", bits = "", ...rest] = text.split("/")
  const most = isIPv4(address) ? 32 : 128
  return isIP(address) !== 0 && /^\d+$/.test(bits) && Number(bits) <= most && rest.length === 0
}

function isDate(text: string): boolean {
  const [, year = "", month = "", day = ""] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? []
  const days = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()
  return year !== "" && Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= days
}

function isDateTime(text: string): boolean {
  const [date = "", time] = text.toLowerCase().split("t")
  if (time === undefined || !isDate(date)) return false
  const [, hours = "99", minutes = "99", seconds = "99"] =
    /^(\d{2}):(\d{2}):(\d{2})(.\d+)?(z|[+-]\d{2}:\d{2})$/.exec(time) ?? []
  return hours <= "23" && minutes <= "59" && seconds <= "59"
}

/** Go's durations, and those of Scala: `3 days`. */
function isDuration(text: string): boolean {
  if (/^[-+]?(0|((\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)$/.test(text)) return true
  const units = /\d+\s*(ns|us|µs|ms|s|m|h|d|w|nano|micro|milli|sec|min|hr|hour|day|wk|week)/i
  return units.test(text)
}
