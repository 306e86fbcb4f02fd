import { invalidValue, notSupported, required, tooLong, tooMany, typeInvalid } from "../validation/errors.ts"
import type { Problem } from "./result.ts"

/** How the real server's validator words what is wrong with a value; `name` is the path of the value. */

export const wrongType = (name: string, wanted: string, value: string): Problem => {
  const text = `${name} in body must be of type ${wanted}: ${JSON.stringify(value)}`
  return { name, text, error: (field) => typeInvalid(field, value, text) }
}

const plain = (name: string, value: unknown, text: string): Problem => ({
  name,
  text,
  error: (field) => invalidValue(field, value, text),
})

export const missing = (name: string): Problem => ({
  name,
  text: `${name} in body is required`,
  error: (field) => required(field),
})

export const notInEnum = (name: string, value: unknown, allowed: readonly unknown[]): Problem => ({
  name,
  text: `${name} in body should be one of ${allowed.join(" ")}`,
  error: (field) =>
    notSupported(
      field,
      value,
      allowed.map((one) => (typeof one === "string" ? one : JSON.stringify(one))),
    ),
})

export const tooLongText = (name: string, most: number): Problem => ({
  name,
  text: `${name} in body should be at most ${most} chars long`,
  error: (field) => tooLong(field, most),
})

export const tooShortText = (name: string, value: string, least: number): Problem =>
  plain(name, value, `${name} in body should be at least ${least} chars long`)

export const noMatch = (name: string, value: string, pattern: string): Problem =>
  plain(name, value, `${name} in body should match '${pattern}'`)

export const notMultiple = (name: string, value: number, factor: number): Problem =>
  plain(name, value, `${name} in body should be a multiple of ${factor}`)

export const tooLarge = (name: string, value: number, most: number, exclusive: boolean): Problem =>
  plain(name, value, `${name} in body should be less than ${exclusive ? "" : "or equal to "}${most}`)

export const tooSmall = (name: string, value: number, least: number, exclusive: boolean): Problem =>
  plain(name, value, `${name} in body should be greater than ${exclusive ? "" : "or equal to "}${least}`)

export const tooManyItems = (name: string, count: number, most: number): Problem => ({
  name,
  text: `${name} in body should have at most ${most} items`,
  error: (field) => tooMany(field, count, most),
})

export const tooFewItems = (name: string, count: number, least: number): Problem =>
  plain(name, count, `${name} in body should have at least ${least} items`)

export const notUnique = (name: string): Problem => plain(name, "", `${name} in body shouldn't contain duplicates`)

export const tooManyFields = (name: string, count: number, most: number): Problem => ({
  name,
  text: `${name} in body should have at most ${most} properties`,
  error: (field) => tooMany(field, count, most),
})

export const tooFewFields = (name: string, count: number, least: number): Problem =>
  plain(name, count, `${name} in body should have at least ${least} properties`)

export const forbiddenField = (name: string, field: string): Problem =>
  plain(name, field, `${name}.${field} in body is a forbidden property`)

/** These stand for no field. */
const general = (text: string): Problem => ({
  name: undefined,
  text,
  error: (field) => invalidValue(field, "", text),
})

export const outOfRange = (name: string, type: string, format: string): Problem =>
  general(
    `Checked value must be of type ${type} ${format === "" ? "(default format)" : `with format ${format}`} in ${name}`,
  )

export const noneOfAny = (name: string): Problem =>
  general(`${JSON.stringify(name)} must validate at least one schema (anyOf)`)

export const notExactlyOne = (name: string, found: number): Problem => {
  const why = found === 0 ? "Found none valid" : `Found ${found} valid alternatives`
  return general(`${JSON.stringify(name)} must validate one and only one schema (oneOf). ${why}`)
}

export const notAll = (name: string, found: number): Problem =>
  general(`${JSON.stringify(name)} must validate all the schemas (allOf)${found === 0 ? ". None validated" : ""}`)

export const matchesForbidden = (name: string): Problem =>
  general(`${JSON.stringify(name)} must not validate the schema (not)`)
