import { StudioError, type FailureChoice } from '../../../shared/failure';

/** A question that a file leaves open, with every answer that fits it. */
export interface Question<Answer> {
  readonly answers: readonly (FailureChoice & { readonly answer: Answer })[];
}

/** Separates the answers of several questions in the id of a choice. */
const AND = ',';

/** Every combination of the answers of two questions, as one list to choose from. */
export function combined<A, B>(first: Question<A>, second: Question<B>): Question<readonly [A, B]> {
  return {
    answers: first.answers.flatMap((a) =>
      second.answers.map((b) => ({
        id: [a.id, b.id].filter(Boolean).join(AND),
        label: [a.label, b.label].filter(Boolean).join('; '),
        help: [a.help, b.help].filter(Boolean).join(' '),
        answer: [a.answer, b.answer] as const,
      })),
    ),
  };
}

/** A question whose answer the file gives. */
export const settled = <Answer>(answer: Answer): Question<Answer> => ({
  answers: [{ id: '', label: '', help: '', answer }],
});

/** The answer that was chosen, or the only one; undefined while the question is open. */
export function answerTo<Answer>({ answers }: Question<Answer>, choice: string | undefined): Answer | undefined {
  const [only, ...others] = answers;
  return others.length === 0 ? only?.answer : answers.find(({ id }) => id === choice)?.answer;
}

/** @throws StudioError 'choice-needed', always */
export function ask(file: string, { answers }: Question<unknown>): never {
  throw new StudioError({
    code: 'choice-needed',
    message: `${file} fits several networks: its weights do not say how the network moves over the image.`,
    remedy: 'Choose the one that the program which trained it has; the wrong one gives wrong predictions.',
    choices: answers.map(({ id, label, help }) => ({ id, label, help })),
  });
}
