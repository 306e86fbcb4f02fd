export { ImageBook, type KnownTags } from "./book.ts"
export { imageUses, type Stated } from "./uses.ts"
