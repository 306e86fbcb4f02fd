export { findByPath, JsonPathError } from "./json-path.ts"
export { Tables, type Column, type Row, type Table, type TableOptions } from "./tables.ts"
