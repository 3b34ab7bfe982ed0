import type { Handlers } from '../../shared/protocol';
import type { Context } from '../context';
import { engineHandlers } from './engine';
import { folderHandlers } from './folders';
import { modelHandlers } from './models';
import { notYetHandlers } from './notYet';
import { previewHandlers } from './previews';
import { projectHandlers } from './project';
import { runHandlers } from './runs';

/** A handler for every command of the protocol; a missing one does not compile. */
export function createHandlers(context: Context): Handlers {
  return {
    ...notYetHandlers,
    ...engineHandlers(context),
    ...projectHandlers(context),
    ...modelHandlers(context),
    ...folderHandlers(context),
    ...previewHandlers(context),
    ...runHandlers(context),
  };
}
