export { canonicalQuantity, parseQuantity, printQuantity, QuantityError, type Quantity } from "./quantity.ts"
export { SchemaRegistry } from "./registry.ts"
export type {
  AnySchema,
  Field,
  ListSchema,
  MapSchema,
  PatchStrategy,
  ScalarFormat,
  ScalarSchema,
  Schema,
  StructSchema,
} from "./schema.ts"
export { isAlwaysWritten, zeroObject, zeroValue } from "./zero.ts"
