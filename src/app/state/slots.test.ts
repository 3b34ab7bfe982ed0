import { expect, it } from 'vitest';
import { imageExtensions } from '../../formats/images/registry';
import { slotTexts } from './slots';

it('lets every image that can be read be chosen', () => {
  const accepted = slotTexts.target.accept.split(',');
  for (const extension of imageExtensions) expect(accepted).toContain(`.${extension}`);
});
