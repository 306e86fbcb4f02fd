/** Of the program, and of the image that `serin install` runs unless told otherwise. */
export const version = "0.1.0"
