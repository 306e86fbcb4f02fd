import { executeTemplate } from "./execute.ts"
import { functionsOf, knownFunctions, type TemplateWorld } from "./functions.ts"
import type { Template } from "./node.ts"
import { parseTemplate } from "./parse.ts"
import type { Value } from "./value.ts"

export { Fields, TemplateHistogram, TemplateSample, type Value } from "./value.ts"
export { knownFunctions as templateFunctions } from "./functions.ts"
export type { TemplateWorld } from "./functions.ts"
export type { Template } from "./node.ts"

/** Throws Error with the place and the mistake. */
export const parse = (name: string, text: string): Template =>
  parseTemplate(name, text, (called) => knownFunctions.has(called))

/** Throws Error with the place and what went wrong there. */
export const execute = (template: Template, data: Value, world: TemplateWorld): string =>
  executeTemplate(template, data, functionsOf(world))
