export { checkFields, checkPatched, type Checked, type FieldValidation, type PatchShown } from "./check-fields.ts"
export { invalid, invalidValue, type FieldError } from "./errors.ts"
export { scanJson, type JsonText } from "./json-text.ts"
export { validate } from "./validate.ts"
