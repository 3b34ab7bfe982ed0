import type { PairRule } from '../../shared/pairs';

/** A rule while it is written: the expressions stay when another kind is looked at. */
export interface RuleDraft {
  readonly kind: PairRule['kind'];
  readonly rgb: string;
  readonly target: string;
}

/** What an expression begins with: everything but the ending, which is what file names give. */
const anyName = '^(.*)\\.[^.]*$';

export const draftOf = (rule: PairRule | null): RuleDraft => ({
  kind: rule?.kind ?? 'stem',
  rgb: rule?.kind === 'pattern' ? rule.rgb : anyName,
  target: rule?.kind === 'pattern' ? rule.target : anyName,
});

export const ruleOfDraft = ({ kind, rgb, target }: RuleDraft): PairRule =>
  kind === 'pattern' ? { kind, rgb, target } : { kind };

export const ruleTitles: Readonly<Record<PairRule['kind'], string>> = {
  stem: 'File name',
  index: 'Order',
  pattern: 'Pattern',
  dataset: 'Dataset',
};

/** The rule in force, as the end of a sentence. */
export const ruleWords: Readonly<Record<PairRule['kind'], string>> = {
  stem: 'by file name',
  index: 'by order',
  pattern: 'by pattern',
  dataset: 'as the dataset says',
};

export const ruleHelp: Readonly<Record<PairRule['kind'], string>> = {
  stem: 'Partners have the same path below their folder, the ending left aside.',
  index: 'The first picture of one folder goes with the first of the other, and so on, in natural order of the paths.',
  pattern:
    'A regular expression for each side, over the path below the folder. Partners have the same text in the ( ) groups: ^(.*)_rgb\\. with ^(.*)_depth\\.',
  dataset: 'Partners are those that the dataset names.',
};
