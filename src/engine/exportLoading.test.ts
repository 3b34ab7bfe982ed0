import { expect, it } from 'vitest';
import type { FileBytes, StateDictPlace } from '../formats/models/format';
import { contentsInWords, loadingInWords } from './exportLoading';
import type { RunSubject } from './journal';

const subjectOf = (format: string, names: readonly string[], places: readonly Omit<StateDictPlace, 'file'>[]): RunSubject => {
  const files = names.map((path) => ({ path, bytes: new Uint8Array() }));
  const stateDicts = places.map((place, at) => ({ ...place, file: names[at] ?? '' }));
  return { models: [{ files, metadata: { format, stateDicts } }] } as unknown as RunSubject;
}; // prettier-ignore

const bare = { keys: [], wrapper: '' };

it.each([
  ['bare', bare, 'state = torch.load("net.pth", map_location="cpu")', 'load_state_dict(state)'],
  ['inside a checkpoint', { keys: ['state_dict'], wrapper: '' }, 'checkpoint = torch.load("net.pth", map_location="cpu"); state = checkpoint["state_dict"]', 'load_state_dict(state)'],
  ['deep and wrapped', { keys: ['model', 'weights'], wrapper: 'module.' }, 'state = checkpoint["model"]["weights"]', 'load_state_dict({k.removeprefix("module."): v for k, v in state.items()})'],
])('the lines for PyTorch weights %s', (_, place, reading, loading) => {
  const lines = loadingInWords(subjectOf('PyTorch checkpoint', ['net.pth'], [place]), 'source');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toContain(reading);
  expect(lines[1]).toContain(loading);
}); // prettier-ignore

it('a safetensors file that the studio wrote has no wrapper, whatever its source had', () => {
  const subject = subjectOf('safetensors', ['net.safetensors'], [{ keys: [], wrapper: 'module.' }]);
  expect(loadingInWords(subject, 'source').join()).toContain('removeprefix("module.")');
  expect(loadingInWords(subject, 'safetensors').join()).not.toContain('removeprefix');
  expect(loadingInWords(subject, 'safetensors')[0]).toContain('safetensors.torch.load_file("model.safetensors")');
});

it('parts of a source model are loaded one by one', () => {
  const subject = subjectOf('PyTorch checkpoint', ['F.pt', 'B.pt', 'C.pt'], [bare, bare, bare]);
  expect(loadingInWords(subject, 'source')[1]).toContain('the same with B.pt and C.pt');
});

it('names the model among other JSON files of its folder, and only the files that belong to it', () => {
  const json = (path: string, content: object): FileBytes => ({ path, bytes: new TextEncoder().encode(JSON.stringify(content)) }); // prettier-ignore
  const files = [
    json('net/expected.json', { logits: [1, 2] }),
    json('net/tfjs/model.json', { modelTopology: {}, weightsManifest: [{ paths: ['weights.bin'], weights: [] }] }),
    { path: 'net/tfjs/weights.bin', bytes: new Uint8Array(4) },
    { path: 'net/notes.txt', bytes: new Uint8Array() },
  ];
  const subject = { models: [{ files, metadata: { format: 'TFJS layers model' } }] } as unknown as RunSubject;
  expect(loadingInWords(subject, 'source')[0]).toContain("tf.loadLayersModel('tfjs/model.json')");
  expect(contentsInWords(subject, 'source')).toEqual([
    'tfjs/model.json, tfjs/weights.bin: the files that you gave, with the adapted weights in them.',
  ]);
});
