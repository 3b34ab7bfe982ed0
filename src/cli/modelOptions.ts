import { StudioError, type Failure } from '../shared/failure';
import type { ModelDecisions } from '../shared/headless';
import type { PreprocessingChoice } from '../shared/modelSummary';

/** What a command line may say about a model whose file leaves it open. */
export interface ModelOptionTexts {
  readonly choice?: string | undefined;
  readonly input?: string | undefined;
  readonly pixels?: string | undefined;
}

const pixelNames: readonly string[] = ['imagenet', 'minus1to1', '0to1', '0to255', 'file', 'guess'] satisfies PreprocessingChoice[]; // prettier-ignore

function bad(message: string, remedy: string): never {
  throw new StudioError({ code: 'bad-setting', message, remedy });
}

/**
 * `[height, width]` of `HEIGHTxWIDTH`.
 * @throws StudioError `bad-setting`
 */
export function parseInputSize(text: string): readonly [number, number] {
  const [, height, width] = /^(\d{1,4})x(\d{1,4})$/.exec(text) ?? [];
  if (height !== undefined && width !== undefined && Number(height) > 0 && Number(width) > 0) {
    return [Number(height), Number(width)];
  }
  return bad(`--input ${text} is not of the form HEIGHTxWIDTH.`, 'For example --input 224x224.');
}

function parseTriple(text: string): readonly [number, number, number] | null {
  const values = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  const [first = NaN, second = first, third = first] = values;
  return [1, 3].includes(values.length) && values.every(Number.isFinite) ? [first, second, third] : null;
}

const isName = (text: string): text is Extract<PreprocessingChoice, string> => pixelNames.includes(text);

/**
 * A preprocessing by its name, or `MEAN/DEVIATION` of pixels in 0 to 1 with one number or three.
 * @throws StudioError `bad-setting`
 */
function parsePixels(text: string): PreprocessingChoice {
  if (isName(text)) return text;
  const [mean, std] = text.split('/').map(parseTriple);
  if (mean && std && text.split('/').length === 2 && std.every((value) => value > 0)) return { mean, std };
  return bad(
    `--pixels ${text} is neither a known preprocessing nor MEAN/DEVIATION.`,
    `Use one of ${pixelNames.join(', ')}, or for example --pixels 0.485,0.456,0.406/0.229,0.224,0.225.`,
  );
}

/** @throws StudioError `bad-setting` that names the option */
export function modelDecisions({ choice, input, pixels }: ModelOptionTexts): ModelDecisions {
  return {
    ...(choice !== undefined && { choice }),
    ...(input !== undefined && { inputSize: parseInputSize(input) }),
    ...(pixels !== undefined && { preprocessing: parsePixels(pixels) }),
  };
}

/** A failure for a terminal: the sentence, what to do, and the choices that there are. */
export function failureInWords({ message, remedy, choices = [] }: Failure): string {
  const options = choices.map(({ id, label, help }) => `  --choice ${id}: ${label}. ${help}`);
  return [message, remedy, ...options].join('\n');
}
