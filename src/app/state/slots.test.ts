import { expect, it } from 'vitest';
import { imageExtensions } from '../../formats/images/registry';
import { scriptedFolder } from '../../tests/scriptedImages';
import { scriptedProject } from '../../tests/scriptedEngine';
import { slotStatus, slotTexts } from './slots';

it('lets every image that can be read be chosen', () => {
  const accepted = slotTexts.target.accept.split(',');
  for (const extension of imageExtensions) expect(accepted).toContain(`.${extension}`);
});

it('asks for no attention to what is only good to know', () => {
  const statusWith = (extra: Parameters<typeof scriptedFolder>[1]) =>
    slotStatus('target', { ...scriptedProject, folders: { target: scriptedFolder('target', extra) } }, true);
  expect(statusWith({ remarks: ['The folders day1, day2 were taken for sessions.'] })).toBe('ready');
  expect(statusWith({ warnings: ['12 images hold a single value everywhere.'] })).toBe('attention');
});
