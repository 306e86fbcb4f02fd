import { expect, it } from "vitest"
import type { JSONSchemaProps } from "../types.gen.ts"
import { checkDurations } from "./duration-rules.ts"

const duration: JSONSchemaProps = {
  type: "string",
  "x-kubernetes-validations": [{ rule: "duration(self) >= duration('1ms')", message: "too short" }],
}
const schema: JSONSchemaProps = {
  type: "object",
  properties: { routes: { type: "array", items: { type: "object", properties: { timeout: duration } } } },
}

it.each([
  ["1s", []],
  ["1ms", []],
  ["1us", ['routes[0].timeout: Invalid value: "1us": too short']],
  ["-1s", ['routes[0].timeout: Invalid value: "-1s": too short']],
  [
    "soon",
    [
      "routes[0].timeout: Invalid value: \"string\": type conversion error from 'string' to 'google.protobuf.Duration' evaluating rule: too short",
    ],
  ],
])("%s", (timeout, errors) => {
  const found = [...checkDurations(schema, { routes: [{ timeout }] })]
  expect(found.map(({ field, message }) => `${field}: ${message}`)).toEqual(errors)
})
