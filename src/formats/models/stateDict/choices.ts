import { StudioError, type FailureChoice } from '../../../shared/failure';

/** One way that fits a file: what has to be said for each thing that the file leaves open, and what follows from it. */
interface Answer<Value> {
  /** Empty when nothing is open. */
  readonly said: readonly FailureChoice[];
  readonly value: Value;
}

/** Every answer that fits a file; they all have as much to say. */
export interface Question<Value> {
  readonly answers: readonly Answer<Value>[];
}

/** Separates what is said about several things in the id of a choice. */
const AND = ',';

const idOf = (said: readonly FailureChoice[]): string => said.map(({ id }) => id).join(AND);

/** What an answer says, for people. */
export const labelOf = (said: readonly FailureChoice[]): string => said.map(({ label }) => label).join('; ');

/** Two questions as one. */
export function combined<A, B>(first: Question<A>, second: Question<B>): Question<readonly [A, B]> {
  return {
    answers: first.answers.flatMap((a) =>
      second.answers.map((b) => ({ said: [...a.said, ...b.said], value: [a.value, b.value] as const })),
    ),
  };
}

/** A question whose answer the file gives. */
export const settled = <Value>(value: Value): Question<Value> => ({ answers: [{ said: [], value }] });

/** The answer that was chosen, or the only one; undefined while the question is open. */
export function answerTo<Value>({ answers }: Question<Value>, choice: string | undefined): Value | undefined {
  const [only, ...others] = answers;
  return others.length === 0 ? only?.value : answers.find(({ said }) => idOf(said) === choice)?.value;
}

/**
 * Asks the first thing that is open, given what was chosen before.
 *
 * @throws StudioError 'choice-needed', always
 */
export function ask(file: string, { answers }: Question<unknown>, choice: string | undefined): never {
  const begun = answers.filter(({ said }) => choice !== undefined && `${idOf(said)}${AND}`.startsWith(choice + AND));
  const fitting = begun.length > 0 ? begun : answers;
  const depth = begun.length > 0 ? (choice ?? '').split(AND).length : 0;
  const choices = new Map<string, FailureChoice>();
  for (const { said } of fitting) {
    const next = said[depth];
    if (next) choices.set(next.id, { ...next, id: idOf(said.slice(0, depth + 1)) });
  }
  const before = labelOf(fitting[0]?.said.slice(0, depth) ?? []);
  throw new StudioError({
    code: 'choice-needed',
    message: `${file} fits several networks: its weights do not say how the network moves over the image.${before === '' ? '' : ` Chosen so far: ${before}.`}`,
    remedy: 'Choose what the program that trained it does; the wrong one gives wrong predictions.',
    choices: [...choices.values()],
  });
}
