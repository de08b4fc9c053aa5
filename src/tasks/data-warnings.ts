// What is odd about training and test data together: few classes, classes without a row, texts that are in both.
import type { Dataset } from "./define.ts";
import { fewShown, shown } from "./shown.ts";

/** Share of test texts that may be training texts before it is said. */
const SHARED = 0.01;

/** A sentence for each oddity, with its figures. */
export function dataWarnings(train: Dataset | undefined, test: Dataset | undefined): readonly string[] {
  if (!train) return [];
  return [...classWarnings(train), ...(test ? sharedWarnings(train, test) : [])];
}

/** Of training data with labels: one class only, or classes that it has no row of. */
function classWarnings({ path, items, labels }: Dataset): readonly string[] {
  const found = new Set(items.flatMap(({ label }) => label ?? []));
  if (found.size === 0) return [];
  const nameOf = (index: number): string | number => labels[index] ?? index;
  const [first = 0] = found;
  if (found.size === 1)
    return [
      `${path}: all ${items.length} rows of the training data are of one class, ${shown(nameOf(first))}`,
    ];
  const absent = labels.map((_, index) => index).filter((index) => !found.has(index));
  if (absent.length === 0) return [];
  const list = fewShown(absent.map(nameOf));
  return [
    `${path}: the training data has no row of ${absent.length} of the ${labels.length} classes: ${list}`,
  ];
}

/** Test data that was trained on says nothing of new texts. */
function sharedWarnings(train: Dataset, test: Dataset): readonly string[] {
  if (train.hash === test.hash)
    return [
      `${test.path}: it has the same ${test.items.length} rows as the training data, so its figures say nothing of new texts`,
    ];
  const known = new Set(train.items.map(({ text }) => text));
  const shared = test.items.filter(({ text }) => known.has(text)).length;
  const share = shared / test.items.length;
  if (share <= SHARED) return [];
  const percent = `${(100 * share).toFixed(1)} %`;
  return [
    `${test.path}: ${shared} of its ${test.items.length} texts (${percent}) are in the training data too, so its figures are better than those of new texts`,
  ];
}
