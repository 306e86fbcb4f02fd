import { badRequest } from "../errors.ts"
import { summary } from "./body.ts"
import { isRecord, type Json } from "../json.ts"
import { type Catalog, groupVersion, parseGroupVersion, type Resource } from "../resources/index.ts"

interface ExpectedKind {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly custom?: boolean
}

/**
 * The body with its `apiVersion` and `kind`, which it may leave out. Throws a 400, in the words of the real server's
 * decoder, for a body that is something else. `check` refuses a body of another kind that is not even a good one.
 */
export function typedBody(
  body: unknown,
  expected: ExpectedKind,
  catalog: Catalog,
  check: (resource: Resource, body: Json) => void = () => {},
): Json {
  if (!isRecord(body))
    throw badRequest(
      `the object provided is unrecognized (must be of type ${expected.kind}): couldn't get version/kind`,
    )
  if (expected.custom === true) return customBody(body, expected)
  const version = textOr(body["apiVersion"], groupVersion(expected))
  const kind = textOr(body["kind"], expected.kind)
  if (version !== groupVersion(expected) || kind !== expected.kind) {
    const { group, version: short } = parseGroupVersion(version)
    const other = catalog.findKind(group, short, kind)
    if (other !== undefined) check(other, { ...body, kind, apiVersion: version })
    throw wrongType(version, kind, expected, catalog)
  }
  return { ...body, kind, apiVersion: version, metadata: body["metadata"] ?? {} }
}

/** A custom object says what it is. That it is of the kind that was asked for is a matter of its validation. */
function customBody(body: Json, expected: ExpectedKind): Json {
  const version = textOr(body["apiVersion"], "")
  if (textOr(body["kind"], "") === "") {
    const text = JSON.stringify(body)
    throw badRequest(
      `the object provided is unrecognized (must be of type ${expected.kind}): Object 'Kind' is missing in '${text}' (${summary(Buffer.from(text))})`,
    )
  }
  if (version !== groupVersion(expected)) throw otherVersion(version, expected)
  return { ...body, metadata: body["metadata"] ?? {} }
}

const otherVersion = (apiVersion: string, expected: ExpectedKind) =>
  badRequest(
    `the API version in the data (${apiVersion}) does not match the expected API version (${groupVersion(expected)})`,
  )

const textOr = (value: unknown, otherwise: string): string =>
  typeof value === "string" && value !== "" ? value : otherwise

function wrongType(apiVersion: string, kind: string, expected: ExpectedKind, catalog: Catalog) {
  const { group, version } = parseGroupVersion(apiVersion)
  if (group === expected.group && kind === expected.kind && catalog.findKind(group, version, kind) !== undefined)
    return otherVersion(apiVersion, expected)
  const what = `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${expected.kind}`
  if (catalog.findKind(group, version, kind) === undefined)
    return badRequest(
      `${what}: no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`,
    )
  const internal = expected.group === "" ? "core" : expected.group.split(".", 1)[0]
  return badRequest(`${what}: converting (${version}.${kind}) to (${internal}.${expected.kind}): unknown conversion`)
}
