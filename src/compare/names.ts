// Names that tell the compared models apart.

/** What a name is made from. */
export interface Named {
  readonly name: string;
  readonly folder: string;
}

/**
 * One name for each: its own, with its folder where others have the same, and with a number where that does
 * not tell them apart either.
 */
export function uniqueNames(items: readonly Named[]): readonly string[] {
  const shared = (name: string): boolean => items.filter((item) => item.name === name).length > 1;
  const wanted = items.map(({ name, folder }) => (shared(name) ? `${name} (${folder})` : name));
  const alone = (name: string): boolean => wanted.indexOf(name) === wanted.lastIndexOf(name);
  // a name that only one has stays with it
  const taken = new Set(wanted.filter(alone));
  return wanted.map((name) => {
    if (alone(name)) return name;
    let free = name;
    for (let number = 2; taken.has(free); number++) free = `${name} ${number}`;
    taken.add(free);
    return free;
  });
}
