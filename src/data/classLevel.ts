/** How the labels of a tree of folders are read. */
export interface ClassLevel {
  /** Label of an image from its path below the root; null where it lies outside the class folders. */
  readonly labelOf: (inside: string) => string | null;
  /** Said where another level could have been meant. */
  readonly notes: readonly string[];
}

/** Folders that split a set, or hold what was recorded in one go: `train`, `session_3`, `2024-05-01`. */
const splitWord = /^(?:train(?:ing)?|val(?:id(?:ation)?)?|test(?:ing)?)$/i;
const sessionWord =
  /^(?:split|fold|set|part|session|sess|seq(?:uence)?|scene|take|day|night|run|rec(?:ording)?|subject|person|trial|batch|cam(?:era)?|room|house|site|visit)[\s._-]*\d+$/i;
/** The same words with a date, a letter or a place behind them: `session_2024-01-10`, `run-b`, `day_morning`. */
const namedSession =
  /^(?:session|sess|recording|rec|run|take|trial|batch|visit|day|night|seq(?:uence)?|subject|person|house|site)[\s._-]+\S.*$/i;
const date = /^\d{2,4}[._-]?\d{2}[._-]?\d{2}(?:[\sT._-]\d+)*$/;
const numbered = /^\D+\d+$/;
/** Names that say that the folder is a class: `class_3`. */
const classWord = /^(?:class|category|label)(?![a-z])/i;

/** A number or a date among other characters, as in `lab-03` or `week2_home`: kinds of things seldom have one. */
const hasNumber = /\d/;
/** Cameras and sides that lie in every class as well: `rgb`, `left`. */
const viewWord =
  /^(?:rgb|colou?rs?|images?|imgs?|depths?|ir|nir|infrared|thermal|disparity|left|right|front|back|top|bottom|raw|masks?)(?:[\s._-]?\d+)?$/i;

/**
 * Whether the first level are sessions by what lies in them: the same folders, which are no views, in most of them, while
 * the names of the first level carry numbers.
 */
function shareTheirFolders(below: ReadonlyMap<string, ReadonlySet<string>>, second: ReadonlySet<string>): boolean {
  const first = [...below.keys()];
  if (first.some((name) => classWord.test(name) || /^\d+$/.test(name) || !hasNumber.test(name))) return false;
  if ([...second].every((name) => viewWord.test(name))) return false;
  const folders = [...below.values()];
  const inMost = [...second].filter((name) => folders.filter((names) => names.has(name)).length * 2 > folders.length);
  return inMost.length * 2 > second.size;
}

/** Whether all names together look like sessions: each one does, or they differ in a number only (`Aufnahme 1`, ...). */
function lookLikeGroups(names: ReadonlySet<string>): boolean {
  const all = [...names];
  if (all.some((name) => classWord.test(name))) return false;
  if (all.every((name) => [splitWord, sessionWord, namedSession, date].some((word) => word.test(name)))) return true;
  const stems = new Set(all.map((name) => name.replace(/\d+$/, '')));
  return all.length > 1 && stems.size === 1 && all.every((name) => numbered.test(name));
}

/** First and second folder level of the images that have both. */
function levelsOf(insides: readonly string[]): Map<string, Set<string>> {
  const below = new Map<string, Set<string>>();
  for (const inside of insides) {
    const [first = '', second = '', ...rest] = inside.split('/');
    if (rest.length === 0) continue;
    const known = below.get(first);
    if (known) known.add(second);
    else below.set(first, new Set([second]));
  }
  return below;
}

const firstLevel = (inside: string): string | null => {
  const slash = inside.indexOf('/');
  return slash < 0 ? null : inside.slice(0, slash);
};

const secondLevel = (inside: string): string | null => {
  const [, second, ...rest] = inside.split('/');
  return rest.length > 0 ? (second ?? null) : null;
};

const some = (names: ReadonlySet<string>): string => [...names].slice(0, 3).join(', ');

/**
 * Finds the folder level that holds the classes: the first one, unless the first level are sessions or splits (by their
 * names, or because names with numbers hold the same folders) and the level below repeats its names in several of them,
 * as in `session1/chair/0001.png`. Where the level
 * below repeats but the names decide nothing, the first level is taken, and that is said.
 * @param insides paths of the images below the root
 */
export function findClassLevel(insides: readonly string[]): ClassLevel {
  const below = levelsOf(insides);
  const everyImageIsDeep = insides.every((inside) => secondLevel(inside) !== null);
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const names of below.values()) {
    for (const name of names) (seen.has(name) ? repeated : seen).add(name);
  }
  if (below.size < 2 || repeated.size < 2 || repeated.size * 2 < seen.size) return { labelOf: firstLevel, notes: [] };
  const [first, second] = [new Set(below.keys()), seen];
  const secondAreGroups = lookLikeGroups(second);
  const firstAreGroups = lookLikeGroups(first) || (!secondAreGroups && shareTheirFolders(below, second));
  if (everyImageIsDeep && firstAreGroups && !secondAreGroups) {
    const note = `The folders ${some(first)} were taken for sessions, and the folders in them (${some(second)}) for the classes.`;
    return { labelOf: secondLevel, notes: [note] };
  }
  if (secondAreGroups && !firstAreGroups) return { labelOf: firstLevel, notes: [] };
  const note = `The folders ${some(first)} were taken for the classes. The same folders lie in several of them (${some(second)}): if those are the classes, drop each of the outer folders alone, or a list file.`;
  return { labelOf: firstLevel, notes: [note] };
}
