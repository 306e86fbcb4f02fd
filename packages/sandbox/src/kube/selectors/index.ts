export { formatSelector } from "./format.ts"
export { type LabelSelector, labelSelectorOf, parseLabelSelector } from "./labels.ts"
export {
  type FieldSelector,
  type FieldTerm,
  fieldSelector,
  fieldTerms,
  METADATA_ONLY,
  type SelectableFields,
  textAt,
} from "./fields.ts"
