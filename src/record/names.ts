// Names of stages.

/** Names of the stages after the teacher, from the methods in order: a second "prune.heads" gets " 2". */
export const stageNames = (methods: readonly string[]): readonly string[] =>
  methods.map((method, i) => {
    const before = methods.slice(0, i).filter((one) => one === method).length;
    return before === 0 ? method : `${method} ${before + 1}`;
  });
