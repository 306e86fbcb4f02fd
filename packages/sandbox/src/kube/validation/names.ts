/**
 * The forms that names, labels and keys take, in the words of the real server. Each function lists what is wrong with
 * a text; an empty list is a valid one.
 */
export type Rule = (value: string) => string[]

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`
const LABEL_KEY = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
const LABEL_VALUE = `(${LABEL_KEY})?`
const CONFIG_KEY = "[-._a-zA-Z0-9]+"
const WILDCARD = `\\*\\.${SUBDOMAIN}`

const matches = (form: string, value: string): boolean => new RegExp(`^${form}$`).test(value)

/** `… (e.g. 'my-name',  or '123-abc', regex used for validation is '…')`. */
function formError(message: string, form: string, ...examples: readonly string[]): string {
  const shown = examples.map((example, index) => `${index === 0 ? "e.g. " : " or "}'${example}', `).join("")
  return `${message} (${shown}regex used for validation is '${form}')`
}

const longest = (length: number, unit: "characters" | "bytes"): string => `must be no more than ${length} ${unit}`

export const dnsLabel: Rule = (value) => [
  ...(value.length > 63 ? [longest(63, "characters")] : []),
  ...(matches(LABEL, value)
    ? []
    : matches(SUBDOMAIN, value)
      ? ["must not contain dots"]
      : [
          formError(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
            LABEL,
            "my-name",
            "123-abc",
          ),
        ]),
]

const LETTER_LABEL = "[a-z]([-a-z0-9]*[a-z0-9])?"

/** The older form of a label, which begins with a letter. */
export const dns1035Label: Rule = (value) => [
  ...(value.length > 63 ? [longest(63, "characters")] : []),
  ...(matches(LETTER_LABEL, value)
    ? []
    : [
        formError(
          "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
          LETTER_LABEL,
          "my-name",
          "abc-123",
        ),
      ]),
]

export const dnsSubdomain: Rule = (value) => [
  ...(value.length > 253 ? [longest(253, "characters")] : []),
  ...(matches(SUBDOMAIN, value)
    ? []
    : [
        formError(
          "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
          SUBDOMAIN,
          "example.com",
        ),
      ]),
]

export const wildcardSubdomain: Rule = (value) => [
  ...(value.length > 253 ? [longest(253, "characters")] : []),
  ...(matches(WILDCARD, value)
    ? []
    : [
        formError(
          "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
          WILDCARD,
          "*.example.com",
        ),
      ]),
]

const labelKeyForm = (): string =>
  formError(
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    LABEL_KEY,
    "MyName",
    "my.name",
    "123-abc",
  )

/** `NAME` or `PREFIX/NAME`: keys of labels and annotations, finalizers, resources. */
export const qualifiedName: Rule = (value) => {
  const parts = value.split("/")
  if (parts.length > 2) {
    return [
      `a valid label key ${labelKeyForm()} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ]
  }
  const [name = "", prefix] = parts.toReversed()
  return [
    ...(prefix === "" ? ["prefix part must be non-empty"] : []),
    ...(prefix === undefined || prefix === "" ? [] : dnsSubdomain(prefix).map((problem) => `prefix part ${problem}`)),
    ...(name === "" ? ["name part must be non-empty"] : []),
    ...(name.length > 63 ? [`name part ${longest(63, "bytes")}`] : []),
    ...(matches(LABEL_KEY, name) ? [] : [`name part ${labelKeyForm()}`]),
  ]
}

export const labelValue: Rule = (value) => [
  ...(value.length > 63 ? [longest(63, "bytes")] : []),
  ...(matches(LABEL_VALUE, value)
    ? []
    : [
        formError(
          "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
          LABEL_VALUE,
          "MyValue",
          "my_value",
          "12345",
        ),
      ]),
]

/** Keys of ConfigMaps and Secrets: they become file names. */
export const configKey: Rule = (value) => [
  ...(value.length > 253 ? [longest(253, "characters")] : []),
  ...(matches(CONFIG_KEY, value)
    ? []
    : [
        formError(
          "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
          CONFIG_KEY,
          "key.name",
          "KEY_NAME",
          "key-name",
        ),
      ]),
  ...upwards(value),
]

function upwards(value: string): string[] {
  if (value === ".") return ["must not be '.'"]
  if (value === "..") return ["must not be '..'"]
  return value.startsWith("..") ? ["must not start with '..'"] : []
}

export const environmentName: Rule = (value) => {
  const printable = /^[\x20-\x7e]*$/.test(value) && !value.includes("=")
  return [
    ...(value === "" ? ["environment variable name must be non-empty"] : []),
    ...(printable
      ? []
      : ["a valid environment variable name must consist only of printable ASCII characters other than '='"]),
  ]
}

export const portName: Rule = (value) => [
  ...(value.length > 15 ? [longest(15, "characters")] : []),
  ...(/^[-a-z0-9]+$/.test(value) ? [] : ["must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"]),
  ...(/[a-z]/.test(value) ? [] : ["must contain at least one letter (a-z)"]),
  ...(value.includes("--") ? ["must not contain consecutive hyphens"] : []),
  ...(value.startsWith("-") || value.endsWith("-") ? ["must not begin or end with a hyphen"] : []),
]

export const httpHeaderName: Rule = (value) =>
  /^[-A-Za-z0-9]+$/.test(value)
    ? []
    : [
        formError(
          "a valid HTTP header must consist of alphanumeric characters or '-'",
          "[-A-Za-z0-9]+",
          "X-Header-Name",
        ),
      ]

export const percent: Rule = (value) =>
  /^[0-9]+%$/.test(value)
    ? []
    : [formError("a valid percent string must be a numeric string followed by an ending '%'", "[0-9]+%", "1%", "93%")]

/** Names that are used as one segment of a URL path, and nothing else: RBAC. */
export const pathSegment: Rule = (value) => {
  if (value === "." || value === "..") return [`may not be '${value}'`]
  return ["/", "%"].filter((one) => value.includes(one)).map((one) => `may not contain '${one}'`)
}

export const portNumber = (value: number): string[] => within(value, 1, 65_535)

export const within = (value: number, low: number, high: number): string[] =>
  value >= low && value <= high ? [] : [`must be between ${low} and ${high}, inclusive`]
