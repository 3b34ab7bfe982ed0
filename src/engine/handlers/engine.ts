import type { Handlers } from '../../shared/protocol';
import { requireIdle } from '../context';
import type { Context } from '../context';

export function engineHandlers(context: Context): Pick<Handlers, 'engine/select'> {
  return {
    'engine/select': ({ choice, kernels }) =>
      context.inTurn(async () => {
        requireIdle(context, 'the engine cannot be changed');
        const device = await context.selectDevice(choice, kernels);
        context.setDevice(device);
        return device.summary;
      }),
  };
}
