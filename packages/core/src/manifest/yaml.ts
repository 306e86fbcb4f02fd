import { parseAllDocuments, Scalar, type Document, type LineCounter, type ScalarTag, type Tags } from "yaml"

/**
 * YAML as kubectl and the API server read it (go-yaml in its 1.1 dress): `yes` and `on` are booleans, `0644` and `0o644`
 * are octal, `1_000` is a number; timestamps and sexagesimal numbers stay text. Each line of the test was put to
 * kubectl 1.36.
 */
export function parseYaml(text: string, lines?: LineCounter): Document.Parsed[] {
  return parseAllDocuments(text, {
    schema: "yaml-1.1",
    customTags: kubernetesTags,
    uniqueKeys: true,
    // Warnings are about unknown tags, which Kubernetes ignores too.
    logLevel: "error",
    ...(lines ? { lineCounter: lines } : {}),
  }) as Document.Parsed[]
}

const dropped = new Set(["timestamp", "omap", "pairs", "set", "binary"].map((name) => `tag:yaml.org,2002:${name}`))

const modernOctal: ScalarTag = {
  tag: "tag:yaml.org,2002:int",
  default: true,
  format: "OCT",
  test: /^[-+]?0o[0-7_]+$/,
  resolve: (source) => {
    const digits = parseInt(source.replace(/^[-+]?0o|_/g, ""), 8)
    return source.startsWith("-") ? -digits : digits
  },
}

/** The library's own takes a lone dot for a number. */
const lonePoint: ScalarTag = {
  tag: "tag:yaml.org,2002:str",
  default: true,
  test: /^[-+]?\._*$/,
  resolve: (source) => source,
}

/** Kubernetes takes `!!binary` for the text that it encodes, and leaves a time as it is written. */
const binaryText: ScalarTag = {
  tag: "tag:yaml.org,2002:binary",
  default: false,
  resolve: (source) => new Scalar(decodeBase64(source)),
}
const timeText: ScalarTag = {
  tag: "tag:yaml.org,2002:timestamp",
  default: false,
  resolve: (source) => source,
}

function kubernetesTags(tags: Tags): Tags {
  const kept = tags.filter((tag) => typeof tag === "string" || (!dropped.has(tag.tag) && !isSexagesimal(tag)))
  return [modernOctal, lonePoint, ...kept, binaryText, timeText]
}

function isSexagesimal(tag: object): boolean {
  return "format" in tag && tag.format === "TIME"
}

function decodeBase64(source: string): string {
  const bytes = Uint8Array.from(atob(source.replace(/\s/g, "")), (character) => character.charCodeAt(0))
  return new TextDecoder().decode(bytes)
}
