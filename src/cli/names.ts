// How a key of a recipe is called as a flag: learningRate is --learning-rate.

/** The flag's name: small letters, with a dash before what was a capital. */
export const flagName = (key: string): string =>
  key.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The key that a flag's name is made of. */
export const keyName = (flag: string): string =>
  flag.replace(/(?<=[a-z0-9])-([a-z])/g, (_, letter: string) => letter.toUpperCase());
